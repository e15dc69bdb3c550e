package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/clock"
	"redress.dev/services/standalone"
)

// marks are personal values that occur nowhere else in the world.
var marks = []string{"司马探针", "13799880011", "probe.canary@example.com", "幽灵路四十二号", "探针原话七六五"}

// TestPersonalDataStaysInTheVault sends marked values through the whole suite and looks for them where they must not be: in
// every table and event of every service, in NATS's files, in logs and in answers.
func TestPersonalDataStaysInTheVault(t *testing.T) {
	dir := t.TempDir()
	logs := &lockedBuffer{}
	p := &play{t: t, clock: clock.NewManual(moment(t, "2026-03-02 09:00"))}
	var err error
	p.suite, err = standalone.Start(t.Context(), standalone.Options{
		Dir: dir, Clock: p.clock,
		Log: func(string) *slog.Logger {
			return slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.suite.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	publish(t, p, "handbook")
	person := &intakev1.Party{Name: marks[0], Phone: marks[1], Email: marks[2], Address: marks[3]}
	p.register(&intakev1.ComplaintDraft{Procedure: "handbook", Channel: "online", Content: marks[4], Complainant: person})
	p.contact("response", "progress", "expected_resolution_time")
	settled(t, p)

	api := intakev1.NewIntakeServiceClient(p.client(t, "intake", optionsv1.Role_ROLE_AGENT))
	shown, err := api.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: p.complaint.GetComplaintId()}})
	if err != nil {
		t.Fatal(err)
	}
	search(t, "an answer", []byte(protojson.Format(shown)+protojson.Format(p.complaint)))
	if got := shown.GetComplaint().GetComplainant(); got.GetName() != "司*" || got.GetPhone() != "137****0011" {
		t.Errorf("the masks are %v", got)
	}
	_, err = api.RegisterComplaint(t.Context(), &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: &intakev1.ComplaintDraft{
		Procedure: "handbook", Channel: "online", Complainant: &intakev1.Party{Name: marks[0], Phone: marks[1] + "x" + marks[4]}, Content: marks[4],
	}})
	if err == nil {
		t.Error("a telephone number with words in it was taken")
	} else {
		search(t, "an error", []byte(err.Error()))
	}

	amended, err := api.AmendComplaint(t.Context(), &intakev1.AmendComplaintRequest{
		RequestId: uuid.NewString(), ComplaintId: p.complaint.GetComplaintId(), Draft: &intakev1.AmendedDraft{Complainant: &intakev1.Party{Name: marks[0] + "先生"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	history, err := api.ListAmendments(t.Context(), &intakev1.ListAmendmentsRequest{ComplaintId: p.complaint.GetComplaintId()})
	if err != nil || len(history.GetAmendments()) != 1 {
		t.Fatalf("history: %v, %v", history, err)
	}
	search(t, "an amendment", []byte(protojson.Format(amended)+protojson.Format(history)))
	if _, err = api.AmendComplaint(t.Context(), &intakev1.AmendComplaintRequest{
		RequestId: uuid.NewString(), ComplaintId: p.complaint.GetComplaintId(), Draft: &intakev1.AmendedDraft{Complainant: &intakev1.Party{Name: marks[0]}},
	}); err != nil {
		t.Fatal(err)
	}
	hits, err := api.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: marks[1]})
	if err != nil || len(hits.GetHits()) != 1 {
		t.Fatalf("found by telephone number: %v, %v", hits, err)
	}
	search(t, "a hit", []byte(protojson.Format(hits)))

	revealed, err := api.RevealPersonalData(t.Context(), &intakev1.RevealPersonalDataRequest{ComplaintId: p.complaint.GetComplaintId(), Purpose: "call back"})
	if err != nil {
		t.Fatal(err)
	}
	if got := revealed.GetComplainant(); got.GetName() != marks[0] || got.GetEmail() != marks[2] || got.GetAddress() != marks[3] || revealed.GetContent() != marks[4] {
		t.Errorf("revealed %v %q", got, revealed.GetContent())
	}
	settled(t, p)

	searchTables(t, p.suite.DatabaseURL())
	search(t, "the log", logs.Bytes())
	err = filepath.WalkDir(filepath.Join(dir, "nats"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		search(t, path, data)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// search looks for the marks in data.
func search(t *testing.T, where string, data []byte) {
	t.Helper()
	for _, mark := range marks {
		if bytes.Contains(data, []byte(mark)) {
			t.Errorf("%s holds %q", where, mark)
		}
	}
}

// searchTables looks for the marks in every row of every table, as text and as the bytes of bytea columns.
func searchTables(t *testing.T, dsn string) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	const tables = `SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`
	rows, _ := conn.Query(ctx, tables) // CollectRows returns the error
	names, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pgx.Identifier, error) {
		var schema, table string
		err := row.Scan(&schema, &table)
		return pgx.Identifier{schema, table}, err
	})
	if err != nil || len(names) < 20 {
		t.Fatalf("%d tables: %v", len(names), err)
	}
	var dump bytes.Buffer
	for _, name := range names {
		dump.Reset()
		if _, err := conn.PgConn().CopyTo(ctx, &dump, fmt.Sprintf("COPY %s TO STDOUT (FORMAT binary)", name.Sanitize())); err != nil {
			t.Fatal(err)
		}
		search(t, "table "+name.Sanitize(), dump.Bytes())
	}
}

// lockedBuffer is a log that many goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// Bytes returns what was written so far.
func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
