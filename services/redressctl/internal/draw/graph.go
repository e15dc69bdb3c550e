package draw

import (
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/services/redressctl/internal/layered"
)

// shape is how a box looks.
type shape int

const (
	start shape = iota
	task
	question
	check
	notice
	approval
	visit
	action // begins, and has a picture of its own
	end
	closed
)

// box is one thing on the picture.
type box struct {
	shape
	name      string
	key       string   // of the step or visit, for searching
	title     []string // name, in lines
	text      []string // the question as it is asked, and what else people should read
	posts     []string // who, in lines
	everyone  string   // all the posts that may be meant, where posts cut them short
	clauses   []string // requirements, in lines
	beside    bool     // they begin beside the last of the other words
	marks     []mark
	milestone string // in words
	join      bool
	unit      string // of one post or set of posts: they share a colour
	w, h      int
}

// lineKind is how a line and its label look.
type lineKind int

const (
	plain     lineKind = iota
	answer             // one of the answers to a question
	condition          // taken when it holds
	approved
	rejected
	follows // not a branch of a step: what an event leads to
)

// line is an arrow between boxes.
type line struct {
	from, to int
	kind     lineKind
	label    []string
	full     string // the label uncut
	fork     int    // lines of one answer
	again    bool   // begins the flow anew
}

// graph is a flow as boxes and lines.
type graph struct {
	procedure *procedurev1.Procedure
	flow      *procedurev1.Flow
	action    *procedurev1.Action // whose flow it is; nil for a complaint's
	words     words
	width     int // of a step's box
	boxes     []box
	arrows    []line
	at        map[string]int // step -> box
	visits    map[string]int
	actions   map[string]int // those that the flow opens
	drawn     []int          // clocks with a mark on this picture, in the order of the procedure
}

func newGraph(p *procedurev1.Procedure, f *procedurev1.Flow, a *procedurev1.Action, width int, w words) *graph {
	g := &graph{procedure: p, flow: f, action: a, words: w, width: width, at: map[string]int{}, visits: map[string]int{}, actions: map[string]int{}}
	g.add(g.beginning())
	for _, s := range f.GetSteps() {
		g.at[s.GetKey()] = g.add(g.stepBox(s))
	}
	if a == nil {
		g.openings()
		for _, v := range p.GetVisits() {
			if len(g.sources(v.GetAfter())) > 0 || v.GetAfter().GetClosed() {
				g.visits[v.GetKey()] = g.add(g.visitBox(v))
			}
		}
	}
	g.join(line{from: 0, to: g.at[f.GetSteps()[0].GetKey()]})
	for _, s := range f.GetSteps() {
		g.branches(s)
	}
	g.events()
	for _, late := range []bool{false, true} { // a visit after the closing needs what closes
		closings := g.closings()
		for _, v := range p.GetVisits() {
			if _, ok := g.visits[v.GetKey()]; ok && v.GetAfter().GetClosed() == late {
				g.outcomes(v, closings)
			}
		}
	}
	g.opened()
	g.ends()
	g.markClocks()
	for i := range g.boxes {
		g.boxes[i].fit(width)
	}
	return g
}

func (g *graph) add(b box) int {
	g.boxes = append(g.boxes, b)
	return len(g.boxes) - 1
}

// closings returns the boxes at which the complaint closes.
func (g *graph) closings() []int {
	var at []int
	for i, b := range g.boxes {
		if b.shape == closed {
			at = append(at, i)
		}
	}
	return at
}

func (g *graph) join(l line) { g.arrows = append(g.arrows, l) }

// nodes and lines are the graph as the layout wants it.
func (g *graph) nodes() []layered.Node {
	nodes := make([]layered.Node, len(g.boxes))
	for i, b := range g.boxes {
		nodes[i] = layered.Node{W: b.w, H: b.h}
	}
	return nodes
}

func (g *graph) lines() []layered.Edge {
	edges := make([]layered.Edge, len(g.arrows))
	for i, l := range g.arrows {
		edges[i] = layered.Edge{From: l.from, To: l.to, Fork: l.fork, Again: l.again}
		edges[i].LabelW, edges[i].LabelH = l.size()
	}
	return edges
}

// stepBox returns the box of a step.
func (g *graph) stepBox(s *procedurev1.Step) box {
	b := box{
		key: s.GetKey(), name: g.words.label(s.GetName(), s.GetKey()), join: s.GetJoin(), clauses: s.GetClauses(),
		milestone: g.flagName(s.GetMilestone()),
	}
	var who []*procedurev1.Assignee
	switch kind := s.GetKind().(type) {
	case *procedurev1.Step_Task:
		b.shape, who = task, []*procedurev1.Assignee{kind.Task.GetAssignee()}
	case *procedurev1.Step_Question:
		b.shape, who = question, []*procedurev1.Assignee{kind.Question.GetAssignee()}
		if text := g.words.label(kind.Question.GetText(), ""); text != b.name {
			b.text = []string{text}
		}
	case *procedurev1.Step_Check:
		b.shape = check
	case *procedurev1.Step_Notice:
		b.shape, who = notice, kind.Notice.GetRecipients()
	case *procedurev1.Step_Approval:
		b.shape, who = approval, kind.Approval.GetApprovers()
	}
	b.text = append(b.text, g.money(s)...)
	b.setPosts(g, who, g.between(s))
	return b
}

// between is what stands between the posts of a step.
func (g *graph) between(s *procedurev1.Step) string {
	if s.GetApproval() == nil {
		return g.words.say("、", ", ")
	}
	switch s.GetApproval().GetMode() {
	case procedurev1.ApprovalMode_APPROVAL_MODE_ANY:
		return g.words.say(" 或 ", " or ")
	case procedurev1.ApprovalMode_APPROVAL_MODE_LADDER:
		return " → "
	default:
		return g.words.say(" 和 ", " and ")
	}
}

// visitBox returns the box of a return visit.
func (g *graph) visitBox(v *procedurev1.VisitPlan) box {
	b := box{shape: visit, key: v.GetKey(), name: g.words.label(v.GetName(), v.GetKey()), clauses: v.GetClauses()}
	if v.GetWhen() != "" {
		b.text = append(b.text, g.words.say("条件：", "if ")+g.condition(v.GetWhen()))
	}
	b.setPosts(g, []*procedurev1.Assignee{v.GetAssignee()}, "")
	return b
}
