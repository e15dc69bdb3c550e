package layered_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redress.dev/services/redressctl/internal/layered"
)

type rect struct{ x1, y1, x2, y2 int }

func nodeRect(p layered.Point, w, h int) rect { return rect{p.X, p.Y, p.X + w, p.Y + h} }

func (r rect) meets(o rect) bool { return r.x1 < o.x2 && o.x1 < r.x2 && r.y1 < o.y2 && o.y1 < r.y2 }

// crosses reports whether the line from a to b has a point inside r.
func (r rect) crosses(a, b layered.Point) bool {
	return min(a.X, b.X) < r.x2 && max(a.X, b.X) > r.x1 && min(a.Y, b.Y) < r.y2 && max(a.Y, b.Y) > r.y1
}

// faults says what is wrong with a picture of the graph.
func faults(nodes []layered.Node, edges []layered.Edge, p layered.Picture) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var boxes []rect
	for i, n := range nodes {
		boxes = append(boxes, nodeRect(p.Nodes[i], n.W, n.H))
	}
	var labels []rect
	owner := map[int]int{}
	for i, e := range edges {
		if e.LabelW > 0 && p.Labels[i] != (layered.Point{}) {
			owner[len(labels)] = i
			labels = append(labels, nodeRect(p.Labels[i], e.LabelW, e.LabelH))
		}
	}
	all := append(boxes[:len(boxes):len(boxes)], labels...)
	for i, r := range all {
		if r.x1 < 0 || r.y1 < 0 || r.x2 > p.W+1 || r.y2 > p.H {
			say("box %d is off the picture: %v of %d x %d", i, r, p.W, p.H)
		}
		for k := range all[:i] {
			if r.meets(all[k]) {
				say("boxes %d and %d overlap", k, i)
			}
		}
	}
	for i, e := range edges {
		path := p.Paths[i]
		if len(path) < 2 {
			say("edge %d has no line", i)
			continue
		}
		from, to, first, last := boxes[e.From], boxes[e.To], path[0], path[len(path)-1]
		if first.Y != from.y2 || first.X <= from.x1 || first.X >= from.x2 {
			say("edge %d does not leave its box: %v of %v", i, first, from)
		}
		if last.Y != to.y1 || last.X <= to.x1 || last.X >= to.x2 || path[len(path)-2].Y >= last.Y {
			say("edge %d does not reach its box from above: %v of %v", i, last, to)
		}
		for k := range path[1:] {
			a, b := path[k], path[k+1]
			if a.X != b.X && a.Y != b.Y {
				say("edge %d runs askew from %v to %v", i, a, b)
			}
			for n, r := range boxes {
				if r.crosses(a, b) {
					say("edge %d runs through box %d", i, n)
				}
			}
			for n, r := range labels {
				if o := edges[owner[n]]; r.crosses(a, b) && owner[n] != i && (o.From != e.From || o.Fork != e.Fork || e.Fork == 0) {
					say("edge %d runs through the label of edge %d", i, owner[n])
				}
			}
		}
	}
	return wrong
}

// TestAnyGraph draws graphs with cycles, loops, forks and parts that do not hang together.
func TestAnyGraph(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes := make([]layered.Node, rapid.IntRange(1, 14).Draw(t, "nodes"))
		for i := range nodes {
			nodes[i] = layered.Node{W: rapid.IntRange(60, 300).Draw(t, "w"), H: rapid.IntRange(20, 120).Draw(t, "h")}
		}
		edges := make([]layered.Edge, rapid.IntRange(0, 22).Draw(t, "edges"))
		for i := range edges {
			e := layered.Edge{From: rapid.IntRange(0, len(nodes)-1).Draw(t, "from"), To: rapid.IntRange(0, len(nodes)-1).Draw(t, "to")}
			if rapid.Bool().Draw(t, "labelled") { // one label for all edges of a fork
				e.Fork = rapid.IntRange(1, 3).Draw(t, "fork")
				e.LabelW, e.LabelH = 30+60*e.Fork-7*e.From, 22
			}
			e.Again = rapid.IntRange(0, 7).Draw(t, "again") == 0
			edges[i] = e
		}
		p := layered.Place(nodes, edges)
		for _, w := range faults(nodes, edges, p) {
			t.Error(w)
		}
		if diff := cmp.Diff(p, layered.Place(nodes, edges)); diff != "" {
			t.Errorf("the same graph is drawn in two ways:\n%s", diff)
		}
	})
}

func TestForkSharesItsLabel(t *testing.T) {
	t.Parallel()
	nodes := []layered.Node{{W: 100, H: 40}, {W: 100, H: 40}, {W: 100, H: 40}}
	edges := []layered.Edge{{From: 0, To: 1, LabelW: 60, LabelH: 20, Fork: 1}, {From: 0, To: 2, LabelW: 60, LabelH: 20, Fork: 1}}
	p := layered.Place(nodes, edges)
	if p.Labels[0] == (layered.Point{}) || p.Labels[1] != (layered.Point{}) {
		t.Errorf("labels at %v, want one for both edges", p.Labels)
	}
	if p.Nodes[1].Y != p.Nodes[2].Y {
		t.Errorf("the two ways of a fork end on different layers: %v", p.Nodes)
	}
}

// TestLoopLeadsBackUp: what returns to an earlier box is no reason to put that below.
func TestLoopLeadsBackUp(t *testing.T) {
	t.Parallel()
	nodes := []layered.Node{{W: 100, H: 40}, {W: 100, H: 40}, {W: 100, H: 40}}
	p := layered.Place(nodes, []layered.Edge{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 1}, {From: 1, To: 1}})
	if diff := cmp.Diff([]bool{false, false, true, true}, p.Back); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if p.Nodes[0].Y >= p.Nodes[1].Y || p.Nodes[1].Y >= p.Nodes[2].Y {
		t.Errorf("the boxes stand at %v, want one below the other", p.Nodes)
	}
}

// TestChainIsStraight: a flow without branches is one line.
func TestChainIsStraight(t *testing.T) {
	t.Parallel()
	nodes := []layered.Node{{W: 100, H: 40}, {W: 200, H: 40}, {W: 60, H: 20}}
	for _, path := range layered.Place(nodes, []layered.Edge{{From: 0, To: 1, LabelW: 40, LabelH: 20}, {From: 1, To: 2}}).Paths {
		if len(path) != 2 {
			t.Errorf("the line has the corners %v", path)
		}
	}
}
