package draw

import (
	"slices"
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
	headSize            = 28.0
	subSize             = 15.0
)

// sheet is a laid-out picture.
type sheet struct {
	*graph
	layered.Picture
	plan
	clocks map[int]string // colours
	cards  []card
}

// lay lays a flow, or an action's, out with boxes of this width.
func lay(p *procedurev1.Procedure, f *procedurev1.Flow, action *procedurev1.Action, width int, w words) sheet {
	s := sheet{graph: newGraph(p, f, action, width, w), clocks: map[int]string{}}
	for n, i := range s.drawn {
		s.clocks[i] = units[(n+3)%len(units)]
	}
	s.Picture = layered.Place(s.nodes(), s.lines())
	s.cards = s.graph.cards(s.clocks, slices.Contains(s.Back, true))
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
	name, sub := title(p, f, w), subtitle(p, digest, w)
	width := max(plan.w, textWidth(name, headSize), textWidth(sub, subSize))
	left, top, vw, vh := onPage(width+2*margin, plan.h+headHeight+2*margin, wide, high)
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="%d %d %d %d" lang="%s">`, wide, high, left, top, vw, vh, w.lang)
	c.put(style, page, textSize, headSize, subSize, titleSize, smallSize)
	c.put(`<title>%s</title>`, escape(name))
	c.put(`<rect x="%d" y="%d" width="%d" height="%d" fill="#ffffff"/>`, left, top, vw, vh)
	c.text(margin, margin+28, "sheet", name)
	c.text(margin, margin+52, "sub", sub)
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

// title names the procedure, and the flow where there are several.
func title(p *procedurev1.Procedure, f *procedurev1.Flow, w words) string {
	name := w.label(p.GetName(), p.GetCode())
	if len(Keys(p)) > 1 {
		name += w.say("：", ": ") + w.label(f.GetName(), f.GetKey())
	}
	return name
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

// fewest px on the long side of a sheet: small flows are not blown up further.
const fewest = 1500

// onPage widens a picture to the page's proportions; what is added goes to both sides, and below.
func onPage(w, h int, wide, high float64) (left, top, vw, vh int) {
	h = max(h, int(fewest*high/longSide))
	if float64(w)*high < float64(h)*wide {
		vw = int(float64(h) * wide / high)
		return -(vw - w) / 2, 0, vw, h
	}
	return 0, 0, w, int(float64(w) * high / wide)
}

// chart writes lines, labels and boxes.
func (s sheet) chart(c *canvas) {
	for i, l := range s.arrows {
		class, head := "line", "arrow"
		switch {
		case s.Back[i]:
			class, head = "line back", "arrow-back"
		case l.kind == follows:
			class, head = "line follows", "arrow-follows"
		}
		c.path(s.Paths[i], class, head)
	}
	for i, l := range s.arrows {
		w, h := l.size()
		at := s.Labels[i]
		if w == 0 || at == (layered.Point{}) {
			continue
		}
		c.put(`<g><title>%s</title>`, escape(l.full))
		c.rounded(at.X, at.Y, w, h, 9, "pill "+pills[l.kind])
		for k, words := range l.label {
			c.text(at.X+w/2, at.Y+14+k*labelLine, "middle", words)
		}
		c.put(`</g>`)
	}
	colours := map[string]string{}
	for i, b := range s.boxes {
		if _, ok := colours[b.unit]; !ok {
			colours[b.unit] = units[len(colours)%len(units)]
		}
		c.box(b, s.Nodes[i].X, s.Nodes[i].Y, colours[b.unit], s.clocks)
	}
}

// pills are the classes of labels.
var pills = map[lineKind]string{
	plain: "", answer: "pill-answer", condition: "pill-condition", approved: "pill-approved", rejected: "pill-rejected", follows: "",
}
