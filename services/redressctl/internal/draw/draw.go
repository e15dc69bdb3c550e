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

// Flow returns the picture of one flow as SVG: its steps by kind with their posts, branches, clocks, milestones, return visits and
// closing. digest, which may be empty, says which edition it shows. It fails when the procedure has no such flow.
func Flow(p *procedurev1.Procedure, flow, digest string, lang Lang) ([]byte, error) {
	for _, f := range p.GetFlows() {
		if f.GetKey() == flow {
			w := words{lang}
			best := lay(p, f, boxWidths[0], w)
			for _, width := range boxWidths[1:] {
				if s := lay(p, f, width, w); s.scale > best.scale {
					best = s
				}
			}
			return best.write(p, f, digest, w), nil
		}
	}
	return nil, fmt.Errorf("the procedure has no flow %q", flow)
}
