package events_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// Events must come out of a message as they went in, whatever people put into codes and names.
func TestEventsSurviveTheirMessage(t *testing.T) {
	t.Parallel()
	first := events.Event{
		Producer: "intake", Incarnation: 2, Part: 7, Seq: 12, ID: "01890a5d-ac96-774b-bcce-b302099a8057",
		Tenant: " 佛山 50%", AggregateID: "a\r\nb", Version: 3, Type: "redress.intake.v1.ContactRecorded",
		Payload: []byte("body\x00"), Actor: `person:"王"`,
		OccurTime: time.Date(2026, 3, 6, 9, 0, 0, 123456789, time.UTC), RecordTime: time.Date(2026, 3, 6, 9, 0, 1, 0, time.UTC),
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		After:       map[string]int64{"routing": 4, "slatimer": 5},
	}
	second, other := first, first
	second.Seq, second.After = 13, nil
	other.Part, other.Seq = 0, 1
	want := []events.Event{first, second, other}
	body, err := proto.Marshal(events.BatchToProto("intake", 2, want))
	if err != nil {
		t.Fatal(err)
	}
	m := &eventsv1.EventBatch{}
	if err := proto.Unmarshal(body, m); err != nil {
		t.Fatal(err)
	}
	if err := events.CheckBatch("intake", m); err != nil {
		t.Error(err)
	}
	var got []events.Event
	for _, pe := range m.GetParts() {
		for _, e := range pe.GetEvents() {
			got = append(got, events.EventFromProto(m.GetProducer(), m.GetIncarnation(), int(pe.GetPart()), e))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-sent +received):\n%s", diff)
	}
	if len(m.GetParts()) != 2 {
		t.Errorf("%d parts, want 7 and 0", len(m.GetParts()))
	}
}

// Whatever else stands in the stream, the events around it are applied.
func TestForeignMessagesAreNoEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emit(10)
	routing.awaitApplied("intake", 10)
	bad := [][]byte{[]byte("{}"), nil}
	for _, m := range []*eventsv1.EventBatch{
		batchOf("routing", 1, 3, 99), batchOf("intake", 0, 3, 99), batchOf("intake", -1, 3, 99), batchOf("intake", 1, 16, 99),
		batchOf("intake", 1, -1, 99), batchOf("intake", 1, 3, 0), batchOf("intake", 1, 3, -1),
	} {
		if events.CheckBatch("intake", m) == nil {
			t.Errorf("%v was accepted", m)
		}
		body, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		bad = append(bad, body)
	}
	for _, body := range bad {
		if err := intake.conn.Publish(events.SubjectOf("intake"), body); err != nil {
			t.Fatal(err)
		}
	}
	intake.emit(10)
	routing.awaitApplied("intake", 20)
}

func batchOf(producer string, incarnation int32, part int, seq int64) *eventsv1.EventBatch {
	return events.BatchToProto(producer, incarnation, []events.Event{{Part: part, Seq: seq}})
}

// An event that no message can hold must not keep those beside it from the stream, nor itself from its consumers.
func TestAnEventTooLargeForTheStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.emit(30)
	for id, size := range map[int]int{10: 600 << 10, 20: 2 << 20} { // more than the stream takes, and more than NATS
		const q = `UPDATE outbox_pending SET payload = convert_to(repeat('x', $2), 'UTF8') WHERE id = $1` // Emit refuses it
		if _, err := intake.pool.Exec(t.Context(), q, id, size); err != nil {
			t.Fatal(err)
		}
	}
	intake.relay()
	w.awaitStream("intake", 28)
	routing.consume(record, "intake")
	routing.awaitApplied("intake", 30)
}

// A backlog goes in few messages.
func TestManyEventsAreOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	intake := w.services["intake"]
	intake.emit(1000)
	intake.relay()
	w.awaitStream("intake", 1000)
	if n := w.stream("intake").CachedInfo().State.Msgs; n > 6 {
		t.Errorf("1,000 events are %d messages", n)
	}
}
