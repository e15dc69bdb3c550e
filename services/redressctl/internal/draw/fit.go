package draw

import "strings"

// Sizes in px.
const (
	side      = 14 // between a box's edge and its text
	titleSize = 13.0
	textSize  = 11.0
	smallSize = 9.0
	titleLine = 17
	textLine  = 15
	labelSize = 11.0
	labelLine = 14
)

// boxWidths are tried in turn: wider boxes are lower. The one is taken that leaves the picture largest on its sheet.
var boxWidths = []int{216, 240, 264, 288, 312, 336, 360}

// fit breaks the box's words into lines and gives it its size.
func (b *box) fit(width int) {
	switch b.shape {
	case end, closed:
		b.w, b.h = textWidth(b.name, textSize)+30, 25
		b.title = []string{b.name}
		return
	default:
		b.w = width
	}
	room := b.w - 2*side
	if b.shape == question {
		room -= 8
	}
	b.title = wrap(b.name, titleSize, room, 3)
	b.text = wrap(strings.Join(b.text, " "), textSize, room, 3)
	b.posts = wrap(strings.Join(b.posts, ""), textSize, room-16, 2)
	for i, m := range b.marks {
		b.marks[i].text = wrap(m.text, textSize, room-m.indent(), 1)[0]
	}
	b.footer(room)
	b.h = 6 + len(b.title)*titleLine + (len(b.text)+len(b.posts)+len(b.marks)+len(b.clauses))*textLine + 6
	if b.milestone != "" {
		b.h += textLine
	}
	if b.beside {
		b.h -= textLine
	}
}

// footer breaks the requirements into lines, the first of them beside the box's last words if there is room.
func (b *box) footer(room int) {
	b.clauses = wrap(strings.Join(b.clauses, " "), smallSize, room, 2)
	var last string
	switch {
	case b.milestone != "":
		last = b.milestone
	case len(b.marks) > 0:
		last = b.marks[len(b.marks)-1].text
	case len(b.posts) > 0:
		last = b.posts[len(b.posts)-1]
	default:
		return
	}
	b.beside = len(b.clauses) == 1 && textWidth(last, textSize)+16+10+textWidth(b.clauses[0], smallSize) <= room
}

// cut breaks the label into lines.
func (g *graph) cut(l line) line {
	size, lines := labelSize, 2
	if l.kind == condition {
		lines = 3
	}
	l.label = wrap(l.full, size, max(150, g.width-60), lines)
	return l
}

// size of the label's pill; 0 without one.
func (l line) size() (w, h int) {
	for _, s := range l.label {
		w = max(w, textWidth(s, labelSize)+16)
	}
	if w > 0 {
		h = len(l.label)*labelLine + 5
	}
	return w, h
}
