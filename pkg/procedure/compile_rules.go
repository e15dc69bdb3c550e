package procedure

import (
	"fmt"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileRules takes over the rules, in order: an expression may name the values of the rules before it, and no others.
func (c *compiler) compileRules() {
	for _, in := range c.in.GetRules() {
		path := at("rules", in.GetTarget())
		r := rule{target: in.GetTarget(), combine: combination(in.GetCombine())}
		if in.GetVocabulary() != "" {
			r.vocabulary = c.vocabulary(path+".vocabulary", in.GetVocabulary())
		}
		if r.combine == highest && in.GetVocabulary() == "" {
			c.found(RuleInvalid, path+".vocabulary", "a rule that takes the highest value needs the vocabulary whose ranks order them")
		}
		for i, k := range in.GetCases() {
			r.cases = append(r.cases, c.ruleCase(fmt.Sprintf("%s.cases[%d]", path, i), r, k))
		}
		c.out.rules = append(c.out.rules, r)
		c.ruled[r.target] = true
	}
	unique(c, "rules", c.in.GetRules(), (*procedurev1.Rule).GetTarget)
}

// ruleCase compiles one case and sees that it fits how the rule combines.
func (c *compiler) ruleCase(path string, r rule, in *procedurev1.RuleCase) ruleCase {
	switch {
	case r.combine == anyCase && (in.GetValue() != "" || in.GetExpression() != ""):
		c.found(RuleInvalid, path, "a rule that asks whether any case holds has no values; leave value and expression out")
	case r.combine != anyCase && (in.GetValue() != "") == (in.GetExpression() != ""):
		c.found(RuleInvalid, path, "a case gives a value or an expression, one of the two")
	case in.GetValue() != "" && r.vocabulary != nil && !r.vocabulary.Has(in.GetValue()):
		c.found(CodeUnknown, path+".value", "the vocabulary %s has no %q; it has %s", r.vocabulary.Key, in.GetValue(), r.vocabulary.Some())
	case len(in.GetValue()) > maxCodeBytes:
		c.found(RuleInvalid, path+".value", "a code has at most %d bytes", maxCodeBytes)
	}
	return ruleCase{
		when:       c.compileIn(c.classify, path+".when", in.GetWhen(), wantTruth),
		value:      in.GetValue(),
		expression: c.compileIn(c.classify, path+".expression", in.GetExpression(), wantText),
	}
}
