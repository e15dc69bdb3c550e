package server

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// now is the business time of the tests, on a Monday in Shanghai.
var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

// fixture is a server on a database of its own, with the procedure "furniture" published.
type fixture struct {
	*Server
	pool *pgxpool.Pool
	ctx  context.Context // carries agent li.wei of the tenant "default"
	near *near
}

// near is what routing and followup say: whose open work a complaint is, by complaint id, and whether a visit is due.
type near struct {
	mu       sync.Mutex
	assigned map[string]string
	visit    map[string]bool
}

func (n *near) isAssigned(_ context.Context, tenant, complaintID, person string) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return tenant == "default" && n.assigned[complaintID] == person, nil
}

func (n *near) visitDue(_ context.Context, tenant, complaintID string) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return tenant == "default" && n.visit[complaintID], nil
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	f := emptyFixture(t)
	f.activate(t, furniture("2026-01"))
	f.exec(t, `TRUNCATE outbox_pending, idempotency`)
	return f
}

// publish publishes an edition as li.wei.
func (f fixture) publish(t testing.TB, p *procedurev1.Procedure) *intakev1.PublishedEdition {
	t.Helper()
	resp, err := f.PublishProcedure(f.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: p})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetEdition()
}

// activate publishes an edition as li.wei, who asks for its activation, and approves that as chen.lan.
func (f fixture) activate(t testing.TB, p *procedurev1.Procedure) *intakev1.PublishedEdition {
	t.Helper()
	digest := f.publish(t, p).GetEdition().GetDigest()
	_, err := f.RequestActivation(f.ctx, &intakev1.RequestActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: "tried and found good"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.ApproveActivation(as(f.ctx, "chen.lan", optionsv1.Role_ROLE_SUPERVISOR), &intakev1.ApproveActivationRequest{RequestId: uuid.NewString(), Digest: digest})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetEdition()
}

// emptyFixture has no procedure.
func emptyFixture(t testing.TB) fixture {
	t.Helper()
	pool := pgtest.New(t, Name, events.Migrations, idempotency.Migrations, store.Migrations)
	file := filepath.Join(t.TempDir(), "vault.json")
	if err := vault.Create(file); err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	n := &near{assigned: map[string]string{}, visit: map[string]bool{}}
	srv := New(Config{
		Pool: pool, Keys: keys, Contents: store.Contents{Pool: pool}, Evidence: evidenceRules(), Log: slog.New(slog.DiscardHandler),
		Poke: func() {}, Now: func() time.Time { return now }, NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Assigned: n.isAssigned, VisitDue: n.visitDue, RevealQuota: 5, FindQuota: 5,
	})
	return fixture{srv, pool, as(t.Context(), "li.wei", optionsv1.Role_ROLE_AGENT), n}
}

func as(ctx context.Context, subject string, roles ...optionsv1.Role) context.Context {
	return auth.With(ctx, auth.Principal{Tenant: "default", Subject: subject, Roles: roles})
}

// register registers a good draft and returns the complaint.
func (f fixture) register(t testing.TB) *intakev1.Complaint {
	t.Helper()
	resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetComplaint()
}

func (f fixture) exec(t testing.TB, q string, args ...any) {
	t.Helper()
	if _, err := f.pool.Exec(t.Context(), q, args...); err != nil {
		t.Fatal(err)
	}
}

// count returns how many rows a table has.
func (f fixture) count(t testing.TB, table string) (n int) {
	t.Helper()
	if err := f.pool.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// written are the tables that registering writes to, beside the numbers.
var written = []string{"complaint", "vault", "outbox_pending", "idempotency", "number_series"}

func (f fixture) counts(t testing.TB) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, table := range written {
		n[table] = f.count(t, table)
	}
	return n
}

func wantReason(t testing.TB, err error, reason, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want the fault %s", err, reason)
	}
	if f.Reason != reason || f.Meta["field"] != field {
		t.Errorf("got %s at %q: %s; want %s at %q", f.Reason, f.Meta["field"], f.Detail, reason, field)
	}
}

// furniture is a small procedure; name is its edition's.
func furniture(name string) *procedurev1.Procedure {
	return &procedurev1.Procedure{
		Code: "furniture", Edition: name, Name: &procedurev1.Label{Zh: "家具"},
		Numbering:    &procedurev1.Numbering{Prefix: "FU", Zone: "Asia/Shanghai"},
		Vocabularies: []*procedurev1.Vocabulary{{Key: "category", Terms: []*procedurev1.Term{{Code: "quality"}, {Code: "delivery"}}}},
		Fields: []*procedurev1.Field{
			{Key: "name", Kind: procedurev1.FieldKind_FIELD_KIND_NAME, Required: true, Clause: "S5d-04"},
			{Key: "phone", Kind: procedurev1.FieldKind_FIELD_KIND_PHONE},
			{Key: "category", Kind: procedurev1.FieldKind_FIELD_KIND_CODE, Vocabulary: "category", Required: true},
			{Key: "order", Kind: procedurev1.FieldKind_FIELD_KIND_CODE},
			{Key: "note", Kind: procedurev1.FieldKind_FIELD_KIND_TEXT},
		},
		Posts: []*procedurev1.Post{{Key: "clerk"}},
		Flows: []*procedurev1.Flow{{Key: "direct", Steps: []*procedurev1.Step{{Key: "handle", Kind: &procedurev1.Step_Task{Task: &procedurev1.Task{
			Assignee: &procedurev1.Assignee{Who: &procedurev1.Assignee_Post{Post: "clerk"}},
		}}}}}},
		Calendars: []*procedurev1.Calendar{{
			Key: "office", Zone: "Asia/Shanghai", Week: []*procedurev1.WeekdayHours{{Days: []string{"mon"}, Hours: []string{"09:00-17:00"}}},
		}},
		Clocks: []*procedurev1.ClockPolicy{{
			Key: "answer", Calendar: "office", Internal: true,
			Start: &procedurev1.Trigger{On: &procedurev1.Trigger_Registered{Registered: true}},
			Limit: &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 24}},
			Stop:  []*procedurev1.Trigger{{On: &procedurev1.Trigger_WorkCompleted{WorkCompleted: "handle"}}},
		}},
		Closing: &procedurev1.Closing{On: []*procedurev1.Trigger{{On: &procedurev1.Trigger_WorkCompleted{WorkCompleted: "handle"}}}},
	}
}

// draft returns a draft that furniture takes.
func draft() *intakev1.ComplaintDraft {
	return &intakev1.ComplaintDraft{
		Procedure: "furniture", Channel: "hotline", Content: "桌腿断了", ExternalReference: "crm-1",
		Complainant:    &intakev1.Party{Kind: "end_user", Name: "王小明", Phone: "138 1234 5678", Email: "wang@example.com", Address: "上海市浦东新区"},
		Fields:         map[string]*typev1.Value{"category": code("quality")},
		PersonalFields: map[string]string{"note": "晚上联系"},
	}
}

func code(c string) *typev1.Value { return &typev1.Value{Kind: &typev1.Value_Code{Code: c}} }

// fieldOf returns a field that takes any code.
func fieldOf(key string) *procedurev1.Field {
	return &procedurev1.Field{Key: key, Kind: procedurev1.FieldKind_FIELD_KIND_CODE}
}
