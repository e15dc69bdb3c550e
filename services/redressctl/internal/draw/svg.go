package draw

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"redress.dev/services/redressctl/internal/layered"
)

// canvas writes SVG.
type canvas struct{ bytes.Buffer }

func (c *canvas) put(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// text writes one line; y is its baseline.
func (c *canvas) text(x, y int, class, s string) {
	c.put(`<text x="%d" y="%d" class="%s">%s</text>`, x, y, class, escape(s))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

// style names the looks. Fonts are those that Chinese systems and browsers have; colours are light enough to print.
const style = `<style>
@page { size: A3 %s; margin: 0 }
text { font-family: "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "Noto Sans", Arial, sans-serif; font-size: %gpx; fill: #1f2933 }
.sheet { font-size: %gpx; font-weight: 700 }
.sub { font-size: %gpx; fill: #52606d }
.title { font-size: %gpx; font-weight: 700 }
.head { font-size: 16px; font-weight: 700 }
.small { font-size: %gpx; fill: #7b8794 }
.asked { fill: #3e4c59 }
.who { fill: #243b53 }
.flag { fill: #7b5e00 }
.middle { text-anchor: middle }
.end { text-anchor: end }
.white { fill: #ffffff; font-weight: 700 }
.box { stroke: #52606d; stroke-width: 1.2; fill: #ffffff }
.question { fill: #fff9e6; stroke: #b08900 }
.check { fill: #f5f7fa; stroke: #9aa5b1; stroke-dasharray: 5 3 }
.notice { fill: #f3f0ff; stroke: #7c66c4 }
.approval { fill: #fff1ec; stroke: #c2553a; stroke-width: 1.6 }
.task { fill: #eef5ff; stroke: #4a77b4 }
.visit { fill: #e9f8f1; stroke: #2f8f6b }
.action { fill: #eefafb; stroke: #3a9ca8 }
.start, .end-box { fill: #e4e7eb; stroke: #52606d }
.closed { fill: #2f8f6b; stroke: #1f6b4f }
.line { fill: none; stroke: #52606d; stroke-width: 1.4 }
.back { stroke: #b5482f }
.follows { stroke: #2f8f6b; stroke-dasharray: 6 4 }
.pill { fill: #ffffff; stroke: #9aa5b1 }
.pill-condition { stroke-dasharray: 4 3 }
.pill-approved { fill: #e9f8f1; stroke: #2f8f6b }
.pill-rejected { fill: #fdecea; stroke: #b5482f }
.pill-answer { fill: #fff9e6; stroke: #b08900 }
</style>
<defs>
<marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7.5" markerHeight="7.5" orient="auto"><path d="M0,0.8 L10,5 L0,9.2 z" fill="#52606d"/></marker>
<marker id="arrow-back" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7.5" markerHeight="7.5" orient="auto"><path d="M0,0.8 L10,5 L0,9.2 z" fill="#b5482f"/></marker>
<marker id="arrow-follows" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7.5" markerHeight="7.5" orient="auto"><path d="M0,0.8 L10,5 L0,9.2 z" fill="#2f8f6b"/></marker>
</defs>`

// radius of a line's corners.
const radius = 5

// path writes a line with rounded corners and an arrow's head.
func (c *canvas) path(points []layered.Point, class, head string) {
	var d strings.Builder
	for i, p := range points {
		switch {
		case i == 0:
			fmt.Fprintf(&d, "M%d,%d", p.X, p.Y)
		case i == len(points)-1:
			fmt.Fprintf(&d, " L%d,%d", p.X, p.Y)
		default:
			a, b := toward(p, points[i-1]), toward(p, points[i+1])
			fmt.Fprintf(&d, " L%d,%d Q%d,%d %d,%d", a.X, a.Y, p.X, p.Y, b.X, b.Y)
		}
	}
	c.put(`<path d="%s" class="%s" marker-end="url(#%s)"/>`, d.String(), class, head)
}

// toward returns the point where the rounding of corner p begins on the side of q, at most half the way.
func toward(p, q layered.Point) layered.Point {
	step := func(from, to int) int {
		return from + max(-radius, min(radius, (to-from)/2))
	}
	return layered.Point{X: step(p.X, q.X), Y: step(p.Y, q.Y)}
}

// rounded writes a rectangle.
func (c *canvas) rounded(x, y, w, h, r int, class string) {
	c.put(`<rect x="%d" y="%d" width="%d" height="%d" rx="%d" class="%s"/>`, x, y, w, h, r, class)
}
