package domain

import (
	"fmt"
	"time"

	"redress.dev/pkg/procedure"
)

// PostChoice says what chose the post of a piece of work.
type PostChoice struct {
	Step string
	procedure.Choice
	// Value that the rule had then; "" where that is not known any more.
	Value string
}

// Reason is one step of a derivation: one of its kinds, in sentences.
type Reason struct {
	Choice  *PostChoice
	Duty    *Duty
	Change  *Change
	Absence *Absence
	Deputy  *Deputy
	Outcome Outcome
	Zh, En  string
}

// ChoiceOf returns what chose the post of work of a case.
func ChoiceOf(p *procedure.Procedure, c Case, w Work) PostChoice {
	out := PostChoice{Step: w.Step}
	flow, ok := p.Graph(c.Facts.Flow)
	if !ok {
		return out
	}
	step, ok := flow.Step(w.Step)
	if !ok || w.Rung >= len(step.Assignees) {
		return out
	}
	out.Choice = step.Assignees[w.Rung].Choice()
	switch {
	case out.Expression == "values."+out.Target:
		out.Value = w.Post // the rule's value is the post, whatever it has become since
	case w.Round == c.Facts.Round:
		out.Value = c.Facts.Values[out.Target]
	}
	return out
}

// Explain tells a derivation step by step, in both languages. choice is nil where a post was asked about, change where the duty came
// from none.
func Explain(p *procedure.Procedure, d Derivation, choice *PostChoice, change *Change) []Reason {
	s := sentences{p}
	var out []Reason
	if choice != nil {
		out = append(out, s.choice(*choice, d.Post))
	}
	if d.Duty.Version > 0 {
		out = append(out, s.duty(d.Duty))
		if change != nil {
			out = append(out, s.change(*change))
		}
	}
	for _, hop := range d.Hops {
		if hop.Absence.Person != "" {
			out = append(out, s.absence(hop.Absence))
		}
		if hop.Deputy.Deputy != "" {
			out = append(out, s.deputy(hop.Deputy))
		}
	}
	return append(out, s.outcome(d))
}

// sentences speaks in the names and the zone of a procedure.
type sentences struct{ p *procedure.Procedure }

func (s sentences) choice(c PostChoice, post string) Reason {
	zh, en := fmt.Sprintf("环节 %s 指定岗位 %s。", c.Step, s.zh(post)), fmt.Sprintf("The step %s names the post %s.", c.Step, s.en(post))
	if c.Expression != "" {
		zh = fmt.Sprintf("环节 %s 由表达式 %s 得出岗位 %s。", c.Step, c.Expression, s.zh(post))
		en = fmt.Sprintf("The step %s asks %s, which gave the post %s.", c.Step, c.Expression, s.en(post))
	}
	if c.Value != "" {
		zh += fmt.Sprintf("规则 %s%s 的值为 %s。", c.Target, brackets(c.Clause), c.Value)
		en += fmt.Sprintf(" The rule %s%s has the value %s.", c.Target, brackets(c.Clause), c.Value)
	}
	return Reason{Choice: &c, Zh: zh, En: en}
}

func (s sentences) duty(d Duty) Reason {
	until, to := "", ""
	if !d.EndTime.IsZero() {
		until, to = "至 "+s.at(d.EndTime), " until "+s.at(d.EndTime)
	}
	return Reason{
		Duty: &d,
		Zh:   fmt.Sprintf("%s 自 %s 起%s在岗 %s。", d.Person, s.at(d.StartTime), until, s.zh(d.Post)),
		En:   fmt.Sprintf("%s sits in the post %s from %s%s.", d.Person, s.en(d.Post), s.at(d.StartTime), to),
	}
}

func (s sentences) change(c Change) Reason {
	return Reason{
		Change: &c,
		Zh:     fmt.Sprintf("该变更由 %s 于 %s 提出，经 %s（%s）于 %s 批准。", c.Requester, s.at(c.RequestTime), s.zh(c.Head), c.Decider, s.at(c.DecideTime)),
		En: fmt.Sprintf("%s asked for the change at %s; %s approved it for %s at %s.",
			c.Requester, s.at(c.RequestTime), c.Decider, s.en(c.Head), s.at(c.DecideTime)),
	}
}

func (s sentences) absence(a Absence) Reason {
	return Reason{
		Absence: &a,
		Zh:      fmt.Sprintf("%s 自 %s 至 %s 请假。", a.Person, s.at(a.StartTime), s.at(a.EndTime)),
		En:      fmt.Sprintf("%s is away from %s until %s.", a.Person, s.at(a.StartTime), s.at(a.EndTime)),
	}
}

func (s sentences) deputy(d Deputy) Reason {
	zh, en := d.Person, d.Person
	if d.Post != "" {
		zh, en = "岗位 "+s.zh(d.Post), "the post "+s.en(d.Post)
	}
	return Reason{
		Deputy: &d,
		Zh:     fmt.Sprintf("%s 的代理人是 %s（自 %s 起）。", zh, d.Deputy, s.at(d.StartTime)),
		En:     fmt.Sprintf("The deputy of %s is %s, from %s.", en, d.Deputy, s.at(d.StartTime)),
	}
}

func (s sentences) outcome(d Derivation) Reason {
	r := Reason{Outcome: d.Outcome}
	switch d.Outcome {
	case OutcomeHolder:
		r.Zh, r.En = fmt.Sprintf("因此由 %s 处理。", d.Person), fmt.Sprintf("So the work is for %s.", d.Person)
	case OutcomeDeputy:
		r.Zh, r.En = fmt.Sprintf("因此由代理人 %s 处理。", d.Person), fmt.Sprintf("So the work is for the deputy, %s.", d.Person)
	case OutcomeAbsenceChangesNothing:
		r.Zh = fmt.Sprintf("本制度不因请假变更发送责任人，仍由 %s 处理。", d.Person)
		r.En = fmt.Sprintf("The procedure changes no addressee for an absence: the work stays with %s.", d.Person)
	case OutcomeChainEnded:
		r.Zh = fmt.Sprintf("没有在岗的代理人，仍归岗位 %s 及其在岗人 %s。", s.zh(d.Post), d.Person)
		r.En = fmt.Sprintf("No deputy is there: the work stays with the post %s and its holder %s.", s.en(d.Post), d.Person)
	case OutcomeVacant:
		r.Zh = fmt.Sprintf("岗位 %s 无人在岗，任何处理人均可完成。", s.zh(d.Post))
		r.En = fmt.Sprintf("Nobody sits in the post %s: any handler may complete the work.", s.en(d.Post))
	case OutcomeOtherwise:
		r.Zh = fmt.Sprintf("但该工单记在 %s 名下，并非由岗位目录得出（例如经转交）。", orNobody(d.Person, "无人"))
		r.En = fmt.Sprintf("But the work stands with %s, which the directory does not give: it was transferred, for example.", orNobody(d.Person, "nobody"))
	}
	return r
}

func orNobody(person, nobody string) string {
	if person == "" {
		return nobody
	}
	return person
}

// zh and en return a post's name with its key.
func (s sentences) zh(post string) string {
	p, _ := s.p.Post(post)
	return named(p.Name.Zh, post)
}

func (s sentences) en(post string) string {
	p, _ := s.p.Post(post)
	return named(p.Name.En, post)
}

func named(name, key string) string {
	if name == "" || name == key {
		return key
	}
	return name + " (" + key + ")"
}

func brackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// at returns an instant in the zone in which the procedure's people read it.
func (s sentences) at(t time.Time) string { return t.In(s.p.Zone()).Format("2006-01-02 15:04") }
