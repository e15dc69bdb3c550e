package lifecycle_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"
)

func event(t *testing.T, m proto.Message) events.Event {
	t.Helper()
	payload, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{ID: "e", AggregateID: "c", Type: string(proto.MessageName(m)), Payload: payload, OccurTime: time.Unix(1, 0).UTC()}
}

func TestEverySubscribedEventIsUnderstood(t *testing.T) {
	for _, name := range slices.Concat(lifecycle.Intake, lifecycle.Routing, lifecycle.Followup) {
		mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lifecycle.Of(event(t, mt.New().Interface())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoneOfAComplaintsLifeIsRefused(t *testing.T) {
	if _, err := lifecycle.Of(event(t, &routingv1.DutyChanged{})); err == nil {
		t.Error("a change of duty was taken for a complaint's")
	}
	broken := event(t, &routingv1.WorkOpened{})
	broken.Payload = []byte{0xff}
	if _, err := lifecycle.Of(broken); err == nil {
		t.Error("a body that does not decode was taken")
	}
}

func TestFactsFollowTheEvents(t *testing.T) {
	var f procedure.Facts
	for _, m := range []proto.Message{
		&intakev1.ComplaintRegistered{Channel: "web", Flow: "direct", Fields: map[string]*typev1.Value{"line": procedure.ToProto(procedure.Code("door"))}},
		&routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high"}},
		&intakev1.ComplaintAmended{Channel: "letter", Fields: map[string]*typev1.Value{"line": procedure.ToProto(procedure.Code("window"))}},
		&routingv1.WorkCompleted{Round: 1, Step: "check", Outcome: "yes", Fields: map[string]*typev1.Value{"cost": procedure.ToProto(procedure.Number(3))}},
	} {
		h, err := lifecycle.Of(event(t, m))
		if err != nil {
			t.Fatal(err)
		}
		f = h.Update(f)
	}
	if f.Channel != "letter" || f.Flow != "direct" || f.Fields["line"].Code != "window" || f.Values["grade"] != "high" || f.Round != 1 || f.Answers["check"]["cost"].Number != 3 ||
		f.Answers["check"][procedure.Outcome].Code != "yes" || !f.Received.Equal(time.Unix(1, 0)) {
		t.Errorf("facts = %+v", f)
	}
}
