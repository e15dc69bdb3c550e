package draw

import procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

// sign is what happens to a clock at a box.
type sign int

const (
	starts sign = iota
	stops
	pauses
	resumes
)

// mark is a clock on a box.
type mark struct {
	sign
	clock int // in the procedure
	text  string
}

// markClocks puts the clocks on the boxes at which they start, stop, pause and run on.
func (g *graph) markClocks() {
	for i, c := range g.procedure.GetClocks() {
		_, contact := c.GetStart().GetOn().(*procedurev1.Trigger_Contact)
		drawn := contact || c.GetStart().GetClosed()
		put := func(s sign, triggers ...*procedurev1.Trigger) {
			seen := map[int]bool{}
			for _, t := range triggers {
				if _, contact := t.GetOn().(*procedurev1.Trigger_Contact); contact {
					continue // at any time; its card says it
				}
				for _, at := range g.sources(t) {
					if !seen[at] {
						seen[at], drawn = true, true
						g.boxes[at].marks = append(g.boxes[at].marks, mark{s, i, g.words.label(c.GetName(), c.GetKey())})
					}
				}
			}
		}
		put(starts, c.GetStart())
		put(stops, c.GetStop()...)
		put(pauses, c.GetPause()...)
		put(resumes, c.GetResume()...)
		if drawn {
			g.drawn = append(g.drawn, i)
		}
	}
}
