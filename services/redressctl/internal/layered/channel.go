package layered

import "slices"

// routeChannels gives every segment its level line between the two layers.
func (c *chart) routeChannels() {
	c.tracks = make([]int, len(c.layers))
	for i, layer := range c.layers {
		var bent []bend
		for _, v := range layer {
			for _, s := range c.vertices[v].down {
				seg := c.segments[s]
				b := bend{segment: s, from: c.over(s).x + seg.ax, to: c.under(s).x + seg.bx, end: seg.b}
				if c.segments[s].track = -1; b.from != b.to {
					bent = append(bent, b)
				}
			}
		}
		done := make([]bend, 0, len(bent))
		for _, b := range inOrder(bent) {
			for _, o := range done {
				if b.meets(o) {
					b.track = max(b.track, o.track+1)
				}
			}
			done = append(done, b)
			c.segments[b.segment].track = b.track
			c.tracks[i] = max(c.tracks[i], b.track+1)
		}
	}
}

// bend is a segment that goes down at from, level, and down again at to.
type bend struct{ segment, from, to, end, track int }

func (b bend) span() (left, right int) { return min(b.from, b.to), max(b.from, b.to) }

// meets reports whether two may not share a level line.
func (b bend) meets(o bend) bool {
	l, r := b.span()
	ol, or := o.span()
	return l <= or+lineGap/2 && ol <= r+lineGap/2
}

// cost of b above o: their crossings, and much more for lines that would lie on one another.
func (b bend) cost(o bend) int {
	const onTop = 100
	n := 0
	if l, r := o.span(); l < b.to && b.to < r {
		n++
	}
	if l, r := b.span(); l < o.from && o.from < r {
		n++
	}
	if d := b.to - o.from; -trackGap < d && d < trackGap && b.end != o.end {
		n += onTop
	}
	return n
}

// inOrder sorts bends from the uppermost level line to the lowest so that the costs are small: in turn the one is taken whose
// being above all that are left costs least.
func inOrder(bent []bend) []bend {
	left, sorted := slices.Clone(bent), make([]bend, 0, len(bent))
	for len(left) > 0 {
		best, least := 0, 0
		for i, b := range left {
			cost := 0
			for k, o := range left {
				if k != i && b.meets(o) {
					cost += b.cost(o) - o.cost(b)
				}
			}
			if i == 0 || cost < least {
				best, least = i, cost
			}
		}
		sorted = append(sorted, left[best])
		left = slices.Delete(left, best, best+1)
	}
	return sorted
}
