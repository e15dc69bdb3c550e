package layered

// levels are the heights that layers and channels come to.
type levels struct{ top, bottom []int }

// picture reads the places off the chart.
func (c *chart) picture(nodes []Node, edges []Edge, back []bool) Picture {
	left, right := c.vertices[0].x, c.vertices[0].x
	for i := range c.vertices {
		v := &c.vertices[i]
		left, right = min(left, v.x-(v.w+1)/2), max(right, v.x+(v.w+1)/2)
	}
	for i := range c.vertices {
		c.vertices[i].x -= left
	}
	y := c.levels()
	p := Picture{
		W: right - left, H: y.bottom[len(y.bottom)-1], Back: back,
		Nodes: make([]Point, len(nodes)), Labels: make([]Point, len(edges)), Paths: make([][]Point, len(edges)),
	}
	for i := range c.vertices {
		v := &c.vertices[i]
		at := Point{v.x - v.w/2, y.top[v.layer]}
		switch {
		case v.node >= 0:
			p.Nodes[v.node] = at
		case v.label >= 0:
			p.Labels[v.label] = at
		}
	}
	for i, way := range c.ways {
		p.Paths[i] = c.path(way, y)
	}
	return p
}

func (c *chart) levels() levels {
	y := levels{make([]int, len(c.layers)), make([]int, len(c.layers))}
	at := 0
	for i, layer := range c.layers {
		height := 0
		for _, v := range layer {
			height = max(height, c.vertices[v].h)
		}
		y.top[i], y.bottom[i] = at, at+height
		if i+1 == len(c.layers) || i < 1 {
			continue
		}
		at += height + 2*padding + max(0, c.tracks[i]-1)*trackGap
		if (i+1)%2 == 0 {
			at += headRoom - padding
		}
	}
	return y
}

// path returns the corners of an edge's way.
func (c *chart) path(way []hop, y levels) []Point {
	var points []Point
	for _, h := range way {
		s := c.segments[h.segment]
		a, b := &c.vertices[s.a], &c.vertices[s.b]
		from, to := Point{a.x + s.ax, y.top[a.layer] + a.h}, Point{b.x + s.bx, y.top[b.layer]}
		if b.turns() {
			to.Y += b.h / 2 // behind the label
		}
		corners := []Point{from, to}
		if s.track >= 0 {
			level := y.bottom[a.layer] + padding + s.track*trackGap
			corners = []Point{from, {from.X, level}, {to.X, level}, to}
		}
		if n := len(points); n > 0 && points[n-1].X != corners[0].X && points[n-1].Y < corners[0].Y { // aside, behind a label
			level := (points[n-1].Y + corners[0].Y) / 2
			points = append(points, Point{points[n-1].X, level}, Point{corners[0].X, level})
		}
		if h.up {
			for i := len(corners) - 1; i >= 0; i-- {
				points = append(points, corners[i])
			}
			continue
		}
		points = append(points, corners...)
	}
	return tidy(points)
}

// tidy leaves out what is no corner.
func tidy(points []Point) []Point {
	out := points[:0:0]
	for i, p := range points {
		if n := len(out); n > 0 && out[n-1] == p {
			continue
		}
		if n := len(out); n > 1 && i > 0 && between(out[n-2], out[n-1], p) {
			out[n-1] = p
			continue
		}
		out = append(out, p)
	}
	return out
}

// between reports whether b lies on the straight way from a to c.
func between(a, b, c Point) bool {
	if a.X == b.X && b.X == c.X {
		return (a.Y <= b.Y) == (b.Y <= c.Y)
	}
	return a.Y == b.Y && b.Y == c.Y && (a.X <= b.X) == (b.X <= c.X)
}
