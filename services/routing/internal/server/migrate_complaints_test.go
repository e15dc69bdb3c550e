package server_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// renamedEdition names renamedPack.
func renamedEdition(t testing.TB) *typev1.Edition {
	return &typev1.Edition{Procedure: "test", Edition: "3", Digest: procedure.Digest(parse(t, renamedPack))}
}

// move asks to move complaints to renamedPack.
func (b *bench) move(ids ...string) *routingv1.MigrateComplaintsRequest {
	return &routingv1.MigrateComplaintsRequest{
		RequestId: newID(), ToDigest: renamedEdition(b.t).GetDigest(), ComplaintIds: ids, Steps: map[string]string{"plan": "draft"}, Reason: "policy_corrected",
	}
}

func (b *bench) migrate(req *routingv1.MigrateComplaintsRequest) *routingv1.MigrateComplaintsResponse {
	b.t.Helper()
	resp, err := b.MigrateComplaints(supervisor, req)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp
}

func outcomes(resp *routingv1.MigrateComplaintsResponse) []string {
	var list []string
	for _, m := range resp.GetComplaints() {
		word := strings.ToLower(strings.TrimPrefix(m.GetOutcome().String(), "MIGRATION_OUTCOME_"))
		for _, o := range m.GetObstacles() {
			word += " " + strings.ToLower(strings.TrimPrefix(o.GetKind().String(), "MIGRATION_OBSTACLE_KIND_")) + " " + o.GetKey()
		}
		list = append(list, strings.TrimSpace(word))
	}
	return list
}

func TestMigrateComplaintsMovesACaseWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "audit", "sun.yu", received.Add(-time.Hour))
	id := b.begin()
	work := b.work(id, "plan", "desk").GetWorkId()
	req := b.move(id)
	dry := proto.CloneOf(req)
	dry.ValidateOnly = true
	want := &routingv1.MigrateComplaintsResponse{Complaints: []*routingv1.ComplaintMigration{{
		ComplaintId: id, Number: "T-1", Outcome: routingv1.MigrationOutcome_MIGRATION_OUTCOME_MIGRATED, FromEdition: b.edition,
		Work: []*routingv1.MigratedWork{{WorkId: work, Step: "draft", Post: "audit", Person: "sun.yu"}},
	}}}
	same(t, "what would happen", want, b.migrate(dry))
	if n := len(b.emitted(id)); n != 2 || b.get(id).GetEdition().GetEdition() != "1" {
		t.Fatalf("a dry run left %d events", n)
	}
	for range 2 { // the second is a retry
		same(t, "answer", want, b.migrate(req))
	}
	same(t, "events", []proto.Message{&routingv1.ComplaintMigrated{
		FromEdition: b.edition, ToEdition: renamedEdition(t), Steps: map[string]string{"plan": "draft"}, Reason: "policy_corrected", Round: 1,
		Values: map[string]string{"handler": "audit"}, Work: want.GetComplaints()[0].GetWork(),
	}}, b.emitted(id)[2:])
	for _, e := range eventstest.Emitted(t, b.pool) {
		if e.Type == "redress.routing.v1.ComplaintMigrated" && e.Actor != "person:jones.lea" {
			t.Errorf("it was %s's doing", e.Actor)
		}
	}
	c := b.get(id)
	if c.GetEdition().GetEdition() != "3" || !slices.Equal(steps(c.GetWork()), []string{"draft@audit"}) || c.GetVersion() != 2 {
		t.Errorf("the case is %v", c)
	}
	if got := outcomes(b.migrate(b.move(id))); !slices.Equal(got, []string{"unchanged"}) {
		t.Errorf("once more: %v", got)
	}
	// It goes on by the new edition, and work keeps its id.
	b.complete(supervisor, &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: work, Fields: map[string]*typev1.Value{"cost": {Kind: &typev1.Value_Number{Number: 1}}}})
	if got := steps(openOf(b.get(id))); !slices.Equal(got, []string{"decide@audit", "decide@boss"}) {
		t.Errorf("then %v is open", got)
	}
	b.in.Deliver(events.Draft{AggregateID: id, OccurTime: received, Message: &followupv1.ComplaintReopened{Round: 2}})
	if got := steps(openOf(b.get(id))); !slices.Equal(got, []string{"draft@audit"}) {
		t.Errorf("the second round opens %v", got)
	}
}

func openOf(c *routingv1.Case) []*routingv1.Work {
	return slices.DeleteFunc(c.GetWork(), func(w *routingv1.Work) bool { return w.GetState() != routingv1.WorkState_WORK_STATE_OPEN })
}

// News that crossed the migration is of the old edition: a clock that was breached before still tells whom its edition named.
func TestNewsOfTheOldEditionArrivesAfterAMigration(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled())
	id := b.begin()
	b.migrate(b.move(id))
	b.in.Deliver(
		events.Draft{AggregateID: id, OccurTime: received, Message: &slatimerv1.ClockWarned{Policy: "reply", Round: 1, Edition: b.edition.GetDigest()}},
		events.Draft{AggregateID: id, OccurTime: received, Message: &slatimerv1.ClockBreached{Policy: "reply", Round: 1, Edition: renamedEdition(t).GetDigest()}},
		events.Draft{AggregateID: id, OccurTime: received, Message: &intakev1.ComplaintWithdrawn{}},
	)
	same(t, "events", []proto.Message{
		&routingv1.NoticeIssued{About: "clock/reply/warned", Posts: []string{"desk"}, Round: 1},
		&routingv1.NoticeIssued{About: "clock/reply/breached", Posts: []string{"boss"}, Round: 1},
		&routingv1.WorkCancelled{Step: "draft", Round: 1},
	}, inOrderOfType(b.emitted(id)[3:]))
	if parked := b.in.Parked(); len(parked) > 0 {
		t.Errorf("parked: %v", parked)
	}
}

// inOrderOfType puts what comes from different producers into one order.
func inOrderOfType(list []proto.Message) []proto.Message {
	rank := func(m proto.Message) string {
		if n, ok := m.(*routingv1.NoticeIssued); ok {
			return "a" + map[bool]string{true: "a", false: "b"}[n.GetAbout() == "clock/reply/warned"]
		}
		return "b"
	}
	slices.SortFunc(list, func(x, y proto.Message) int { return strings.Compare(rank(x), rank(y)) })
	return list
}

func TestMigrateComplaintsDecidesEachByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	goes, stays, closed, unknown := b.begin(), b.begin(), b.begin(), newID()
	b.complete(supervisor, b.plan(stays)) // stands at decide, has reached "proposed"
	b.in.Deliver(events.Draft{AggregateID: closed, OccurTime: received, Message: &followupv1.ComplaintClosed{Round: 1}})
	req := b.move(goes, unknown, stays, closed)
	req.Steps = nil
	if got, want := outcomes(b.migrate(req)), []string{"refused step_lacking plan", "refused not_found", "migrated", "refused not_open"}; !slices.Equal(got, want) {
		t.Errorf("without a mapping: %v, want %v", got, want)
	}
	if got, want := outcomes(b.migrate(b.move(goes, stays))), []string{"migrated", "unchanged"}; !slices.Equal(got, want) {
		t.Errorf("with a mapping: %v, want %v", got, want)
	}
}

func TestMigrateComplaintsOfAnEditionInPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var ids []string
	for range 5 {
		ids = append(ids, b.begin())
	}
	b.in.Deliver(events.Draft{AggregateID: ids[1], OccurTime: received, Message: &intakev1.ComplaintWithdrawn{}})
	var seen []string
	token := ""
	for range 10 {
		req := b.move()
		req.FromDigest, req.PageSize, req.PageToken = b.edition.GetDigest(), 2, token
		resp := b.migrate(req)
		for _, m := range resp.GetComplaints() {
			seen = append(seen, m.GetComplaintId())
		}
		if token = resp.GetNextPageToken(); token == "" {
			break
		}
	}
	slices.Sort(ids)
	ids = slices.Delete(ids, 1, 2)
	if !slices.Equal(seen, ids) {
		t.Errorf("moved %v, want %v", seen, ids)
	}
	for _, id := range ids {
		if e := b.get(id).GetEdition().GetEdition(); e != "3" {
			t.Errorf("%s runs by edition %s", id, e)
		}
	}
}

func TestMigrateComplaintsRefusesTheCall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	ask := func(change func(*routingv1.MigrateComplaintsRequest)) error {
		req := b.move(id)
		change(req)
		_, err := b.MigrateComplaints(supervisor, req)
		return err
	}
	wantFault(t, ask(func(r *routingv1.MigrateComplaintsRequest) { r.ToDigest = strings.Repeat("0", 64) }), fault.NotFound, "EDITION_NOT_FOUND", "to_digest")
	wantFault(t, ask(func(r *routingv1.MigrateComplaintsRequest) {
		r.ComplaintIds, r.FromDigest = nil, strings.Repeat("0", 64)
	}), fault.NotFound, "EDITION_NOT_FOUND", "from_digest")
	wantFault(t, ask(func(r *routingv1.MigrateComplaintsRequest) { r.Steps["plan"] = "plna" }), fault.Invalid, "STEP_UNKNOWN", "steps")
	wantFault(t, ask(func(r *routingv1.MigrateComplaintsRequest) {
		r.ComplaintIds, r.FromDigest, r.Steps["plna"] = nil, b.edition.GetDigest(), "draft"
	}), fault.Invalid, "STEP_UNKNOWN", "steps")
	for _, state := range []intakev1.EditionState{intakev1.EditionState_EDITION_STATE_DRAFT, intakev1.EditionState_EDITION_STATE_ACTIVATION_REQUESTED} {
		b.state = state
		wantFault(t, ask(func(*routingv1.MigrateComplaintsRequest) {}), fault.Precondition, "EDITION_NOT_ACTIVATED", "to_digest")
	}
	b.state = intakev1.EditionState_EDITION_STATE_SCHEDULED
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "x", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
	_, err := b.MigrateComplaints(other, b.move(id))
	wantFault(t, err, fault.NotFound, "EDITION_NOT_FOUND", "to_digest")
	if n := len(b.emitted(id)); n != 2 {
		t.Errorf("the refused calls left %d events", n-2)
	}
}

// Two people move the same complaints at once, named in other orders: each complaint is moved once.
func TestMigrateComplaintsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := make([]string, 20)
	for i := range ids {
		ids[i] = b.begin()
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			mine := slices.Clone(ids)
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			if _, err := b.MigrateComplaints(supervisor, b.move(mine...)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if n := len(b.emitted(id)); n != 3 {
			t.Errorf("%s has %d events, want registration's two and one migration", id, n)
		}
	}
}
