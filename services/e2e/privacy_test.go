package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace"
	grpccodes "google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/clock"
	"redress.dev/services/standalone"
)

// marks are personal values that occur nowhere else in the world.
var marks = []string{"司马探针", "13799880011", "probe.canary@example.com", "幽灵路四十二号", "探针原话七六五", "探针笔记三二一", "CRM-PROBE-90210"}

// masks are what answers show of them: they may stand where answers are kept, and nowhere after the erasure.
var masks = []string{"司*", "137****0011", "p***@example.com"}

// TestPersonalDataStaysInTheVault sends marked values through the whole suite and looks for them where they must not be: in every table
// and event of every service, in NATS's files, in logs, spans and answers. After the person was erased they, and their masks, are nowhere
// at all, not even sealed.
//
// Postgres' own files are not searched: rows that were deleted lie in them, sealed under a key that is gone, until a vacuum, and in its log.
func TestPersonalDataStaysInTheVault(t *testing.T) {
	spans, dir, logs := recordedSpans(), t.TempDir(), &lockedBuffer{}
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
	v := &vaultStory{play: p, ctx: traced(t), api: intakev1.NewIntakeServiceClient(p.client(t, "intake", optionsv1.Role_ROLE_AGENT))}
	v.complain()
	settled(t, p)
	v.answersAreMasked()
	v.amendmentsAndHitsAreMasked()
	v.onlyWhoHasTheWorkSeesIt()
	settled(t, p)
	everywhere := func(when string, words []string) {
		t.Helper()
		searchTables(t, p.suite.DatabaseURL(), words)
		search(t, when+" the log", logs.Bytes(), words)
		for _, s := range spans.GetSpans() {
			search(t, when+" span "+s.Name, fmt.Appendf(nil, "%v %v %v", s.Attributes, s.Events, s.Status), words)
		}
		searchFiles(t, filepath.Join(dir, "nats"), words)
	}
	everywhere("before", marks)
	if n := len(spans.GetSpans()); n < 5 {
		t.Errorf("only %d spans were looked at", n)
	}

	v.exportHoldsIt()
	v.isErased()
	settled(t, p)
	everywhere("after", slices.Concat(marks, masks))
	v.nothingIsLeft()
}

// traced returns a context whose calls leave spans.
func traced(t *testing.T) context.Context {
	t.Helper()
	return trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
}

// vaultStory is one person's way through the suite, up to their erasure.
type vaultStory struct {
	*play
	ctx       context.Context //nolint:containedctx // the trace that every call of the story belongs to
	api       intakev1.IntakeServiceClient
	id        string
	subjectID string
}

func (v *vaultStory) complain() {
	person := &intakev1.Party{Name: marks[0], Phone: marks[1], Email: marks[2], Address: marks[3], CustomerReference: marks[6]}
	resp, err := v.api.RegisterComplaint(v.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: &intakev1.ComplaintDraft{
		Procedure: "handbook", Channel: "online", Content: marks[4], Complainant: person,
	}})
	if err != nil {
		v.t.Fatal(err)
	}
	v.complaint, v.id = resp.GetComplaint(), resp.GetComplaint().GetComplaintId()
	_, err = v.api.RecordContact(v.ctx, &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: v.id, Direction: intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND,
		Medium: "phone", Purpose: "response", Content: []string{"progress", "expected_resolution_time"}, Note: marks[5],
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *vaultStory) answersAreMasked() {
	t := v.t
	shown, err := v.api.GetComplaint(v.ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: v.id}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := intakev1.NewPeopleServiceClient(v.client(t, "intake", optionsv1.Role_ROLE_AGENT)).
		FindSubjects(v.ctx, &intakev1.FindSubjectsRequest{Key: &intakev1.FindSubjectsRequest_Phone{Phone: "+86 137-9988-0011"}})
	if err != nil || len(found.GetSubjects()) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	v.subjectID = found.GetSubjects()[0].GetSubjectId()
	search(t, "an answer", []byte(protojson.Format(shown)+protojson.Format(v.complaint)+protojson.Format(found)), marks)
	if got := shown.GetComplaint().GetComplainant(); got.GetName() != masks[0] || got.GetPhone() != masks[1] || got.GetEmail() != masks[2] {
		t.Errorf("the masks are %v", got)
	}
	_, err = v.api.RegisterComplaint(v.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: &intakev1.ComplaintDraft{
		Procedure: "handbook", Channel: "online", Complainant: &intakev1.Party{Name: marks[0], Phone: marks[1] + "x" + marks[4]}, Content: marks[4],
	}})
	if err == nil {
		t.Error("a telephone number with words in it was taken")
	} else {
		search(t, "an error", []byte(err.Error()+fmt.Sprint(status.Convert(err).Details())), marks)
	}
}

// amendmentsAndHitsAreMasked amends the complaint there and back, and finds it.
func (v *vaultStory) amendmentsAndHitsAreMasked() {
	t := v.t
	for _, name := range []string{marks[0] + marks[4], marks[0]} {
		amended, err := v.api.AmendComplaint(v.ctx, &intakev1.AmendComplaintRequest{
			RequestId: uuid.NewString(), ComplaintId: v.id, Draft: &intakev1.AmendedDraft{Complainant: &intakev1.Party{Name: name}},
		})
		if err != nil {
			t.Fatal(err)
		}
		search(t, "an amended complaint", []byte(protojson.Format(amended)), marks)
	}
	history, err := v.api.ListAmendments(v.ctx, &intakev1.ListAmendmentsRequest{ComplaintId: v.id})
	if err != nil || len(history.GetAmendments()) != 2 {
		t.Fatalf("history: %v, %v", history, err)
	}
	hits, err := v.api.SearchComplaints(v.ctx, &intakev1.SearchComplaintsRequest{Query: marks[1]})
	if err != nil || len(hits.GetHits()) != 1 {
		t.Fatalf("found by telephone number: %v, %v", hits, err)
	}
	search(t, "an answer", []byte(protojson.Format(history)+protojson.Format(hits)), marks)
}

// onlyWhoHasTheWorkSeesIt asks as the holder of the post, whom routing knows, and as somebody else.
func (v *vaultStory) onlyWhoHasTheWorkSeesIt() {
	t := v.t
	list, err := routingv1.NewRoutingServiceClient(v.client(t, "routing", optionsv1.Role_ROLE_SUPERVISOR)).
		ListWork(v.ctx, &routingv1.ListWorkRequest{ComplaintId: v.id})
	if err != nil || len(list.GetWork()) == 0 || list.GetWork()[0].GetPerson() == "" {
		t.Fatalf("work %v, %v", list, err)
	}
	req := &intakev1.RevealPersonalDataRequest{ComplaintId: v.id, Purpose: "answer"}
	as := func(who string) intakev1.IntakeServiceClient {
		return intakev1.NewIntakeServiceClient(v.clientOf(t, "intake", who, optionsv1.Role_ROLE_HANDLER, optionsv1.Role_ROLE_AGENT))
	}
	for _, purpose := range []string{"answer", "return_visit"} {
		_, err := as("a.stranger").RevealPersonalData(v.ctx, &intakev1.RevealPersonalDataRequest{ComplaintId: v.id, Purpose: purpose})
		if status.Code(err) != grpccodes.NotFound {
			t.Errorf("a stranger is told %v for %s", err, purpose)
		}
	}
	if _, err := as("a.stranger").RevealPersonalData(v.ctx, &intakev1.RevealPersonalDataRequest{ComplaintId: v.id, Purpose: marks[4]}); status.Code(err) != grpccodes.InvalidArgument {
		t.Errorf("words of one's own as a purpose give %v", err)
	} else {
		search(t, "an error", []byte(err.Error()+fmt.Sprint(status.Convert(err).Details())), marks)
	}
	shown, err := as(list.GetWork()[0].GetPerson()).RevealPersonalData(v.ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	whole := protojson.Format(shown)
	for _, mark := range marks {
		if !strings.Contains(whole, mark) {
			t.Errorf("revealed without %q: %s", mark, whole)
		}
	}
}

// people returns the API as one of two privacy officers.
func (v *vaultStory) people(who string) intakev1.PeopleServiceClient {
	return intakev1.NewPeopleServiceClient(v.clientOf(v.t, "intake", who, optionsv1.Role_ROLE_PRIVACY_OFFICER))
}

func (v *vaultStory) exportHoldsIt() {
	t := v.t
	asked, err := v.people("zhao").RequestExport(v.ctx, &intakev1.RequestExportRequest{
		RequestId: uuid.NewString(), SubjectId: v.subjectID, Reason: intakev1.SubjectReason_SUBJECT_REASON_SUBJECT_ASKED,
	})
	if err != nil {
		t.Fatal(err)
	}
	id := asked.GetRequest().GetSubjectRequestId()
	if _, err := v.people("qian").ApproveExport(v.ctx, &intakev1.ApproveExportRequest{RequestId: uuid.NewString(), SubjectRequestId: id}); err != nil {
		t.Fatal(err)
	}
	stream, err := v.people("zhao").ExportPersonalData(v.ctx, &intakev1.ExportPersonalDataRequest{SubjectRequestId: id})
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		whole.WriteString(protojson.Format(part))
	}
	for _, word := range append(slices.Clone(marks), "export", "answer") {
		if !strings.Contains(whole.String(), word) {
			t.Errorf("exported without %q", word)
		}
	}
}

func (v *vaultStory) isErased() {
	t := v.t
	if _, err := v.api.WithdrawComplaint(v.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: v.id}); err != nil {
		t.Fatal(err)
	}
	asked, err := v.people("zhao").RequestErasure(v.ctx, &intakev1.RequestErasureRequest{
		RequestId: uuid.NewString(), SubjectId: v.subjectID, Reason: intakev1.SubjectReason_SUBJECT_REASON_SUBJECT_ASKED,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.people("qian").ApproveErasure(v.ctx, &intakev1.ApproveErasureRequest{RequestId: uuid.NewString(), SubjectRequestId: asked.GetRequest().GetSubjectRequestId()})
	if err != nil {
		t.Fatal(err)
	}
}

// nothingIsLeft looks for what is sealed, and asks once more.
func (v *vaultStory) nothingIsLeft() {
	t := v.t
	conn, err := pgx.Connect(v.ctx, v.suite.DatabaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(v.ctx))
	const q = `
		SELECT (SELECT count(*) FROM intake.vault) + (SELECT count(*) FROM intake.contact WHERE note IS NOT NULL)
			+ (SELECT count(*) FROM intake.subject WHERE wrapped_key IS NOT NULL OR reference IS NOT NULL)`
	var left int
	if err := conn.QueryRow(v.ctx, q).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows hold something sealed, %v", left, err)
	}
	shown, err := v.api.GetComplaint(v.ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: v.id}})
	if err != nil || shown.GetComplaint().GetNumber() == "" {
		t.Errorf("the complaint itself is gone: %v, %v", shown, err)
	}
	search(t, "an answer after the erasure", []byte(protojson.Format(shown)), slices.Concat(marks, masks))
	timeline, err := reportingv1.NewReportingServiceClient(v.client(t, "reporting", optionsv1.Role_ROLE_AUDITOR)).
		GetTimeline(v.ctx, &reportingv1.GetTimelineRequest{ComplaintId: v.id})
	if err != nil || !strings.Contains(protojson.Format(timeline), "SubjectErased") {
		t.Errorf("the others were not told: %v, %v", timeline, err)
	}
}

// search looks for words in data.
func search(t *testing.T, where string, data []byte, words []string) {
	t.Helper()
	for _, mark := range words {
		if bytes.Contains(data, []byte(mark)) {
			t.Errorf("%s holds %q", where, mark)
		}
	}
}

// searchFiles looks for words in every file under dir.
func searchFiles(t *testing.T, dir string, words []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		search(t, path, data, words)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// searchTables looks for words in every row of every table, as text and as the bytes of bytea columns.
func searchTables(t *testing.T, dsn string, words []string) {
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
		search(t, "table "+name.Sanitize(), dump.Bytes(), words)
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
