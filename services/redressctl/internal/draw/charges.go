package draw

import (
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// money says what a step of the flow does about charges: which it judges, and which it signs of those that the flow judges.
func (g *graph) money(s *procedurev1.Step) []string {
	var judged, signed []string
	for _, c := range g.procedure.GetCharges() {
		name := g.words.label(c.GetName(), c.GetKey())
		if judges(c, s) {
			judged = append(judged, name)
		}
		if c.GetSignedBy() != s.GetKey() {
			continue
		}
		for _, other := range g.flow.GetSteps() {
			if judges(c, other) {
				signed = append(signed, name)
				break
			}
		}
	}
	var lines []string
	for _, l := range []struct {
		head  string
		names []string
	}{{g.words.say("计费：", "charges: "), judged}, {g.words.say("签字：", "signs: "), signed}} {
		if len(l.names) > 0 {
			lines = append(lines, l.head+strings.Join(l.names, g.words.say("、", ", ")))
		}
	}
	return lines
}

// judges reports whether a charge is judged when a step is done.
func judges(c *procedurev1.Charge, s *procedurev1.Step) bool {
	for _, t := range c.GetOn() {
		if t.GetWorkCompleted() == s.GetKey() || t.GetMilestone() != "" && t.GetMilestone() == s.GetMilestone() {
			return true
		}
	}
	return false
}
