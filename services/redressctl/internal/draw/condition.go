package draw

import (
	"iter"
	"regexp"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// token finds the parts of an expression that people are shown in words: facts, texts, operators, numbers, brackets.
var token = regexp.MustCompile(`^\s*((?:fields|values|answers|counts)(?:\.[a-z][a-z0-9_]*)+|[a-z][a-z0-9_]*|'[^'\\]*'|"[^"\\]*"|&&|\|\||==|!=|<=|>=|[!<>()\[\],+-]|\d+(?:\.\d+)?)`)

// condition returns a CEL expression in words, as far as it is one of facts, texts and operators; else, as with functions, the
// expression itself.
func (g *graph) condition(expression string) string {
	var out strings.Builder
	space := func() {
		if s := out.String(); s != "" && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "(") {
			out.WriteByte(' ')
		}
	}
	about := "" // the fact that a text is compared with
	for rest := strings.TrimSpace(expression); rest != ""; rest = strings.TrimSpace(rest) {
		m := token.FindStringSubmatch(rest)
		if m == nil {
			return expression
		}
		t := m[1]
		rest = rest[len(m[0]):]
		switch {
		case strings.Contains(t, ".") && t[0] > '9':
			about = t
			space()
			out.WriteString(g.fact(t))
		case t[0] == '\'' || t[0] == '"':
			space()
			out.WriteString(g.code(about, t[1:len(t)-1]))
		case t == "[" || t == "]":
		case t == "(":
			space()
			out.WriteString(t)
		case t == ")" || t == ",":
			out.WriteString(strings.Replace(t, ",", g.words.say("、", ","), 1))
		case t[0] >= 'a' && t[0] <= 'z' && plainWords[t] == (phrase{}):
			return expression // a function, or a name that is not known here
		default:
			space()
			p, ok := plainWords[t]
			if !ok {
				p = phrase{t, t}
			}
			out.WriteString(g.words.say(p.zh, p.en))
		}
	}
	return out.String()
}

type phrase struct{ zh, en string }

// plainWords are operators and variables as people say them.
var plainWords = map[string]phrase{
	"&&": {"且", "and"}, "||": {"或", "or"}, "!": {"非", "not"}, "==": {"=", "="}, "!=": {"≠", "≠"}, "<=": {"≤", "≤"}, ">=": {"≥", "≥"},
	"in": {"属于", "in"}, "true": {"是", "yes"}, "false": {"否", "no"}, "round": {"轮次", "round"}, "channel": {"渠道", "channel"},
	"flow": {"流程", "flow"}, "received": {"收到时间", "receipt"},
}

// fact names what a path stands for.
func (g *graph) fact(path string) string {
	parts := strings.Split(path, ".")
	last := parts[len(parts)-1]
	switch {
	case parts[0] == "answers" && last == "outcome":
		return g.stepName(parts[1])
	case parts[0] == "fields" || parts[0] == "answers":
		if f := g.field(parts); f != nil {
			return g.words.label(f.GetName(), last)
		}
	case parts[0] == "values":
		for _, r := range g.procedure.GetRules() {
			if v := g.vocabulary(r.GetVocabulary()); r.GetTarget() == last && v.GetName() != nil {
				return g.words.label(v.GetName(), last)
			}
		}
	}
	return strings.ReplaceAll(last, "_", " ")
}

// code names a text that a fact is compared with.
func (g *graph) code(about, code string) string {
	if code == "" {
		return g.words.say("未定", "none")
	}
	parts := strings.Split(about, ".")
	switch last := parts[len(parts)-1]; {
	case parts[0] == "answers" && last == "outcome":
		if s := g.step(parts[1]); s != nil {
			return g.outcomeName(s, code)
		}
	case parts[0] == "values":
		for _, r := range g.procedure.GetRules() {
			if r.GetTarget() == last {
				return g.term(r.GetVocabulary(), code)
			}
		}
	default:
		if f := g.field(parts); f != nil {
			return g.term(f.GetVocabulary(), code)
		}
	}
	return g.term("", code)
}

// outcomeName names an answer to a question, or a decision.
func (g *graph) outcomeName(s *procedurev1.Step, code string) string {
	for _, a := range s.GetQuestion().GetAnswers() {
		if a.GetCode() == code {
			return g.words.label(a.GetName(), code)
		}
	}
	switch code {
	case "approve":
		return g.words.say("批准", "approved")
	case "reject":
		return g.words.say("驳回", "rejected")
	}
	return code
}

// term names a code of a vocabulary, or the post with that key.
func (g *graph) term(vocabulary, code string) string {
	for _, t := range g.vocabulary(vocabulary).GetTerms() {
		if t.GetCode() == code {
			return g.words.label(t.GetName(), code)
		}
	}
	for _, p := range g.procedure.GetPosts() {
		if p.GetKey() == code {
			return g.words.label(p.GetName(), code)
		}
	}
	return code
}

func (g *graph) vocabulary(key string) *procedurev1.Vocabulary {
	for _, v := range g.procedure.GetVocabularies() {
		if v.GetKey() == key {
			return v
		}
	}
	return nil
}

// step returns a step, of this picture if it has one with the key; nil where there is none.
func (g *graph) step(key string) *procedurev1.Step {
	for s := range g.allSteps() {
		if s.GetKey() == key {
			return s
		}
	}
	return nil
}

// allSteps goes through the steps of this picture, then through those of the whole procedure.
func (g *graph) allSteps() iter.Seq[*procedurev1.Step] {
	return func(yield func(*procedurev1.Step) bool) {
		lists := [][]*procedurev1.Step{g.flow.GetSteps()}
		for _, f := range g.procedure.GetFlows() {
			lists = append(lists, f.GetSteps())
		}
		for _, a := range g.procedure.GetActions() {
			lists = append(lists, a.GetSteps())
		}
		for _, list := range lists {
			for _, s := range list {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// field returns the field that "fields.<key>" or "answers.<step>.<key>" names, or nil.
func (g *graph) field(parts []string) *procedurev1.Field {
	fields := g.procedure.GetFields()
	if parts[0] == "answers" {
		s := g.step(parts[1])
		fields = append(append([]*procedurev1.Field(nil), s.GetTask().GetForm()...), s.GetQuestion().GetForm()...)
	}
	for _, f := range fields {
		if f.GetKey() == parts[len(parts)-1] {
			return f
		}
	}
	return nil
}
