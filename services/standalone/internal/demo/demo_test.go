package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/services/reporting"
)

// sample writes every n-th line of the shipped file, and the first few of each rare kind, to a file, and returns its name.
func sample(t *testing.T, n int) string {
	t.Helper()
	data, err := os.ReadFile("../../../../deploy/demo/complaints.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	if data, err = unpack(data); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	timely, disputed := slices.Index(lines[0], "Timely response?"), slices.Index(lines[0], "Consumer disputed?")
	kinds := map[string]int{}
	out := [][]string{lines[0]}
	for i, line := range lines[1:] {
		kind := line[timely] + "/" + line[disputed]
		if kinds[kind]++; i%n == 0 || kinds[kind] <= 4 {
			out = append(out, line)
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(out); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sample.csv")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// play runs the demo once and returns what it printed and what reporting says in the end.
func play(ctx context.Context, t *testing.T, out io.Writer, cfg Config) (*reportingv1.GetTotalsResponse, error) {
	t.Helper()
	file, err := ReadFile(cfg.File)
	if err != nil {
		return nil, err
	}
	book, err := readPlaybook(cfg.Replay)
	if err != nil {
		return nil, err
	}
	packs, err := readPacks(cfg.Procedures)
	if err != nil {
		return nil, err
	}
	d, err := newDemo(out, cfg, file, book, packs)
	if err != nil {
		return nil, err
	}
	if err := d.start(t.Context(), nil); err != nil {
		return nil, err
	}
	defer func() {
		if err := d.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	}()
	if err := d.replay(ctx); err != nil {
		return nil, err
	}
	equal, err := d.report(ctx)
	if err != nil {
		return nil, err
	}
	if !equal || len(d.problems) > 0 {
		t.Errorf("the outcome is not the reference's; problems: %q", d.problems)
	}
	conn, err := d.callers.dial(reporting.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return nil, err
	}
	return reportingv1.NewReportingServiceClient(conn).GetTotals(ctx, &reportingv1.GetTotalsRequest{Procedure: book.Procedure})
}

// breakOff ends a context when the first sign of progress is printed.
type breakOff struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (b *breakOff) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("%")) {
		b.cancel()
	}
	return b.Buffer.Write(p)
}

// A replay that is broken off goes on where it stopped, ends equal to the reference, and is not done twice.
func TestReplayEndsEqualToTheReference(t *testing.T) {
	t.Parallel()
	cfg := Config{Data: t.TempDir(), File: sample(t, 70), Replay: shippedPlaybook, Procedures: shippedProcedures, WindowRecords: 100}
	ctx, cancel := context.WithCancel(t.Context())
	first := &breakOff{cancel: cancel}
	if _, err := play(ctx, t, first, cfg); !errors.Is(err, context.Canceled) && !canceled(err) {
		t.Fatalf("broken off: %v, want canceled; it printed\n%s", err, first)
	}

	var out bytes.Buffer
	totals, err := play(t.Context(), t, &out, cfg)
	if err != nil {
		t.Fatalf("going on: %v\n%s", err, &out)
	}
	file, err := ReadFile(cfg.File)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected(t, file.Records), outcomes(totals)); diff != "" {
		t.Errorf("what became of the complaints (-script +suite):\n%s", diff)
	}

	out.Reset()
	again, err := play(t.Context(), t, &out, cfg)
	if err != nil {
		t.Fatalf("second run: %v\n%s", err, &out)
	}
	if diff := cmp.Diff(outcomes(totals), outcomes(again)); diff != "" || !strings.Contains(out.String(), "nothing is imported twice") {
		t.Errorf("the second run changed something (-first +second):\n%s\nit printed\n%s", diff, &out)
	}
}

// expected is what the script makes of the records.
func expected(t *testing.T, records []Record) map[string]int64 {
	t.Helper()
	want := map[string]int64{"registered": int64(len(records)), "routed": int64(len(records))}
	s := shippedScript(t)
	for _, r := range records {
		for _, a := range s.acts(r) {
			switch a.What {
			case withdrawal:
				want["withdrawn"]++
			case s.book.Visit:
				want["visits"]++
			}
		}
		if r.Timely == "No" {
			want["breached"]++
		}
		if r.Timely != "" && r.Disputed == "Yes" {
			want["reopened"]++
		}
	}
	want["closed"] = want["registered"] - want["withdrawn"]
	want["started"] = 2*want["registered"] + want["reopened"]
	want["cancelled"] = 2 * want["withdrawn"]
	want["met"] = want["started"] - want["breached"] - want["cancelled"]
	return want
}

func outcomes(x *reportingv1.GetTotalsResponse) map[string]int64 {
	return map[string]int64{
		"registered": x.GetRegisteredCount(), "routed": x.GetRoutedCount(), "withdrawn": x.GetWithdrawnCount(), "visits": x.GetVisitCount(),
		"reopened": x.GetReopenedCount(), "closed": x.GetClosedCount(), "started": x.GetClockStartedCount(), "met": x.GetClockMetCount(),
		"breached": x.GetClockBreachedCount(), "cancelled": x.GetClockCancelledCount(),
	}
}
