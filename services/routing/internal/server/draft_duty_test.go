package server_test

import (
	"testing"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

// put assigns a post of the procedure test.
func (b *bench) put(post, person string) error {
	_, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: post, Person: person})
	return err
}

// A directory is filled before its edition is activated, with the rules that the edition has for its posts.
func TestADirectoryIsFilledBeforeActivation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	wantFault(t, b.put("envoy", "he.jing"), fault.Invalid, domain.ReasonPostUnknown, "post")
	b.shelf["default/test"] = []*intakev1.PublishedEdition{published(parse(t, draftPack), draft)} // the first edition, not active yet
	if err := b.put("boss", "wu.gang"); err != nil {
		t.Fatal(err)
	}
	if err := b.put("envoy", "he.jing"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, b.put("sales", "li.wei"), fault.Invalid, domain.ReasonPostUnknown, "post")
	wantFault(t, b.put("envoy", "ma.jun"), fault.Precondition, domain.ReasonApprovalRequired, "") // it has a holder, and its head decides
	asked, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{RequestId: newID(), Procedure: "test", Post: "envoy", Person: "ma.jun"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: asked.GetChange().GetChangeId(), Approve: true}); err != nil {
		t.Fatal(err)
	}
	if got := b.holder("envoy", b.clock.Now()); got != "ma.jun" {
		t.Errorf("%q is the envoy", got)
	}
	if _, err := b.BeginDutyRenewal(supervisor, &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: "test"}); err != nil {
		t.Errorf("a renewal before activation: %v", err)
	}
}

// Posts of the active edition and of the next one are filled in one call; of a post that both have the active edition says who is its head.
func TestPostsOfTwoEditions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := parse(t, pack)
	b.shelf["default/test"] = []*intakev1.PublishedEdition{published(parse(t, draftPack), draft), published(first, active)}
	resp, err := b.AssignDuties(supervisor, &routingv1.AssignDutiesRequest{RequestId: newID(), Procedure: "test", Seats: []*routingv1.Seat{
		{Post: "sales", Person: "li.wei"}, {Post: "envoy", Person: "he.jing"}, {Post: "boss", Person: "wu.gang"},
	}})
	if err != nil || len(resp.GetDuties()) != 3 {
		t.Fatalf("assigned %v, %v", resp, err)
	}
	// Complaints still run by the edition that was active before: its posts go on to be filled.
	// A newer draft takes the head away from none of them.
	b.shelf["default/test"] = []*intakev1.PublishedEdition{
		published(parse(t, headlessPack), draft), published(parse(t, draftPack), active), published(first, superseded),
	}
	wantFault(t, b.put("sales", "ma.jun"), fault.Precondition, domain.ReasonApprovalRequired, "")
	asked, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{RequestId: newID(), Procedure: "test", Post: "sales", Person: "ma.jun"})
	if err != nil || asked.GetChange().GetHead() != "boss" {
		t.Errorf("a post that the active edition has no more: %v, %v", asked, err)
	}
	before := b.rows()
	_, err = b.AssignDuties(supervisor, &routingv1.AssignDutiesRequest{RequestId: newID(), Procedure: "test", Seats: []*routingv1.Seat{
		{Post: "desk", Person: "li.wei"}, {Post: "king", Person: "he.jing"},
	}})
	wantFault(t, err, fault.Invalid, domain.ReasonPostUnknown, "post")
	if after := b.rows(); after["duty"] != before["duty"] {
		t.Error("a call that was refused filled a post")
	}
}
