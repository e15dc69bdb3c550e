package draw

import (
	"regexp"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// setPosts writes down who gets the work. Of several posts that a rule may pick the first is named.
func (b *box) setPosts(g *graph, who []*procedurev1.Assignee, between string) {
	var short, all []string
	for _, a := range who {
		posts := g.mayBe(a)
		names := make([]string, len(posts))
		for i, p := range posts {
			names[i] = g.words.label(p.GetName(), p.GetKey())
		}
		all = append(all, strings.Join(names, " / "))
		switch len(names) {
		case 0:
			short = append(short, g.words.say("按规则", "by rule"))
		case 1:
			short = append(short, names[0])
		default:
			short = append(short, g.words.oneOf(names[0], len(names)))
		}
	}
	b.unit = strings.Join(all, between)
	if len(who) > 0 {
		b.posts = []string{strings.Join(short, between)}
	}
	if strings.Join(short, between) != b.unit {
		b.everyone = b.unit
	}
}

// names of values, answers and fields, and texts, in an expression.
var (
	valueName = regexp.MustCompile(`\bvalues\.([a-z][a-z0-9_]*)`)
	factName  = regexp.MustCompile(`\b(?:fields|answers\.[a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)`)
	quoted    = regexp.MustCompile(`'([a-z][a-z0-9_]*)'|"([a-z][a-z0-9_]*)"`)
)

// mayBe returns the posts that an assignee may turn out to be, in the order of the procedure: those that its expression names
// itself, by rules, or by fields whose vocabulary has codes of posts.
func (g *graph) mayBe(a *procedurev1.Assignee) []*procedurev1.Post {
	named := map[string]bool{a.GetPost(): true}
	seen := map[string]bool{}
	var read func(expression string)
	read = func(expression string) {
		for _, m := range quoted.FindAllStringSubmatch(expression, -1) {
			named[m[1]+m[2]] = true
		}
		for _, m := range factName.FindAllStringSubmatch(expression, -1) {
			for _, code := range g.codes(m[1]) {
				named[code] = true
			}
		}
		for _, m := range valueName.FindAllStringSubmatch(expression, -1) {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			for _, r := range g.procedure.GetRules() {
				if r.GetTarget() != m[1] {
					continue
				}
				for _, c := range r.GetCases() {
					named[c.GetValue()] = true
					read(c.GetExpression())
				}
			}
		}
	}
	read(a.GetExpression())
	var posts []*procedurev1.Post
	for _, p := range g.procedure.GetPosts() {
		if named[p.GetKey()] {
			posts = append(posts, p)
		}
	}
	return posts
}

// codes returns the codes that a field of the complaint or of this flow's forms may have.
func (g *graph) codes(field string) []string {
	fields := g.procedure.GetFields()
	for _, s := range g.flow.GetSteps() {
		fields = append(append(fields[:len(fields):len(fields)], s.GetTask().GetForm()...), s.GetQuestion().GetForm()...)
	}
	var codes []string
	for _, f := range fields {
		if f.GetKey() != field || f.GetVocabulary() == "" {
			continue
		}
		for _, v := range g.procedure.GetVocabularies() {
			if v.GetKey() != f.GetVocabulary() {
				continue
			}
			for _, t := range v.GetTerms() {
				codes = append(codes, t.GetCode())
			}
		}
	}
	return codes
}
