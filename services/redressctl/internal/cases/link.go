package cases

import (
	"context"
	"strings"

	"go.yaml.in/yaml/v3"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// link says that the entry's complaint belongs with another.
type link struct {
	kind       typev1.LinkKind
	to, reason string
	notCounted bool
}

// linkKind is how the contract's kinds of links begin; authors leave it out.
const linkKind = "LINK_KIND_"

// linkKinds are the kinds as authors write them, in the contract's order.
func linkKinds() []string {
	var out []string
	for n := range int32(len(typev1.LinkKind_name)) {
		if n > 0 { // 0 is none
			out = append(out, strings.ToLower(strings.TrimPrefix(typev1.LinkKind_name[n], linkKind)))
		}
	}
	return out
}

func (s *storyteller) link(n *yaml.Node, e *entry) act {
	m := s.mapping(n, "a link", "kind", "to", "not_counted", "reason")
	kind := s.choice(m["kind"], "kind of link", linkKinds())
	a := link{
		kind: typev1.LinkKind(typev1.LinkKind_value[linkKind+strings.ToUpper(kind)]),
		to:   s.text(m["to"]), reason: s.text(m["reason"]), notCounted: s.text(m["not_counted"]) == "true",
	}
	switch {
	case m == nil:
	case m["kind"] == nil || m["to"] == nil:
		s.find(n, "a link says what it is and with which complaint: {kind: same_matter, to: b}")
	case !s.registered[a.to]:
		s.find(m["to"], "complaint %s is not registered before this entry", a.to)
	}
	e.name = "link"
	return a
}

func (a link) do(ctx context.Context, p *play, complaint string) error {
	_, err := p.api.intake.LinkComplaints(ctx, &intakev1.LinkComplaintsRequest{
		RequestId: requestID(), Kind: a.kind, ComplaintId: p.complaints[complaint], OtherComplaintId: p.complaints[a.to],
		NotCounted: a.notCounted, Reason: a.reason,
	}, p.as(agent, optionsv1.Role_ROLE_AGENT))
	return err
}
