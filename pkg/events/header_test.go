package events_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
)

// An event must come out of the headers as it went in, whatever people put into codes and names.
func TestEventSurvivesItsHeaders(t *testing.T) {
	t.Parallel()
	conn := eventstest.NATS(t).Conn(t)
	sub, err := conn.SubscribeSync("redress.v1.>")
	if err != nil {
		t.Fatal(err)
	}
	want := events.Event{
		Producer: "intake", Incarnation: 2, Part: 7, Seq: 12, ID: "01890a5d-ac96-774b-bcce-b302099a8057",
		Tenant: " 佛山 50%", AggregateID: "a\r\nce-place: 2/7/99", Version: 3, Type: "redress.intake.v1.ContactRecorded",
		Payload: []byte("body\x00"), Actor: `person:"王"`,
		OccurTime: time.Date(2026, 3, 6, 9, 0, 0, 123456789, time.UTC), RecordTime: time.Date(2026, 3, 6, 9, 0, 1, 0, time.UTC),
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		After:       map[string]int64{"routing": 4, "slatimer": 5},
	}
	if err := conn.PublishMsg(events.MessageOf(&want)); err != nil {
		t.Fatal(err)
	}
	m, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "redress.v1.intake.7.ContactRecorded" {
		t.Errorf("published on %s", m.Subject)
	}
	got, err := events.EventOf("intake", m.Header, m.Data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-sent +received):\n%s", diff)
	}
}

func TestForeignMessagesAreNoEvents(t *testing.T) {
	t.Parallel()
	good := events.MessageOf(&events.Event{Incarnation: 1, Part: 3, Seq: 1})
	for _, bad := range [][2]string{
		{"ce-place", "1/3/0"}, {"ce-place", "1/16/1"}, {"ce-place", "/3/1"}, {"ce-place", "0/3/1"}, {"ce-place", "1/3"}, {"ce-place", "1/3/1/1"}, {"ce-place", ""},
		{"ce-version", "x"}, {"ce-time", "yesterday"}, {"ce-recordtime", ""}, {"ce-after", "intake"}, {"ce-actor", "%zz"},
	} {
		name, value := bad[0], bad[1]
		header := events.MessageOf(&events.Event{Incarnation: 1, Part: 3, Seq: 1}).Header
		header[name] = []string{value}
		if _, err := events.EventOf("intake", header, nil); err == nil {
			t.Errorf("%s: %q was accepted", name, value)
		}
	}
	if _, err := events.EventOf("intake", good.Header, nil); err != nil {
		t.Errorf("a good one was not: %v", err)
	}
}
