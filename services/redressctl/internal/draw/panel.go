package draw

import (
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Sizes of the panel, in px.
const (
	cardWidth = 320
	cardGap   = 20
	cardLine  = 18
)

// card is one entry of the panel beside or below the chart.
type card struct {
	height int
	write  func(c *canvas, x, y int)
}

// cards are the legend and the time limits. back: a line leads back.
func (g *graph) cards(colours map[int]string, back bool) []card {
	cards := []card{g.legend(back)}
	for _, i := range g.drawn {
		cards = append(cards, g.clockCard(g.procedure.GetClocks()[i], colours[i]))
	}
	return cards
}

// legend explains what the flow uses.
func (g *graph) legend(back bool) card {
	used, signs := map[shape]bool{}, map[sign]bool{}
	flags, joins := false, false
	for _, b := range g.boxes {
		used[b.shape] = true
		flags, joins = flags || b.milestone != "", joins || b.join
		for _, m := range b.marks {
			for _, s := range m.signs {
				signs[s] = true
			}
		}
	}
	type entry struct {
		draw func(c *canvas, x, y int)
		name string
	}
	var entries []entry
	say := g.words.say
	for s, name := range []string{
		task: say("任务", "task"), question: say("判断：由岗位回答，答案决定去向", "question: a post's answer picks the branch"),
		check: say("自动判断", "decided at once by rules"), notice: say("通知", "notice"), approval: say("审批", "approval"),
		visit: say("回访", "return visit"), action: say("开出的措施：另有一图", "opens an action, which has a picture of its own"),
		closed: g.closedName(), end: say("此分支结束", "branch ends"),
	} {
		if name != "" && used[shape(s)] {
			entries = append(entries, entry{func(c *canvas, x, y int) { c.shape(shape(s), x, y, 36, 18) }, name})
		}
	}
	for s, name := range []string{
		starts: say("时限开始", "time limit starts"), stops: say("时限完成", "time limit is met"), pauses: say("时限暂停", "time limit is paused"),
		resumes: say("时限继续", "time limit runs on"),
	} {
		if signs[sign(s)] {
			entries = append(entries, entry{func(c *canvas, x, y int) { c.clock(sign(s), x+18, y+9, "#52606d") }, name})
		}
	}
	if flags {
		entries = append(entries, entry{func(c *canvas, x, y int) { c.flag(x+14, y+4) }, say("节点", "milestone")})
	}
	if joins {
		bar := func(c *canvas, x, y int) { c.put(`<rect x="%d" y="%d" width="36" height="5" fill="#1f2933"/>`, x, y+7) }
		entries = append(entries, entry{bar, say("各分支都到达后才开始", "opens when all branches have arrived")})
	}
	led := slices.ContainsFunc(g.arrows, func(l line) bool { return l.kind == follows })
	lines := []struct {
		drawn       bool
		class, name string
	}{
		{back, "line back", say("返回前面环节", "back to an earlier step")}, {led, "line follows", say("由事件引发", "what an event leads to")},
	}
	for _, l := range lines {
		if !l.drawn {
			continue
		}
		stroke := func(c *canvas, x, y int) { c.put(`<path d="M%d,%d h36" class="%s"/>`, x, y+9, l.class) }
		entries = append(entries, entry{stroke, l.name})
	}
	const step = 24
	return card{26 + len(entries)*step, func(c *canvas, x, y int) {
		c.text(x, y+14, "head", say("图例", "Legend"))
		for i, e := range entries {
			e.draw(c, x, y+26+i*step)
			c.text(x+48, y+26+i*step+13, "", e.name)
		}
	}}
}

// clockCard tells one time limit.
func (g *graph) clockCard(p *procedurev1.ClockPolicy, colour string) card {
	say := g.words.say
	facts := []string{g.words.limits(p) + " · " + g.calendar(p.GetCalendar())}
	fact := func(zh, en string, what string) {
		if what != "" {
			facts = append(facts, say(zh+"：", en+": ")+what)
		}
	}
	fact("始于", "from", g.triggers(p.GetStart()))
	fact("止于", "until", g.triggers(p.GetStop()...))
	fact("暂停", "paused", g.triggers(p.GetPause()...))
	fact("继续", "runs on", g.triggers(p.GetResume()...))
	fact("免责", "excused", g.triggers(p.GetExcuse()...))
	for _, x := range p.GetWarnings() {
		fact("预警", "warning", g.words.warning(x)+g.told(x.GetNotify()))
	}
	fact("超时通知", "told of a breach", strings.TrimPrefix(g.told(p.GetBreach().GetNotify()), arrow))
	for _, x := range p.GetLadder() {
		fact("超时升级", "escalated", g.words.escalation(x)+g.told(x.GetNotify()))
	}
	if len(p.GetClauses()) > 0 {
		facts = append(facts, strings.Join(p.GetClauses(), " "))
	}
	var lines []string
	for _, f := range facts {
		lines = append(lines, wrap(f, textSize, cardWidth-20, 3)...)
	}
	name := wrap(g.words.label(p.GetName(), p.GetKey()), titleSize, cardWidth-20, 2)
	return card{len(name)*titleLine + len(lines)*cardLine + 9, func(c *canvas, x, y int) {
		c.clock(starts, x+6, y+10, colour)
		for _, s := range name {
			c.text(x+20, y+15, "title", s)
			y += titleLine
		}
		for _, s := range lines {
			c.text(x+20, y+16, "asked", s)
			y += cardLine
		}
	}}
}

// arrow stands before those who are told.
const arrow = " → "

// told names who is told.
func (g *graph) told(who []*procedurev1.Assignee) string {
	var names []string
	for _, a := range who {
		posts := g.mayBe(a)
		switch len(posts) {
		case 0:
			names = append(names, g.words.say("按规则", "by rule"))
		case 1:
			names = append(names, g.words.label(posts[0].GetName(), posts[0].GetKey()))
		default:
			names = append(names, g.words.oneOf(g.words.label(posts[0].GetName(), posts[0].GetKey()), len(posts)))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return arrow + strings.Join(names, g.words.say("、", ", "))
}

func (g *graph) calendar(key string) string {
	for _, c := range g.procedure.GetCalendars() {
		if c.GetKey() == key {
			return g.words.label(c.GetName(), key)
		}
	}
	return key
}

// columns puts cards into columns no higher than they need be, and returns the panel's height and where each card goes.
func columns(cards []card, n int) (height int, at [][2]int) {
	heights := make([]int, n)
	for _, c := range cards {
		best := 0
		for i, h := range heights {
			if h < heights[best] {
				best = i
			}
		}
		at = append(at, [2]int{best * (cardWidth + cardGap), heights[best]})
		heights[best] += c.height + cardGap
		height = max(height, heights[best])
	}
	return height, at
}
