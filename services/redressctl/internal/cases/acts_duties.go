package cases

import (
	"context"
	"fmt"

	"go.yaml.in/yaml/v3"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

// The acts of the duty directory. They are about no complaint.
type (
	// duty puts a person in a post.
	duty struct{ post, person string }
	// dutyChange asks for another person in a post whose head decides that; by is the post whose holder asks.
	dutyChange struct{ post, person, by string }
	// dutyDecision decides what was asked for; by is the post whose holder decides.
	dutyDecision struct {
		post, by string
		approve  bool
	}
)

// aboutDuties reports whether an act is about the duty directory.
func aboutDuties(a act) bool {
	switch a.(type) {
	case duty, dutyChange, dutyDecision:
		return true
	}
	return false
}

// dutyAct reads an act of the duty directory.
func (s *storyteller) dutyAct(name string, n *yaml.Node, e *entry) act {
	switch name {
	case "duty_change":
		m := s.mapping(n, "a change of duty", "post", "person", "by")
		a := dutyChange{s.choice(m["post"], "post", s.words.posts), s.text(m["person"]), s.choice(m["by"], "post", s.words.posts)}
		if m != nil && (m["post"] == nil || a.person == "") {
			s.find(n, "a change of duty says who shall sit where: {post: sales_dealer, person: zhao.lei}")
		}
		e.name = "duty_change " + a.post
		return a
	case "duty_decision":
		m := s.mapping(n, "a decision about a duty", "post", "outcome", "by")
		outcome := s.choice(m["outcome"], "outcome", []string{"approve", "reject"})
		a := dutyDecision{s.choice(m["post"], "post", s.words.posts), s.choice(m["by"], "post", s.words.posts), outcome == "approve"}
		if m != nil && (m["post"] == nil || m["outcome"] == nil) {
			s.find(n, "a decision says about which post and what: {post: sales_dealer, outcome: approve}")
		}
		e.name = "duty_decision " + a.post
		return a
	}
	m := s.mapping(n, "a duty", "post", "person")
	d := duty{s.choice(m["post"], "post", s.words.posts), s.text(m["person"])}
	if m != nil && (m["post"] == nil || d.person == "") {
		s.find(n, "a duty says who sits where: {post: sales_dealer, person: zhao.lei}")
	}
	e.name = "duty " + d.post
	return d
}

func (a duty) do(ctx context.Context, p *play, _ string) error {
	_, err := p.api.directory.AssignDuty(ctx, &routingv1.AssignDutyRequest{
		RequestId: requestID(), Procedure: p.c.pack.compiled.Code, Post: a.post, Person: a.person,
	}, p.viewer())
	if err == nil {
		p.seats[a.post] = a.person
	}
	return err
}

// do asks as the holder of the post that asks, or of the post itself.
func (a dutyChange) do(ctx context.Context, p *play, _ string) error {
	by := a.by
	if by == "" {
		by = a.post
	}
	_, err := p.api.directory.RequestDutyChange(ctx, &routingv1.RequestDutyChangeRequest{
		RequestId: requestID(), Procedure: p.c.pack.compiled.Code, Post: a.post, Person: a.person,
	}, p.as(p.seats[by], optionsv1.Role_ROLE_HANDLER))
	return err
}

// do decides as the holder of the post that decides, or of the post's head.
func (a dutyDecision) do(ctx context.Context, p *play, _ string) error {
	list, err := p.api.directory.ListDutyChanges(ctx, &routingv1.ListDutyChangesRequest{
		Procedure: p.c.pack.compiled.Code, Post: a.post, State: routingv1.DutyChangeState_DUTY_CHANGE_STATE_PENDING,
	}, p.viewer())
	if err != nil {
		return err
	}
	if len(list.GetChanges()) == 0 {
		return fmt.Errorf("no change of %s waits for a decision", a.post)
	}
	change := list.GetChanges()[0]
	by := a.by
	if by == "" {
		by = change.GetHead()
	}
	resp, err := p.api.directory.DecideDutyChange(ctx, &routingv1.DecideDutyChangeRequest{
		RequestId: requestID(), ChangeId: change.GetChangeId(), Approve: a.approve,
	}, p.as(p.seats[by], optionsv1.Role_ROLE_HANDLER))
	if err == nil && resp.GetDuty() != nil {
		p.seats[a.post] = change.GetPerson()
	}
	return err
}
