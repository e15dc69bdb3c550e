package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/procedure"
)

// A visit that is due stays due when its complaint goes over to another edition; what it leads to is the new edition's to say, and so is
// who makes it where the old post is gone.
func TestFollowupFollowsAMigration(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.later = proto.CloneOf(h.pack)
	h.later.Edition = "2"
	h.later.Posts[0].Key = "desk"
	h.later.GetFlows()[0].GetSteps()[0].GetTask().GetAssignee().Who = &procedurev1.Assignee_Post{Post: "desk"}
	plan := h.later.GetVisits()[0]
	plan.GetAssignee().Who = &procedurev1.Assignee_Post{Post: "desk"}
	plan.Dissatisfied = procedurev1.VisitConsequence_VISIT_CONSEQUENCE_CLOSE
	to := &typev1.Edition{Procedure: "visits", Edition: "2", Digest: procedure.Digest(h.later)}

	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice(), eventstest.Shuffled())
	moved := draft(1, 3, &routingv1.ComplaintMigrated{ToEdition: to, Reason: "corrected", Round: 1})
	moved.Actor = "person:jones.lea"
	in.Deliver(h.registered(1), answered(1, 2, 1), moved)
	want := []proto.Message{&followupv1.VisitScheduled{VisitId: id(101), Plan: "main", Round: 1, Post: "agent"}, &followupv1.FollowupMigrated{Edition: to}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, h.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	if e := eventstest.Emitted(t, h.pool)[1]; e.Version != 2 || e.Actor != "person:jones.lea" || !e.OccurTime.Equal(at(3)) {
		t.Errorf("envelope %+v", e)
	}
	due := h.list(t, &followupv1.ListVisitsRequest{}).GetVisits()
	if len(due) != 1 || due[0].GetPost() != "desk" || due[0].GetVisitId() != id(101) {
		t.Fatalf("due: %v", due)
	}
	resp, err := h.RecordVisit(caller(t, "default"), &followupv1.RecordVisitRequest{
		RequestId: uuid.NewString(), VisitId: id(101), Outcome: followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED,
	})
	if err != nil || resp.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Errorf("by the new edition dissatisfaction closes: %v, %v", resp, err)
	}
}
