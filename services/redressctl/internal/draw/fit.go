package draw

import "strings"

// Sizes in px.
const (
	boxWidth   = 212
	side       = 14 // between a box's edge and its text
	titleSize  = 13.0
	textSize   = 11.0
	smallSize  = 9.0
	titleLine  = 17
	textLine   = 15
	smallLine  = 12
	labelSize  = 11.0
	labelLine  = 14
	codeSize   = 9.5 // expressions
	labelWidth = 150
)

// fit breaks the box's words into lines and gives it its size.
func (b *box) fit() {
	switch b.shape {
	case end, closed:
		b.w, b.h = textWidth(b.name, textSize)+30, 24
		b.title = []string{b.name}
		return
	default:
		b.w = boxWidth
	}
	room := b.w - 2*side
	if b.shape == question {
		room -= 8
	}
	b.title = wrap(b.name, titleSize, room, 3)
	b.text = wrap(strings.Join(b.text, " "), textSize, room, 3)
	b.posts = wrap(b.posts0(), textSize, room-14, 2)
	b.clauses = wrap(strings.Join(b.clauses, " "), smallSize, room, 2)
	for i, m := range b.marks {
		b.marks[i].text = wrap(m.text, textSize, room-14, 1)[0]
	}
	b.h = 7 + len(b.title)*titleLine + len(b.text)*textLine + len(b.posts)*textLine + len(b.marks)*textLine + 7
	if b.milestone != "" {
		b.h += textLine
	}
	b.h += len(b.clauses) * smallLine
}

// cut breaks the label into lines.
func (l line) cut() line {
	size, lines := labelSize, 2
	if l.kind == condition {
		lines = 3
	}
	l.label = wrap(l.full, size, labelWidth, lines)
	return l
}

// size of the label's pill; 0 without one.
func (l line) size() (w, h int) {
	for _, s := range l.label {
		w = max(w, textWidth(s, labelSize)+16)
	}
	if w > 0 {
		h = len(l.label)*labelLine + 6
	}
	return w, h
}
