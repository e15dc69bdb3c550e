package draw

import "strconv"

// classes of the shapes, as style names them.
var classes = map[shape]string{
	start: "start", task: "task", question: "question", check: "check", notice: "notice", approval: "approval", visit: "visit",
	action: "action", end: "end-box", closed: "closed",
}

// units are the colours of posts, in turn.
var units = []string{
	"#4a77b4", "#d08a2e", "#2f8f6b", "#b5482f", "#7c66c4", "#3a9ca8", "#a8577e", "#7d8f2f", "#8a6d4f", "#5f6b7a", "#c2553a", "#2e6f9e",
}

// shape writes the outline of a box.
func (c *canvas) shape(s shape, x, y, w, h int) {
	class := "box " + classes[s]
	switch s {
	case question: // pointed at both sides
		c.put(`<path d="M%d,%d h%d l10,%d l-10,%d h%d l-10,%d z" class="%s"/>`, x+10, y, w-20, h/2, h-h/2, -(w - 20), -(h - h/2), class)
	case notice: // a sheet with a folded corner
		c.put(`<path d="M%d,%d h%d l12,12 v%d h%d z M%d,%d v12 h12" class="%s"/>`, x, y, w-12, h-12, -w, x+w-12, y, class)
	case approval: // a double frame
		c.rounded(x, y, w, h, 4, class)
		c.put(`<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="none" stroke="#c2553a" stroke-width="0.7"/>`, x+3, y+3, w-6, h-6)
	case visit:
		c.rounded(x, y, w, h, 16, class)
	case action: // barred at both sides
		c.rounded(x, y, w, h, 2, class)
		c.put(`<path d="M%d,%d v%d M%d,%d v%d" stroke="#3a9ca8"/>`, x+7, y, h, x+w-7, y, h)
	case start, end, closed:
		c.rounded(x, y, w, h, min(h/2, 16), class)
	default:
		c.rounded(x, y, w, h, 5, class)
	}
}

// box writes a box with its words. colour is that of its posts, clocks those of the clocks.
func (c *canvas) box(b box, x, y int, colour string, clocks map[int]string) {
	c.put(`<g id="%s">`, boxID(b, x, y))
	full := b.name
	if b.everyone != "" {
		full += "\n" + b.everyone
	}
	c.put(`<title>%s</title>`, escape(full))
	c.shape(b.shape, x, y, b.w, b.h)
	if b.join {
		c.put(`<rect x="%d" y="%d" width="%d" height="5" fill="#1f2933"/>`, x+20, y-3, b.w-40)
	}
	if b.shape == end || b.shape == closed {
		class := "middle"
		if b.shape == closed {
			class += " white"
		}
		c.text(x+b.w/2, y+17, class, b.name)
		c.put(`</g>`)
		return
	}
	at := y + 6
	for _, s := range b.title {
		c.text(x+b.w/2, at+15, "title middle", s)
		at += titleLine
	}
	for _, s := range b.text {
		c.text(x+b.w/2, at+12, "asked middle", s)
		at += textLine
	}
	left := x + side
	for i, s := range b.posts {
		if i == 0 {
			c.person(left+5, at+8, colour)
		}
		c.text(left+16, at+12, "who", s)
		at += textLine
	}
	for _, m := range b.marks {
		for i, s := range m.signs {
			c.clock(s, left+5+i*signStep, at+8, clocks[m.clock])
		}
		c.text(left+m.indent(), at+12, "", m.text)
		at += textLine
	}
	if b.milestone != "" {
		c.flag(left+1, at+3)
		c.text(left+16, at+12, "flag", b.milestone)
		at += textLine
	}
	if b.beside {
		at -= textLine
	}
	for _, s := range b.clauses {
		c.text(x+b.w-side, at+12, "small end", s)
		at += textLine
	}
	c.put(`</g>`)
}

// boxID names a box for links and tests: a step or visit by its key, others by their place.
func boxID(b box, x, y int) string {
	switch b.shape {
	case start:
		return "start"
	case end, closed:
		return classes[b.shape] + "-" + strconv.Itoa(x) + "-" + strconv.Itoa(y)
	case visit:
		return "visit-" + b.key
	case action:
		return "action-" + b.key
	default:
		return "step-" + b.key
	}
}

// person, flag and clock are the signs in a box.
func (c *canvas) person(x, y int, colour string) {
	c.put(`<path d="M%d,%d a3,3 0 1 1 0.01,0 z M%d,%d a5,5 0 0 1 10,0 z" fill="%s"/>`, x, y, x-5, y+6, colour)
}

func (c *canvas) flag(x, y int) {
	c.put(`<path d="M%d,%d v11 M%d,%d h8 l-2,3 l2,3 h-8" stroke="#b08900" stroke-width="1.3" fill="#f7d774"/>`, x, y, x, y)
}

func (c *canvas) clock(s sign, x, y int, colour string) {
	c.put(`<circle cx="%d" cy="%d" r="5.6" fill="%s"/>`, x, y, colour)
	switch s {
	case starts:
		c.put(`<path d="M%d,%d l6,3.2 l-6,3.2 z" fill="#fff"/>`, x-2, y-3)
	case stops:
		c.put(`<rect x="%d" y="%d" width="5" height="5" fill="#fff"/>`, x-2, y-2)
	case pauses:
		c.put(`<path d="M%d,%d v5 M%d,%d v5" stroke="#fff" stroke-width="1.6"/>`, x-2, y-2, x+2, y-2)
	case resumes:
		c.put(`<path d="M%d,%d v6 M%d,%d l5,3 l-5,3 z" stroke="#fff" stroke-width="1.2" fill="#fff"/>`, x-3, y-3, x-1, y-3)
	}
}
