// Package draw makes a picture of a procedure's flow for people: SVG without scripts, its text searchable, laid out for a sheet of
// A3. It is pure: the same procedure always gives the same picture.
package draw

import (
	"fmt"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Lang is the language of a picture. Names that the procedure has only in the other one are shown in that.
type Lang string

// The languages.
const (
	Zh Lang = "zh"
	En Lang = "en"
)

// Keys returns the keys of what has a picture of its own: the flows, then the actions.
func Keys(p *procedurev1.Procedure) []string {
	var keys []string
	for _, f := range p.GetFlows() {
		keys = append(keys, f.GetKey())
	}
	for _, a := range p.GetActions() {
		keys = append(keys, a.GetKey())
	}
	return keys
}

// Flow returns the picture of one flow as SVG: its steps by kind with their posts, branches, clocks, milestones, return visits, the actions
// that it opens, and closing; or that of an action, with what opens it. digest, which may be empty, says which edition it shows. It fails
// when the procedure has neither with this key.
func Flow(p *procedurev1.Procedure, key, digest string, lang Lang) ([]byte, error) {
	w := words{lang}
	for _, f := range p.GetFlows() {
		if f.GetKey() == key {
			return best(p, f, nil, digest, w), nil
		}
	}
	for _, a := range p.GetActions() {
		if a.GetKey() == key {
			return best(p, &procedurev1.Flow{Key: a.GetKey(), Name: a.GetName(), Steps: a.GetSteps()}, a, digest, w), nil
		}
	}
	return nil, fmt.Errorf("the procedure has no flow and no action %q", key)
}

// best returns the picture with the width of boxes that leaves it largest. action is nil for a flow.
func best(p *procedurev1.Procedure, f *procedurev1.Flow, action *procedurev1.Action, digest string, w words) []byte {
	out := lay(p, f, action, boxWidths[0], w)
	for _, width := range boxWidths[1:] {
		if s := lay(p, f, action, width, w); s.scale > out.scale {
			out = s
		}
	}
	return out.write(p, f, digest, w)
}
