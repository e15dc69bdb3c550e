package difference

import (
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// fields compares the fields of a complaint, or with a step those of its form; prefix stands before what a sentence is about.
func (d *differ) fields(s Section, step, prefix string, a, b []*procedurev1.Field) {
	at := step
	if at == "" {
		at = d.say("the registration", "登记")
	}
	gone, come, kept := match(a, b, (*procedurev1.Field).GetKey)
	for _, f := range come {
		if f.GetRequired() {
			d.add(s, "%s newly requires %s", "%s新增必填项 %s", at, d.n.called(f.GetKey(), f.GetName()))
		} else {
			d.add(s, "%s may record %s now", "%s新增选填项 %s", at, d.n.called(f.GetKey(), f.GetName()))
		}
	}
	for _, f := range gone {
		d.add(s, "%s no longer records %s", "%s不再登记 %s", at, d.n.called(f.GetKey(), f.GetName()))
	}
	for _, f := range kept {
		what := d.n.called(f.b.GetKey(), f.b.GetName())
		switch before, after := f.a.GetRequired(), f.b.GetRequired(); {
		case !before && after:
			d.add(s, "%s newly requires %s", "%s：%s 改为必填", at, what)
		case before && !after:
			d.add(s, "%s no longer requires %s", "%s：%s 改为选填", at, what)
		}
		what = prefix + d.say("field ", "字段 ") + what
		d.became(s, what, fieldKind(f.a.GetKind()), fieldKind(f.b.GetKind()))
		d.became(s, what+d.say(", code list", "，代码表"), f.a.GetVocabulary(), f.b.GetVocabulary())
		d.listed(s, what+d.say(" may be replaced by", " 可由以下字段代替"), f.a.GetAlternatives(), f.b.GetAlternatives(), false)
		d.name(what, f.a.GetName(), f.b.GetName())
		d.rest(s, what, f.a, f.b, "key", "name", "kind", "vocabulary", "required", "alternatives")
	}
}

func (d *differ) rules(a, b []*procedurev1.Rule) {
	gone, come, kept := match(a, b, (*procedurev1.Rule).GetTarget)
	for _, r := range come {
		d.add(Rules, "New rule for %s: %s", "新增判定 %s：%s", r.GetTarget(), strings.Join(ruleCases(d.n, r), "; "))
	}
	for _, r := range gone {
		d.add(Rules, "The rule for %s is gone", "取消判定 %s", r.GetTarget())
	}
	for _, r := range kept {
		what := d.say("rule for ", "判定 ") + r.b.GetTarget()
		d.became(Rules, what+d.say(" takes", " 取值方式"), d.combination(r.a), d.combination(r.b))
		first := r.b.GetCombine() == procedurev1.RuleCombination_RULE_COMBINATION_UNSPECIFIED // of several only the first counts
		d.listed(Rules, what, ruleCases(d.n, r.a), ruleCases(d.n, r.b), first)
		d.became(Rules, what+d.say(", code list", "，代码表"), r.a.GetVocabulary(), r.b.GetVocabulary())
		d.rest(Rules, what, r.a, r.b, "target", "combine", "vocabulary", "cases")
	}
	before := mapped(kept, func(p pair[*procedurev1.Rule]) string { return p.b.GetTarget() })
	order := inOrderOf(a, before)
	if join(order) != join(before) {
		d.became(Rules, d.say("the rules are worked out in the order", "判定次序"), join(order), join(before))
	}
}

// inOrderOf returns targets in the order of the rules.
func inOrderOf(rules []*procedurev1.Rule, targets []string) []string {
	wanted := map[string]bool{}
	for _, t := range targets {
		wanted[t] = true
	}
	var out []string
	for _, r := range rules {
		if wanted[r.GetTarget()] {
			out = append(out, r.GetTarget())
		}
	}
	return out
}

func (d *differ) combination(r *procedurev1.Rule) string {
	switch r.GetCombine() {
	case procedurev1.RuleCombination_RULE_COMBINATION_HIGHEST:
		return d.say("the highest case that holds", "取最高级")
	case procedurev1.RuleCombination_RULE_COMBINATION_ANY:
		return d.say("whether any case holds", "任一条件成立")
	default:
		return d.say("the first case that holds", "取首个成立的条件")
	}
}

func ruleCases(n naming, r *procedurev1.Rule) []string {
	return mapped(r.GetCases(), func(c *procedurev1.RuleCase) string {
		value := c.GetValue()
		if c.GetExpression() != "" {
			value = c.GetExpression()
		}
		if c.GetWhen() == "" {
			return n.say("else "+value, "否则 "+value)
		}
		return n.say(strings.TrimSpace(value+" when "+c.GetWhen()), strings.TrimSpace("当 "+c.GetWhen()+" 时 "+value))
	})
}

func (d *differ) vocabularies(a, b []*procedurev1.Vocabulary) {
	gone, come, kept := match(a, b, (*procedurev1.Vocabulary).GetKey)
	for _, v := range come {
		d.add(Codes, "New code list %s of %d codes", "新增代码表 %s（%d 项）", d.n.called(v.GetKey(), v.GetName()), len(v.GetTerms()))
	}
	for _, v := range gone {
		d.add(Codes, "The code list %s is gone", "取消代码表 %s", d.n.called(v.GetKey(), v.GetName()))
	}
	for _, v := range kept {
		what := d.say("code list ", "代码表 ") + d.n.called(v.b.GetKey(), v.b.GetName())
		lost, found, terms := match(v.a.GetTerms(), v.b.GetTerms(), (*procedurev1.Term).GetCode)
		for _, t := range found {
			d.add(Codes, "%s: new code %s", "%s：新增 %s", what, d.n.called(t.GetCode(), t.GetName()))
		}
		for _, t := range lost {
			d.add(Codes, "%s: no code %s any more", "%s：取消 %s", what, d.n.called(t.GetCode(), t.GetName()))
		}
		for _, t := range terms {
			code := what + d.say(", code ", "，代码 ") + d.n.called(t.b.GetCode(), t.b.GetName())
			d.name(code, t.a.GetName(), t.b.GetName())
			d.rest(Codes, code, t.a, t.b, "code", "name")
		}
		d.name(what, v.a.GetName(), v.b.GetName())
		d.rest(Codes, what, v.a, v.b, "key", "name", "terms")
	}
}
