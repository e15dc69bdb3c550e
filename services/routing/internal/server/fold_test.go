package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
)

var desk = map[string]string{"handler": "desk"}

func TestARegisteredComplaintIsClassifiedAndItsWorkOpened(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled())
	assign(b, "desk", "li.wei", received.Add(-time.Hour))
	id := newID()
	draft := b.registered(id)
	draft.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	b.in.Deliver(draft)

	same(t, "events", []proto.Message{
		&routingv1.ComplaintClassified{Round: 1, Values: desk},
		&routingv1.WorkOpened{Step: "plan", Kind: routingv1.WorkKind_WORK_KIND_TASK, Round: 1, Post: "desk", Person: "li.wei"},
	}, b.emitted(id))
	same(t, "case", &routingv1.Case{
		ComplaintId: id, Number: "T-1", Edition: b.edition, Flow: "main", Round: 1, Values: desk, State: routingv1.CaseState_CASE_STATE_OPEN, Version: 1,
		Work: []*routingv1.Work{{
			ComplaintId: id, Number: "T-1", Step: "plan", Kind: routingv1.WorkKind_WORK_KIND_TASK, Round: 1, Post: "desk", Person: "li.wei",
			State: routingv1.WorkState_WORK_STATE_OPEN, OpenTime: timestamppb.New(received), Form: []string{"cost*", "note?"}, Procedure: "test",
			GuidanceZh: "先致歉", GuidanceEn: "Apologise first",
		}},
	}, b.get(id))
	for _, e := range eventstest.Emitted(t, b.pool) {
		if e.AggregateID == id && (e.Actor != "service:routing" || !e.OccurTime.Equal(received) || e.TraceParent == "" || e.Tenant != "default") {
			t.Errorf("%s: actor %s, occurred %v, trace %q, tenant %s", e.Type, e.Actor, e.OccurTime, e.TraceParent, e.Tenant)
		}
	}
}

// Many complaints in batches that mix them, with everything that may happen to one.
func TestABatchMixesComplaints(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(7))
	ids := make([]string, 40)
	var begin, reopen, withdraw, close []events.Draft
	for i := range ids {
		ids[i] = newID()
		about := func(m proto.Message) events.Draft {
			return events.Draft{AggregateID: ids[i], OccurTime: received.Add(time.Hour), Message: m}
		}
		begin = append(begin, b.registered(ids[i]))
		reopen = append(reopen, about(&followupv1.ComplaintReopened{Round: 2}))
		close = append(close, about(&followupv1.ComplaintClosed{Round: 2}))
		if i%2 == 0 {
			withdraw = append(withdraw, about(&intakev1.ComplaintWithdrawn{}))
		}
	}
	b.in.Deliver(begin...)
	b.in.Deliver(reopen...)
	b.in.Deliver(withdraw...)
	b.in.Deliver(close...)
	want := []proto.Message{
		&routingv1.ComplaintClassified{Round: 1, Values: desk},
		&routingv1.WorkOpened{Step: "plan", Kind: routingv1.WorkKind_WORK_KIND_TASK, Round: 1, Post: "desk"},
		&routingv1.WorkCancelled{Step: "plan", Round: 1},
		&routingv1.ComplaintClassified{Round: 2, Values: desk},
		&routingv1.WorkOpened{Step: "plan", Kind: routingv1.WorkKind_WORK_KIND_TASK, Round: 2, Post: "desk"},
		&routingv1.WorkCancelled{Step: "plan", Round: 2},
	}
	for _, id := range ids {
		same(t, "events", want, b.emitted(id))
		if c := b.get(id); c.GetState() != routingv1.CaseState_CASE_STATE_CLOSED || c.GetRound() != 2 {
			t.Errorf("case %v", c)
		}
	}
}

func TestClocksThatWarnOrBreachTellThePostsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled())
	id := b.begin()
	version := b.get(id).GetVersion()
	due := received.Add(24 * time.Hour)
	b.in.Deliver(
		events.Draft{AggregateID: id, OccurTime: due, Message: &slatimerv1.ClockWarned{Policy: "reply", Round: 1}},
		events.Draft{AggregateID: id, OccurTime: due, Message: &slatimerv1.ClockBreached{Policy: "reply", Round: 1}},
		events.Draft{AggregateID: id, OccurTime: due, Message: &slatimerv1.ClockEscalated{Policy: "reply", Round: 1, Level: 1, Edition: b.edition.GetDigest()}},
		// A clock that was moved to another edition has told whom that one names.
		events.Draft{AggregateID: id, OccurTime: due, Message: &slatimerv1.ClockBreached{Policy: "reply", Round: 1, Edition: procedure.Digest(parse(t, laterPack))}},
	)
	same(t, "events", []proto.Message{
		&routingv1.NoticeIssued{About: "clock/reply/warned", Posts: []string{"desk"}, Round: 1},
		&routingv1.NoticeIssued{About: "clock/reply/breached", Posts: []string{"boss"}, Round: 1},
		&routingv1.NoticeIssued{About: "clock/reply/escalated/2", Posts: []string{"audit", "boss"}, Round: 1},
		&routingv1.NoticeIssued{About: "clock/reply/breached", Posts: []string{"audit"}, Round: 1},
	}, b.emitted(id)[2:])
	if got := b.get(id).GetVersion(); got != version {
		t.Errorf("notices moved the case from version %d to %d", version, got)
	}
}

// What can never be applied parks its complaint alone, and leaves nothing half done.
func TestParkedEvents(t *testing.T) {
	t.Parallel()
	other := &typev1.Edition{Procedure: "other", Edition: "1"}
	tests := []struct {
		name  string
		known bool // the complaint has a case
		about func(b *bench, id string) events.Draft
		emits int // events about it before
	}{
		{"unknown complaint", false, func(_ *bench, id string) events.Draft {
			return events.Draft{AggregateID: id, Message: &followupv1.ComplaintClosed{}}
		}, 0},
		{"registered twice", true, func(b *bench, id string) events.Draft { return b.registered(id) }, 2},
		{"no flow", false, func(b *bench, id string) events.Draft {
			return b.registered(id, func(m *intakev1.ComplaintRegistered) { m.Flow = "none" })
		}, 0},
		{"no post", false, func(b *bench, id string) events.Draft {
			return b.registered(id, func(m *intakev1.ComplaintRegistered) {
				m.Fields = procedure.ToProtos(map[string]procedure.Value{"chair": procedure.Code("nobody")})
			})
		}, 0},
		{"another procedure's edition", false, func(b *bench, id string) events.Draft {
			other.Digest = b.edition.GetDigest()
			return b.registered(id, func(m *intakev1.ComplaintRegistered) { m.Edition = other })
		}, 0},
		{"no edition", false, func(b *bench, id string) events.Draft {
			return b.registered(id, func(m *intakev1.ComplaintRegistered) { m.Edition = nil })
		}, 0},
		{"an old round", true, func(_ *bench, id string) events.Draft {
			return events.Draft{AggregateID: id, Message: &followupv1.ComplaintReopened{Round: 1}}
		}, 2},
		{"no such clock", true, func(_ *bench, id string) events.Draft {
			return events.Draft{AggregateID: id, Message: &slatimerv1.ClockBreached{Policy: "none"}}
		}, 2},
		{"nobody asked for it", true, func(_ *bench, id string) events.Draft {
			return events.Draft{AggregateID: id, Message: &intakev1.ContactRecorded{}}
		}, 2},
		{"not about a complaint", false, func(_ *bench, _ string) events.Draft {
			return events.Draft{AggregateID: "manufacturing", Message: &intakev1.ComplaintWithdrawn{}}
		}, 0},
	}
	b := newBench(t, eventstest.Parks())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parked := len(b.in.Parked())
			id, bystander := newID(), newID()
			drafts := []events.Draft{tt.about(b, id), b.registered(bystander)}
			if tt.known {
				drafts = append([]events.Draft{b.registered(id)}, drafts...)
			}
			b.in.Deliver(drafts...)
			if n := len(b.in.Parked()) - parked; n != 1 {
				t.Errorf("%d events were parked, want 1", n)
			}
			if n := len(b.emitted(id)); n != tt.emits {
				t.Errorf("%d events about it, want %d", n, tt.emits)
			}
			if n := len(b.emitted(bystander)); n != 2 {
				t.Errorf("%d events about the complaint beside it, want 2", n)
			}
		})
	}
}

// An edition that intake cannot give now is no reason to park: the batch fails, and is tried again.
func TestAnEventWaitsForItsEdition(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := newID()
	b.away = true
	m := b.registered(id).Message
	payload, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	fold := func() error {
		batch := events.NewBatch([]events.Event{{
			Tenant: "default", AggregateID: id, Seq: 1, Type: string(m.ProtoReflect().Descriptor().FullName()), Payload: payload, OccurTime: received,
		}})
		return postgres.InTx(context.Background(), b.pool, func(tx pgx.Tx) error { return b.Fold(context.Background(), tx, batch) })
	}
	if err := fold(); err == nil || len(b.emitted(id)) > 0 {
		t.Errorf("without its edition: error %v, events %v", err, b.emitted(id))
	}
	b.away = false
	if err := fold(); err != nil || len(b.emitted(id)) != 2 {
		t.Errorf("with its edition: error %v, events %v", err, b.emitted(id))
	}
}

// A batch holds events of several parts, and of several producers, whose sequences are the same.
func TestEventsOfSeveralPartsAndProducersAreToldApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id, other := b.begin(), newID()
	for events.PartOf(other) == events.PartOf(id) { // else a batch has them one after the other
		other = newID()
	}
	batch := make([]events.Event, 0, 3)
	add := func(producer string, d events.Draft) {
		payload, err := proto.Marshal(d.Message)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, events.Event{
			Producer: producer, Tenant: "default", AggregateID: d.AggregateID, Part: events.PartOf(d.AggregateID), Seq: 2, Payload: payload,
			OccurTime: received, Type: string(d.Message.ProtoReflect().Descriptor().FullName()),
		})
	}
	add("slatimer", events.Draft{AggregateID: id, Message: &slatimerv1.ClockWarned{Policy: "reply", Round: 1, Edition: b.edition.GetDigest()}})
	add("intake", events.Draft{AggregateID: id, Message: &intakev1.ComplaintWithdrawn{}})
	add("intake", b.registered(other))
	before := len(b.emitted(id))
	err := postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error { return b.Fold(t.Context(), tx, events.NewBatch(batch)) })
	if err != nil {
		t.Fatal(err)
	}
	if got := len(b.emitted(other)); got != 2 {
		t.Errorf("of the complaint that was registered %d events came, want 2", got)
	}
	if got := b.get(id).GetState(); got != routingv1.CaseState_CASE_STATE_CLOSED {
		t.Errorf("the complaint that was withdrawn is %v", got)
	}
	if got := len(b.emitted(id)) - before; got != 2 { // somebody is told of the clock, and the work is cancelled
		t.Errorf("of the complaint that was warned of and withdrawn %d events came, want 2", got)
	}
}
