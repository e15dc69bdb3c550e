package layered

// arc asks for x[to] >= x[from] + min and costs weight for each unit of x[to] - x[from].
type arc struct{ from, to, min, weight int }

// maxPivots bounds the search; what is found by then is feasible, if perhaps not the best.
const maxPivots = 20_000

// simplex returns the x that costs least under arcs without a cycle, by network simplex: a spanning tree of tight arcs is
// improved by exchanging arcs until no exchange helps. The graph must hang together.
func simplex(n int, arcs []arc) []int {
	s := &tree{n: n, arcs: arcs, x: feasible(n, arcs), in: make([]bool, len(arcs))}
	s.span()
	next := 0
	for range maxPivots {
		s.root()
		leave := s.leaving(next)
		if leave < 0 {
			break
		}
		s.exchange(leave)
		next = leave + 1
	}
	return s.x
}

// feasible returns the smallest x from 0 that keeps every arc.
func feasible(n int, arcs []arc) []int {
	x, missing := make([]int, n), make([]int, n)
	out := make([][]int, n)
	for i, a := range arcs {
		missing[a.to]++
		out[a.from] = append(out[a.from], i)
	}
	var ready []int
	for v := range n {
		if missing[v] == 0 {
			ready = append(ready, v)
		}
	}
	for len(ready) > 0 {
		v := ready[0]
		ready = ready[1:]
		for _, i := range out[v] {
			a := arcs[i]
			x[a.to] = max(x[a.to], x[v]+a.min)
			if missing[a.to]--; missing[a.to] == 0 {
				ready = append(ready, a.to)
			}
		}
	}
	return x
}

// tree is a feasible x with a spanning tree of tight arcs.
type tree struct {
	n      int
	arcs   []arc
	x      []int
	in     []bool // arc is in the tree
	parent []int  // arc to the parent, -1 at the root
	order  []int  // nodes, each after its parent
	first  []int  // position in order; the subtree of v is order[first[v]:last[v]]
	last   []int
	at     [][]int // tree arcs of each node
}

func (s *tree) slack(i int) int { return s.x[s.arcs[i].to] - s.x[s.arcs[i].from] - s.arcs[i].min }

// span grows a tree from node 0, shifting it to the nearest node outside whenever no tight arc leads on.
func (s *tree) span() {
	inside := make([]bool, s.n)
	inside[0] = true
	for count := 1; count < s.n; count++ {
		best, least := -1, 0
		for i, a := range s.arcs {
			if inside[a.from] == inside[a.to] {
				continue
			}
			if d := s.slack(i); best < 0 || d < least {
				best, least = i, d
			}
			if least == 0 && best >= 0 {
				break
			}
		}
		a := s.arcs[best]
		if inside[a.to] {
			least = -least
		}
		for v := range s.n {
			if inside[v] {
				s.x[v] += least
			}
		}
		s.in[best] = true
		inside[a.from], inside[a.to] = true, true
	}
}

// root walks the tree from node 0.
func (s *tree) root() {
	if s.at == nil {
		s.at, s.parent, s.first, s.last = make([][]int, s.n), make([]int, s.n), make([]int, s.n), make([]int, s.n)
	}
	for v := range s.at {
		s.at[v] = s.at[v][:0]
	}
	for i, a := range s.arcs {
		if s.in[i] {
			s.at[a.from] = append(s.at[a.from], i)
			s.at[a.to] = append(s.at[a.to], i)
		}
	}
	s.order = s.order[:0]
	var walk func(v, by int)
	walk = func(v, by int) {
		s.parent[v], s.first[v] = by, len(s.order)
		s.order = append(s.order, v)
		for _, i := range s.at[v] {
			if i != by {
				walk(s.arcs[i].from+s.arcs[i].to-v, i)
			}
		}
		s.last[v] = len(s.order)
	}
	walk(0, -1)
}

// under reports whether v is in the subtree of top.
func (s *tree) under(v, top int) bool { return s.first[top] <= s.first[v] && s.first[v] < s.last[top] }

// leaving returns the first arc from the search position on, in a circle, that it would pay to stretch, or -1. What an arc holds
// back is the weight that leaves its subtree less the weight that enters it.
func (s *tree) leaving(from int) int {
	net := make([]int, s.n)
	for _, a := range s.arcs {
		net[a.from] += a.weight
		net[a.to] -= a.weight
	}
	cut := make([]int, len(s.arcs))
	for i := len(s.order) - 1; i > 0; i-- {
		v := s.order[i]
		by := s.parent[v]
		up := s.arcs[by].from + s.arcs[by].to - v
		net[up] += net[v]
		if cut[by] = net[v]; s.arcs[by].to == v {
			cut[by] = -net[v]
		}
	}
	for k := range s.arcs {
		if i := (from + k) % len(s.arcs); s.in[i] && cut[i] < 0 {
			return i
		}
	}
	return -1
}

// exchange takes an arc out of the tree and puts the nearest one in that leads back over the cut.
func (s *tree) exchange(leave int) {
	l := s.arcs[leave]
	top, tailBelow := l.to, false
	if s.parent[l.from] == leave {
		top, tailBelow = l.from, true
	}
	best, least := -1, 0
	for i, a := range s.arcs {
		fromTail, toTail := s.under(a.from, top) == tailBelow, s.under(a.to, top) == tailBelow
		if s.in[i] || fromTail || !toTail {
			continue
		}
		if d := s.slack(i); best < 0 || d < least {
			best, least = i, d
		}
	}
	s.in[leave] = false
	if best < 0 { // the cut's weights cannot pay without one
		s.in[leave] = true
		return
	}
	s.in[best] = true
	if tailBelow { // the head's side moves away from the tail's: the subtree moves the other way
		least = -least
	}
	for _, v := range s.order[s.first[top]:s.last[top]] {
		s.x[v] += least
	}
}
