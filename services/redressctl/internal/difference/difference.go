// Package difference says in words how two editions of a procedure differ, for the managers who approve the second. It compares what
// the editions mean: comments, the order of keys and of what has a key of its own are no difference.
package difference

import (
	"fmt"
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Section is what a change is about. Sections come in this order: what people do first, what things are called last.
type Section int

// The sections.
const (
	Steps Section = iota + 1
	Owners
	Limits
	Clocks
	Fields
	Rules
	Charges
	Visits
	Actions
	Posts
	Calendars
	Codes
	Figures
	Other
	Names
)

// Change is one difference.
type Change struct {
	Section Section
	// Words say it, in one sentence or less.
	Words string
}

// Lang is the language of the words.
type Lang string

// The languages.
const (
	En Lang = "en"
	Zh Lang = "zh"
)

// Title returns the heading of a section.
func (s Section) Title(l Lang) string {
	en := [...]string{"", "Steps", "Who does it", "Time limits", "Clocks", "What must be recorded", "Rules", "Charges", "Return visits and closing", "Actions", "Posts",
		"Calendars", "Code lists", "Figures", "Everything else", "Names, texts and references"}
	zh := [...]string{"", "环节", "责任岗位变化", "时限", "计时规则", "登记内容", "判定规则", "费用与责任", "回访与结案", "措施", "岗位设置", "日历", "代码表", "指标", "其他", "名称、文字与条款"}
	if l == Zh {
		return zh[s]
	}
	return en[s]
}

// Between returns how b differs from a, both sound editions of one procedure, in the order of the sections; nothing where they mean the
// same. The name of the edition is no difference.
func Between(a, b *procedurev1.Procedure, l Lang) []Change {
	d := &differ{lang: l, n: naming{b, a, l}}
	d.flows(a.GetFlows(), b.GetFlows())
	d.clocks(a.GetClocks(), b.GetClocks())
	d.fields(Fields, "", "", a.GetFields(), b.GetFields())
	d.rules(a.GetRules(), b.GetRules())
	d.charges(a.GetCharges(), b.GetCharges())
	d.became(Charges, d.say("the currency", "币种"), a.GetCurrency(), b.GetCurrency())
	d.visits(a.GetVisits(), b.GetVisits())
	d.triggers(Visits, d.say("the complaint closes on", "结案条件"), a.GetClosing().GetOn(), b.GetClosing().GetOn())
	d.actions(a.GetActions(), b.GetActions())
	d.posts(a.GetPosts(), b.GetPosts())
	d.calendars(a.GetCalendars(), b.GetCalendars())
	d.vocabularies(a.GetVocabularies(), b.GetVocabularies())
	d.metrics(a.GetMetrics(), b.GetMetrics())
	d.rest(Other, d.say("numbering", "编号"), a.GetNumbering(), b.GetNumbering())
	d.name(d.say("the procedure", "本制度"), a.GetName(), b.GetName())
	d.rest(Names, d.say("the source document", "依据文件"), a.GetSource(), b.GetSource())
	d.rest(Other, d.say("the procedure", "本制度"), a, b, "code", "edition", "name", "source", "numbering", "calendars", "vocabularies", "fields",
		"rules", "posts", "flows", "clocks", "visits", "closing", "actions", "metrics", "charges", "currency")
	slices.SortStableFunc(d.found, func(x, y Change) int { return int(x.Section - y.Section) })
	return d.found
}

// differ gathers the changes from a to b.
type differ struct {
	lang  Lang
	n     naming
	found []Change
}

// say returns the words of the language.
func (d *differ) say(en, zh string) string {
	if d.lang == Zh {
		return zh
	}
	return en
}

// add notes a change. The two formats take the same arguments.
func (d *differ) add(s Section, en, zh string, args ...any) {
	d.found = append(d.found, Change{s, fmt.Sprintf(d.say(en, zh), args...)})
}

// became notes that something about what is no longer what it was.
func (d *differ) became(s Section, what, before, after string) {
	if before == after {
		return
	}
	d.add(s, "%s: %s -> %s", "%s：%s → %s", what, d.orNone(before), d.orNone(after))
}

func (d *differ) orNone(s string) string {
	if s == "" {
		return d.say("none", "无")
	}
	return s
}

// switched notes that something began or ceased to hold.
func (d *differ) switched(s Section, what string, before, after bool, en, zh, enOff, zhOff string) {
	switch {
	case !before && after:
		d.add(s, "%s "+en, "%s"+zh, what)
	case before && !after:
		d.add(s, "%s "+enOff, "%s"+zhOff, what)
	}
}

// pair is what has the same key in both editions.
type pair[T any] struct{ a, b T }

// match sorts what the editions list by its keys, in the order of b, and of a for what is gone.
func match[T any](a, b []T, key func(T) string) (gone, come []T, both []pair[T]) {
	old := make(map[string]T, len(a))
	for _, x := range a {
		old[key(x)] = x
	}
	kept := map[string]bool{}
	for _, y := range b {
		if x, ok := old[key(y)]; ok {
			kept[key(y)] = true
			both = append(both, pair[T]{x, y})
		} else {
			come = append(come, y)
		}
	}
	for _, x := range a {
		if !kept[key(x)] {
			gone = append(gone, x)
		}
	}
	return gone, come, both
}

// listed notes which of some sentences are gone and which have come, or that only their order changed where that matters.
func (d *differ) listed(s Section, what string, before, after []string, ordered bool) {
	gone, come, _ := match(before, after, func(line string) string { return line })
	if len(gone) == 1 && len(come) == 1 {
		d.became(s, what, gone[0], come[0])
		return
	}
	for _, line := range gone {
		d.add(s, "%s: no longer %s", "%s：不再有 %s", what, line)
	}
	for _, line := range come {
		d.add(s, "%s: now %s", "%s：新增 %s", what, line)
	}
	if ordered && len(gone)+len(come) == 0 && !slices.Equal(before, after) {
		d.add(s, "%s: tried in another order: %s", "%s：次序改为 %s", what, join(after))
	}
}
