package layered

import "slices"

// attach decides where segments leave and reach their vertices: side by side in the order of their other ends.
func (c *chart) attach() {
	for i := range c.vertices {
		v := &c.vertices[i]
		slices.SortStableFunc(v.up, func(s, t int) int { return c.over(s).place - c.over(t).place })
		slices.SortStableFunc(v.down, func(s, t int) int { return c.under(s).place - c.under(t).place })
		for k, s := range v.up {
			c.segments[s].bx = v.port(k, len(v.up), lineGap)
		}
		for k, s := range v.down {
			c.segments[s].ax = v.port(k, len(v.down), 80)
		}
	}
}

// port returns where the k-th of n segments meets v, from its middle, at most wide apart. Lines that meet on their way to one box
// become one; a line that turns comes and goes beside itself.
func (v *vertex) port(k, n, wide int) int {
	room := v.w - 40
	switch {
	case n < 2 || v.line() && !v.turns():
		return 0
	case v.node < 0:
		room = v.w - 2*turn
		if v.line() {
			room = 2 * turn
		}
	}
	step := min(wide, room/(n-1))
	return k*step - (n-1)*step/2
}

// turns reports whether lines come and go on the same side of v, which is no box.
func (v *vertex) turns() bool { return v.node < 0 && (len(v.up) == 0 || len(v.down) == 0) }

// setX finds the middles: neighbours keep their distance, and segments are as straight as can be, long lines first.
func (c *chart) setX() {
	n := len(c.vertices)
	var arcs []arc
	for _, layer := range c.layers {
		for i := 0; i+1 < len(layer); i++ {
			arcs = append(arcs, arc{layer[i], layer[i+1], c.distance(layer[i], layer[i+1]), 0})
		}
	}
	for _, s := range c.segments {
		d, weight := s.bx-s.ax, c.straightness(s)
		arcs = append(arcs, arc{n, s.a, max(0, d), weight}, arc{n, s.b, max(0, -d), weight})
		n++
	}
	for v := range n {
		arcs = append(arcs, arc{n, v, 0, 0})
	}
	for i, x := range simplex(n+1, arcs)[:len(c.vertices)] {
		c.vertices[i].x = x
	}
	for range 4 {
		c.center()
	}
}

// distance returns how far apart the middles of two neighbours are at least.
func (c *chart) distance(a, b int) int {
	v, w := &c.vertices[a], &c.vertices[b]
	gap := boxGap
	if v.line() || w.line() || v.label >= 0 && w.label >= 0 {
		gap = lineGap
	}
	return (v.w+w.w+1)/2 + gap
}

// straightness is what a unit of bend costs.
func (c *chart) straightness(s segment) int {
	a, b := &c.vertices[s.a], &c.vertices[s.b]
	switch {
	case a.line() && b.line():
		return 40
	case a.node >= 0 && len(a.down) == 1 && len(b.up) == 1, b.node >= 0 && len(b.up) == 1 && len(a.down) == 1:
		return 6
	case a.turns() || b.turns():
		return 1
	case a.label >= 0 || b.label >= 0:
		return 3
	}
	return 2
}

// straighten moves the ends of bent segments along their boxes to where they come straight, as far as there is room between the
// other ends.
func (c *chart) straighten() {
	for i := range c.segments {
		s := &c.segments[i]
		a, b := &c.vertices[s.a], &c.vertices[s.b]
		d := b.x + s.bx - a.x - s.ax
		if d == 0 {
			continue
		}
		switch {
		case a.node >= 0 && c.free(a, a.down, i, s.ax+d, func(t int) int { return c.segments[t].ax }):
			s.ax += d
		case b.node >= 0 && c.free(b, b.up, i, s.bx-d, func(t int) int { return c.segments[t].bx }):
			s.bx -= d
		}
	}
}

// free reports whether segment i may meet v at this port and stay between its neighbours.
func (c *chart) free(v *vertex, beside []int, i, port int, of func(int) int) bool {
	if port < -v.w/2+corner || port > v.w/2-corner {
		return false
	}
	k := slices.Index(beside, i)
	return (k == 0 || port >= of(beside[k-1])+lineGap) && (k+1 == len(beside) || port <= of(beside[k+1])-lineGap)
}

// center moves every vertex to the middle of the places that are equally good for it.
func (c *chart) center() {
	for _, layer := range c.layers {
		for i, at := range layer {
			v := &c.vertices[at]
			var wanted []int // one entry for each unit of weight
			for _, s := range v.up {
				seg := c.segments[s]
				wanted = append(wanted, slices.Repeat([]int{c.over(s).x + seg.ax - seg.bx}, c.straightness(seg))...)
			}
			for _, s := range v.down {
				seg := c.segments[s]
				wanted = append(wanted, slices.Repeat([]int{c.under(s).x + seg.bx - seg.ax}, c.straightness(seg))...)
			}
			if len(wanted) == 0 {
				continue
			}
			slices.Sort(wanted)
			low, high := wanted[(len(wanted)-1)/2], wanted[len(wanted)/2]
			if i > 0 {
				left := c.vertices[layer[i-1]].x + c.distance(layer[i-1], at)
				low, high = max(low, left), max(high, left)
			}
			if i+1 < len(layer) {
				right := c.vertices[layer[i+1]].x - c.distance(at, layer[i+1])
				low, high = min(low, right), min(high, right)
			}
			v.x = (low + high) / 2
		}
	}
}
