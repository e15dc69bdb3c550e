package cases

import (
	"context"
	"time"

	"go.yaml.in/yaml/v3"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

// The acts about who is away and who stands in. They are about no complaint.
type (
	absence struct {
		person      string
		from, until time.Time
	}
	deputy struct {
		post, person, deputy string
		from, until          time.Time
	}
)

func (s *storyteller) absence(n *yaml.Node) act {
	m := s.mapping(n, "an absence", "person", "from", "until")
	a := absence{s.text(m["person"]), s.moment(m["from"]), s.moment(m["until"])}
	if m != nil && (m["person"] == nil || m["until"] == nil) {
		s.find(n, "an absence says who is away until when: {person: zhao.lei, until: 2026-03-12 09:00}")
	}
	return a
}

func (s *storyteller) deputy(n *yaml.Node) act {
	m := s.mapping(n, "a deputy", "post", "person", "deputy", "from", "until")
	if m != nil && (m["post"] == nil) == (m["person"] == nil) {
		s.find(n, "say for which post, or for which person: {post: sales_dealer, deputy: qian.duo}")
	}
	return deputy{s.choice(m["post"], "post", s.words.posts), s.text(m["person"]), s.text(m["deputy"]), s.moment(m["from"]), s.moment(m["until"])}
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
