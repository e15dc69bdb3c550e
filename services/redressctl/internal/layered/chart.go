package layered

// vertex is anything that takes room in a layer: a box, a label, or a line that passes.
type vertex struct {
	w, h     int
	layer    int
	node     int   // the box, or -1
	label    int   // the edge whose label it is, or -1
	up, down []int // segments to the layer above and below, from left to right after attach
	place    int   // in its layer, from the left
	x        int   // of its middle
}

// line reports whether v is only a line that passes.
func (v *vertex) line() bool { return v.node < 0 && v.label < 0 }

// segment joins a vertex to one of the next layer.
type segment struct {
	a, b   int // upper and lower vertex
	ax, bx int // where it leaves and arrives, from the middles
	track  int // level line in its channel, from 0; -1 where it goes straight down
}

// hop is a segment on an edge's way; an edge that leads back goes up some of them.
type hop struct {
	segment int
	up      bool
}

// chart is the graph with every edge cut into segments between neighbouring layers. Edges to one box share the lines on their
// way, so that they meet early and arrive as one.
type chart struct {
	vertices []vertex
	segments []segment
	layers   [][]int
	ways     [][]hop
	tracks   []int // level lines between layer i and i+1
}

type sharedLine struct {
	to, layer int
	up        bool
}

func newChart(nodes []Node, edges []Edge, back []bool, ranks []int) *chart {
	c := &chart{ways: make([][]hop, len(edges))}
	for i, n := range nodes {
		c.add(vertex{w: n.W, h: n.H, layer: ranks[i], node: i, label: -1})
	}
	shared := map[sharedLine]int{}
	forks := map[[2]int]int{}
	joined := map[[2]int]int{}
	join := func(a, b int) int {
		if s, ok := joined[[2]int{a, b}]; ok {
			return s
		}
		c.segments = append(c.segments, segment{a: a, b: b})
		joined[[2]int{a, b}] = len(c.segments) - 1
		return len(c.segments) - 1
	}
	line := func(to, layer int, up bool) int {
		key := sharedLine{to, layer, up}
		v, ok := shared[key]
		if !ok {
			v = c.add(vertex{layer: layer, node: -1, label: -1})
			if up && layer == ranks[to]-1 {
				c.vertices[v].w = 2 * turn
			}
			shared[key] = v
		}
		return v
	}
	for i, e := range edges {
		at, layer := e.From, ranks[e.From]+1
		down := func(v int) {
			c.ways[i] = append(c.ways[i], hop{join(at, v), false})
			at = v
		}
		if e.LabelW > 0 || back[i] {
			label := vertex{w: e.LabelW, h: e.LabelH, layer: layer, node: -1, label: i}
			if e.LabelW == 0 {
				label.label, label.w = -1, 2*turn
			}
			fork := [2]int{e.From, e.Fork}
			v, ok := forks[fork]
			if !ok || back[i] || e.Fork == 0 {
				v = c.add(label)
			}
			if !back[i] {
				forks[fork] = v
			}
			down(v)
			layer++
		}
		if back[i] {
			for layer = ranks[e.From]; layer >= ranks[e.To]-1; layer-- {
				v := line(e.To, layer, true)
				c.ways[i] = append(c.ways[i], hop{join(v, at), true})
				at = v
			}
		} else {
			for ; layer < ranks[e.To]; layer++ {
				down(line(e.To, layer, false))
			}
		}
		down(e.To)
	}
	for i, s := range c.segments {
		c.vertices[s.a].down = append(c.vertices[s.a].down, i)
		c.vertices[s.b].up = append(c.vertices[s.b].up, i)
	}
	return c
}

// add adds a vertex at the right end of its layer.
func (c *chart) add(v vertex) int {
	for len(c.layers) <= v.layer {
		c.layers = append(c.layers, nil)
	}
	v.place = len(c.layers[v.layer])
	c.vertices = append(c.vertices, v)
	c.layers[v.layer] = append(c.layers[v.layer], len(c.vertices)-1)
	return len(c.vertices) - 1
}

// over and under return the other end of a segment.
func (c *chart) over(s int) *vertex  { return &c.vertices[c.segments[s].a] }
func (c *chart) under(s int) *vertex { return &c.vertices[c.segments[s].b] }
