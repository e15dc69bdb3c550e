package draw

import (
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/services/redressctl/internal/layered"
)

// Measures of a sheet: A3 in mm, the rest in px.
const (
	shortSide, longSide = 297.0, 420.0
	margin              = 36
	headHeight          = 88
	panelGap            = 48
)

// sheet is a laid-out picture.
type sheet struct {
	*graph
	layered.Picture
	plan
	clocks map[int]string // colours
	cards  []card
}

// lay lays a flow out with boxes of this width.
func lay(p *procedurev1.Procedure, f *procedurev1.Flow, width int, w words) sheet {
	s := sheet{graph: newGraph(p, f, width, w), clocks: map[int]string{}}
	for n, i := range s.drawn {
		s.clocks[i] = units[(n+3)%len(units)]
	}
	s.cards = s.graph.cards(s.clocks)
	s.Picture = layered.Place(s.nodes(), s.lines())
	s.plan = arrange(s.cards, s.W, s.H)
	return s
}

// write writes the picture: the head, the chart, and the panel where it leaves the chart largest on A3.
func (s sheet) write(p *procedurev1.Procedure, f *procedurev1.Flow, digest string, w words) []byte {
	plan := s.plan
	c := &canvas{}
	page := "portrait"
	wide, high := shortSide, longSide
	if plan.w > plan.h+headHeight {
		page, wide, high = "landscape", longSide, shortSide
	}
	left, top, vw, vh := onPage(plan.w+2*margin, plan.h+headHeight+2*margin, wide, high)
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="%d %d %d %d" lang="%s">`, wide, high, left, top, vw, vh, w.lang)
	c.put(style, page, textSize, titleSize, smallSize)
	name := w.label(p.GetName(), p.GetCode())
	if len(p.GetFlows()) > 1 {
		name += w.say("：", ": ") + w.label(f.GetName(), f.GetKey())
	}
	c.put(`<title>%s</title>`, escape(name))
	c.put(`<rect x="%d" y="%d" width="%d" height="%d" fill="#ffffff"/>`, left, top, vw, vh)
	c.text(margin, margin+28, "sheet", name)
	c.text(margin, margin+52, "sub", subtitle(p, digest, w))
	c.put(`<g transform="translate(%d,%d)">`, margin+plan.chartX, margin+headHeight)
	s.chart(c)
	c.put(`</g>`)
	c.put(`<g transform="translate(%d,%d)">`, margin+plan.panelX, margin+headHeight+plan.panelY)
	for i, card := range s.cards {
		card.write(c, plan.at[i][0], plan.at[i][1])
	}
	c.put(`</g>`)
	c.put(`</svg>`)
	return c.Bytes()
}

// subtitle says which edition is shown, and of which document.
func subtitle(p *procedurev1.Procedure, digest string, w words) string {
	parts := []string{p.GetCode() + " " + p.GetEdition()}
	for _, s := range []string{p.GetSource().GetDocument(), p.GetSource().GetDocumentNumber(), p.GetSource().GetDate()} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if digest != "" {
		parts = append(parts, w.say("摘要 ", "digest ")+digest[:min(12, len(digest))])
	}
	return strings.Join(parts, " · ")
}

// plan is where chart and panel go below the head.
type plan struct {
	w, h           int
	chartX         int
	panelX, panelY int
	at             [][2]int
	scale          float64 // mm a px
}

// arrange puts the panel below the chart or at its side, whichever makes the sheet's scale larger.
func arrange(cards []card, w, h int) plan {
	var best plan
	try := func(p plan) {
		long, short := float64(max(p.w, p.h+headHeight)+2*margin), float64(min(p.w, p.h+headHeight)+2*margin)
		if s := min(longSide/long, shortSide/short); s > best.scale {
			best, best.scale = p, s
		}
	}
	for n := 1; n <= len(cards); n++ {
		height, at := columns(cards, n)
		width := n*(cardWidth+cardGap) - cardGap
		all := max(w, width)
		try(plan{all, h + panelGap + height, (all - w) / 2, 0, h + panelGap, at, 0})
		try(plan{w + panelGap + width, max(h, height), 0, w + panelGap, 0, at, 0})
	}
	return best
}

// onPage widens a picture to the page's proportions; what is added goes to both sides, and below.
func onPage(w, h int, wide, high float64) (left, top, vw, vh int) {
	if float64(w)*high < float64(h)*wide {
		vw = int(float64(h) * wide / high)
		return -(vw - w) / 2, 0, vw, h
	}
	return 0, 0, w, int(float64(w) * high / wide)
}

// chart writes lines, labels and boxes.
func (g sheet) chart(c *canvas) {
	for i, l := range g.arrows {
		class, head := "line", "arrow"
		switch {
		case g.Back[i]:
			class, head = "line back", "arrow-back"
		case l.kind == follows:
			class, head = "line follows", "arrow-follows"
		}
		c.path(g.Paths[i], class, head)
	}
	for i, l := range g.arrows {
		w, h := l.size()
		at := g.Labels[i]
		if w == 0 || at == (layered.Point{}) {
			continue
		}
		c.put(`<g><title>%s</title>`, escape(l.full))
		c.rounded(at.X, at.Y, w, h, 9, "pill "+pills[l.kind])
		for k, s := range l.label {
			c.text(at.X+w/2, at.Y+14+k*labelLine, "middle", s)
		}
		c.put(`</g>`)
	}
	colours := map[string]string{}
	for i, b := range g.boxes {
		if _, ok := colours[b.unit]; !ok {
			colours[b.unit] = units[len(colours)%len(units)]
		}
		c.box(b, g.Nodes[i].X, g.Nodes[i].Y, colours[b.unit], g.clocks)
	}
}

// pills are the classes of labels.
var pills = map[lineKind]string{
	plain: "", answer: "pill-answer", condition: "pill-condition", approved: "pill-approved", rejected: "pill-rejected", follows: "",
}
