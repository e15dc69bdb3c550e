package cases

import (
	"context"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

// The acts about the duty directory: who sits where, who asks for it and approves it, who is away and who stands in.
type (
	duty        struct{ post, person string }
	requestDuty struct{ post, person, by, reason string }
	decideDuty  struct {
		post, by string
		approve  bool
	}
	absence struct {
		person      string
		from, until time.Time
	}
	deputy struct {
		post, person, deputy string
		from, until          time.Time
	}
)

// directoryAct reads an act about the directory.
func (s *storyteller) directoryAct(name string, n *yaml.Node, e *entry) act {
	switch name {
	case "duty":
		m := s.mapping(n, "a duty", "post", "person")
		s.needs(n, m, "a duty says who sits where: {post: sales_dealer, person: zhao.lei}", "post", "person")
		e.name = "duty " + s.choice(m["post"], "post", s.words.posts)
		return duty{s.text(m["post"]), s.text(m["person"])}
	case "request_duty":
		m := s.mapping(n, "a request", "post", "person", "by", "reason")
		s.needs(n, m, "a request says who is to sit where: {post: sales_dealer, person: zhao.lei}", "post", "person")
		e.name = "request_duty " + s.choice(m["post"], "post", s.words.posts)
		return requestDuty{s.text(m["post"]), s.text(m["person"]), s.choice(m["by"], "post", s.words.posts), s.text(m["reason"])}
	case "decide_duty":
		m := s.mapping(n, "a decision", "post", "by", "outcome")
		s.needs(n, m, "a decision says about which post, and what: {post: sales_dealer, outcome: approve}", "post", "outcome")
		e.name = "decide_duty " + s.choice(m["post"], "post", s.words.posts)
		outcome := s.choice(m["outcome"], "outcome", []string{"approve", "reject"})
		return decideDuty{s.text(m["post"]), s.choice(m["by"], "post", s.words.posts), outcome == "approve"}
	case "absence":
		m := s.mapping(n, "an absence", "person", "from", "until")
		s.needs(n, m, "an absence says who is away until when: {person: zhao.lei, until: 2026-03-12 09:00}", "person", "until")
		return absence{s.text(m["person"]), s.moment(m["from"]), s.moment(m["until"])}
	default:
		m := s.mapping(n, "a deputy", "post", "person", "deputy", "from", "until")
		if m != nil && (m["post"] == nil) == (m["person"] == nil) {
			s.find(n, "say for which post, or for which person: {post: sales_dealer, deputy: qian.duo}")
		}
		return deputy{s.choice(m["post"], "post", s.words.posts), s.text(m["person"]), s.text(m["deputy"]), s.moment(m["from"]), s.moment(m["until"])}
	}
}

// needs finds a mapping that lacks one of some keys.
func (s *storyteller) needs(n *yaml.Node, m map[string]*yaml.Node, remedy string, required ...string) {
	for _, key := range required {
		if m != nil && m[key] == nil {
			s.find(n, "%s", remedy)
			return
		}
	}
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

// do asks for the change as who sits in the post, or in another that the author names.
func (a requestDuty) do(ctx context.Context, p *play, _ string) error {
	by := a.by
	if by == "" {
		by = a.post
	}
	_, err := p.api.directory.RequestDutyChange(ctx, &routingv1.RequestDutyChangeRequest{
		RequestId: requestID(), Procedure: p.c.pack.compiled.Code, Post: a.post, Person: a.person, Reason: a.reason,
	}, p.as(p.seats[by], optionsv1.Role_ROLE_HANDLER))
	return err
}

// do decides the newest request as who sits in the post's head, or in another post that the author names.
func (a decideDuty) do(ctx context.Context, p *play, _ string) error {
	resp, err := p.api.directory.ListDutyChanges(ctx, &routingv1.ListDutyChangesRequest{Procedure: p.c.pack.compiled.Code, Post: a.post}, p.viewer())
	if err != nil {
		return err
	}
	if len(resp.GetChanges()) == 0 {
		return fmt.Errorf("nobody has asked for a change of %s", a.post)
	}
	newest := resp.GetChanges()[0]
	by := a.by
	if by == "" {
		post, _ := p.c.pack.compiled.Post(a.post) // known since the file was read
		by = post.Head
	}
	decided, err := p.api.directory.DecideDutyChange(ctx, &routingv1.DecideDutyChangeRequest{
		RequestId: requestID(), ChangeId: newest.GetChangeId(), Approve: a.approve,
	}, p.as(p.seats[by], optionsv1.Role_ROLE_HANDLER))
	if d := decided.GetDuty(); err == nil && d != nil {
		p.seats[a.post] = d.GetPerson()
	}
	return err
}

func (a absence) do(ctx context.Context, p *play, _ string) error {
	_, err := p.api.absences.RecordAbsence(ctx, &routingv1.RecordAbsenceRequest{
		RequestId: requestID(), Person: a.person, StartTime: stamp(a.from), EndTime: stamp(a.until),
	}, p.viewer())
	return err
}

func (a deputy) do(ctx context.Context, p *play, _ string) error {
	_, err := p.api.absences.SetDeputy(ctx, &routingv1.SetDeputyRequest{
		RequestId: requestID(), Procedure: p.c.pack.compiled.Code, Post: a.post, Person: a.person, Deputy: a.deputy,
		StartTime: stamp(a.from), EndTime: stamp(a.until),
	}, p.viewer())
	return err
}
