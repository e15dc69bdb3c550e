package procedure

import (
	"errors"
	"fmt"
	"slices"

	"buf.build/go/protovalidate"
	"cel.dev/cel-go/cel"

	"redress.dev/pkg/calendar/holidays"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compiler gathers the compiled form and whatever is wrong.
type compiler struct {
	in       *procedurev1.Procedure
	out      *Procedure
	findings []Finding
	sets     map[string]holidays.Set // holidays by key, in place of the shipped ones

	decide   *cel.Env  // what branches, guards and assignees see
	classify *cel.Env  // what rules see
	starting *cel.Env  // what the conditions of clocks see
	measure  *cel.Env  // what metrics see
	vars     variables // of both: the environments say which of them an expression may name
	ruled    map[string]bool
}

// Compile checks a procedure and makes the form that services decide by. It fails with *InvalidError, which holds every finding:
// names that lead nowhere, keys given twice, expressions that do not type-check or could cost too much, steps that nothing leads
// to, flows that cannot end, clocks that nothing can stop.
func Compile(in *procedurev1.Procedure) (*Procedure, error) {
	c := &compiler{
		in:    in,
		out:   &Procedure{Code: in.GetCode(), Edition: in.GetEdition(), Digest: Digest(in), Name: label(in.GetName()), source: in},
		vars:  variables{},
		ruled: map[string]bool{},
	}
	// The order matters: expressions need the fields and rules, clocks the flows and calendars.
	c.contract()
	if len(c.findings) > 0 {
		return nil, &InvalidError{c.findings} // what follows relies on the contract's rules
	}
	c.numbers()
	c.compileCalendars()
	c.compileVocabularies()
	c.out.Fields = c.fields("fields", in.GetFields(), false)
	c.compilePosts()
	c.declare()
	c.compileRules()
	c.compileFlows()
	c.compileClocks()
	c.compileDirectory()
	c.compileVisits()
	c.compileMetrics()
	c.checkEnds()
	if len(c.findings) > 0 {
		return nil, &InvalidError{c.findings}
	}
	return c.out, nil
}

// find notes a finding. Compiling goes on, so that an author sees everything at once.
func (c *compiler) find(path, format string, args ...any) {
	c.findings = append(c.findings, Finding{Path: path, Detail: fmt.Sprintf(format, args...)})
}

// contract applies the rules that stand in the .proto file, and refuses what only a newer Redress can read.
func (c *compiler) contract() {
	if hasUnknown(c.in.ProtoReflect()) {
		c.find("", "it holds fields that this Redress does not know: it was written for a newer one")
	}
	err := protovalidate.Validate(c.in)
	var broken *protovalidate.ValidationError
	if errors.As(err, &broken) {
		for _, v := range broken.Violations {
			c.find(protovalidate.FieldPathString(v.Proto.GetField()), "%s", v.Proto.GetMessage())
		}
	} else if err != nil {
		c.find("", "%v", err)
	}
}

// unique reports the keys that are given twice.
func unique[T any](c *compiler, path string, list []T, keyOf func(T) string) {
	seen := make(map[string]bool, len(list))
	for _, item := range list {
		key := keyOf(item)
		if seen[key] {
			c.find(at(path, key), "the key is taken; give it another")
		}
		seen[key] = true
	}
}

// at returns the path of an item of a list.
func at(path, key string) string { return path + "[" + key + "]" }

func label(l *procedurev1.Label) Label { return Label{Zh: l.GetZh(), En: l.GetEn()} }

// compilePosts takes over the posts; everything that names one comes after.
func (c *compiler) compilePosts() {
	for _, p := range c.in.GetPosts() {
		c.out.Posts = append(c.out.Posts, Post{Key: p.GetKey(), Name: label(p.GetName()), Unit: label(p.GetUnit()), Head: p.GetHead()})
	}
	unique(c, "posts", c.out.Posts, func(p Post) string { return p.Key })
}

// knownPost reports a post that does not exist.
func (c *compiler) knownPost(path, key string) {
	if _, ok := c.out.Post(key); !ok {
		c.find(path, "there is no post %q; add it to posts, or name one of them", key)
	}
}

// assignee compiles who gets work.
func (c *compiler) assignee(path string, in *procedurev1.Assignee) Assignee {
	a := Assignee{post: in.GetPost(), source: in.GetExpression(), owner: c.out, path: path}
	if in.GetExpression() == "" {
		c.knownPost(path+".post", a.post)
		return a
	}
	a.path += ".expression"
	a.expression = c.expression(a.path, in.GetExpression(), wantText)
	// The usual case is a rule's value as it stands: then its cases say which posts it can give.
	for _, r := range c.in.GetRules() {
		if in.GetExpression() == "values."+r.GetTarget() {
			c.givesPost(a.path, r)
		}
	}
	return a
}

// givesPost checks that a rule gives a post for every complaint.
func (c *compiler) givesPost(path string, r *procedurev1.Rule) {
	total := false
	for _, k := range r.GetCases() {
		total = total || k.GetWhen() == ""
		if k.GetExpression() != "" {
			continue // known only when it is evaluated
		}
		if _, ok := c.out.Post(k.GetValue()); !ok {
			c.find(path, "the rule %s can give %q, which is no post", r.GetTarget(), k.GetValue())
		}
	}
	if !total {
		c.find(path, "the rule %s leaves some complaints without a post; end it with a case that always holds", r.GetTarget())
	}
}

// assignees compiles a list: recipients, or approvers in the order of a ladder.
func (c *compiler) assignees(path string, in []*procedurev1.Assignee) []Assignee {
	var out []Assignee
	for i, a := range in {
		out = append(out, c.assignee(fmt.Sprintf("%s[%d]", path, i), a))
	}
	return out
}

// checkEnds sees that something closes a complaint.
func (c *compiler) checkEnds() {
	closes := func(v *Visit) bool {
		return v.Satisfied == Close || v.Dissatisfied == Close || v.Unreached == Close
	}
	if len(c.out.Closing) == 0 && !slices.ContainsFunc(c.out.Visits, closes) {
		c.find("closing", "nothing closes a complaint; name a trigger in closing.on, or let a visit close it")
	}
}
