// Package layered places the boxes and lines of a flow chart on a plane: boxes in layers from top to bottom, lines with right
// angles that cross as seldom as it finds, nothing over a box. It knows nothing of procedures, and the same graph always gives
// the same picture. The method is that of Sugiyama and of Gansner et al., "A technique for drawing directed graphs" (1993).
package layered

// Distances in px.
const (
	boxGap   = 34 // between neighbours in a layer
	lineGap  = 16 // between a line and its neighbour
	trackGap = 10 // between parallel level lines
	padding  = 8  // between a layer and the next level line
	headRoom = 15 // above a box: the arrow's head
	turn     = 7  // half the width of a turn
	corner   = 20 // beside a box's corners, where no line leaves or arrives
)

// Node is a box.
type Node struct{ W, H int }

// Edge is an arrow from the box From to the box To, with a label of this size near its beginning; size 0 means none. Edges of one
// box with the same Fork, not 0, share the label where they do not lead back.
type Edge struct {
	From, To       int
	LabelW, LabelH int
	Fork           int
	// Again says that the edge begins something anew: boxes are not put below others for its sake.
	Again bool
}

// Point is a place; y grows downwards.
type Point struct{ X, Y int }

// Picture is where everything goes. All of it lies between 0 and W, 0 and H.
type Picture struct {
	W, H int
	// Nodes and Labels are the upper left corners; Labels has an entry for every edge, (0, 0) where it has
	// none of its own.
	Nodes, Labels []Point
	// Paths has the corners of every edge, from its box to the other.
	Paths [][]Point
	// Back tells which edges lead back up.
	Back []bool
}

// Place lays out a graph. The first node is the one that the flow begins at; the order of nodes and edges decides between what
// is equally good.
func Place(nodes []Node, edges []Edge) Picture {
	back := backEdges(len(nodes), edges)
	ranks := rank(len(nodes), edges, back)
	for i, e := range edges {
		back[i] = back[i] && ranks[e.To] <= ranks[e.From]
	}
	c := newChart(nodes, edges, back, ranks)
	c.arrange()
	c.attach()
	c.setX()
	c.straighten()
	c.routeChannels()
	return c.picture(nodes, edges, back)
}

// backEdges tells the edges that close a cycle when the graph is walked from its first node, and those that begin anew.
func backEdges(n int, edges []Edge) []bool {
	out := make([][]int, n)
	back := make([]bool, len(edges))
	for i, e := range edges {
		if back[i] = e.Again; !e.Again {
			out[e.From] = append(out[e.From], i)
		}
	}
	const fresh, open, done = 0, 1, 2
	state := make([]int, n)
	var walk func(v int)
	walk = func(v int) {
		state[v] = open
		for _, i := range out[v] {
			switch state[edges[i].To] {
			case fresh:
				walk(edges[i].To)
			case open:
				back[i] = true
			}
		}
		state[v] = done
	}
	for v := range n {
		if state[v] == fresh {
			walk(v)
		}
	}
	return back
}

// rank gives every node an even layer from 2, so that edges are short in all; odd layers hold labels.
func rank(n int, edges []Edge, back []bool) []int {
	var arcs []arc
	for i, e := range edges {
		if !back[i] {
			arcs = append(arcs, arc{e.From, e.To, 1, 1})
		}
	}
	for v := range n {
		arcs = append(arcs, arc{n, v, 1, 0}) // a root above all: the graph hangs together
	}
	x := simplex(n+1, arcs)
	lowest := x[0]
	for _, r := range x[:n] {
		lowest = min(lowest, r)
	}
	for v := range x {
		x[v] = 2 * (x[v] - lowest + 1)
	}
	return x[:n]
}
