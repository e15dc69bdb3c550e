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

// mark is a clock on a box, with all that happens to it there.
type mark struct {
	signs []sign
	clock int // in the procedure
	text  string
}

// markClocks puts the clocks on the boxes at which they start, stop, pause and run on.
func (g *graph) markClocks() {
	for i, c := range g.procedure.GetClocks() {
		if g.owner(c) != g.action.GetKey() {
			continue
		}
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
						g.boxes[at].mark(s, i, g.words.label(c.GetName(), c.GetKey()))
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

// mark adds what happens to a clock.
func (b *box) mark(s sign, clock int, name string) {
	for i := range b.marks {
		if b.marks[i].clock == clock {
			b.marks[i].signs = append(b.marks[i].signs, s)
			return
		}
	}
	b.marks = append(b.marks, mark{[]sign{s}, clock, name})
}

// indent is how far the signs push the name to the right.
func (m mark) indent() int { return 16 + (len(m.signs)-1)*signStep }

// signStep is the distance between the middles of two signs.
const signStep = 14
