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
	broken   bool                    // the contract's rules are, so that nothing further was looked at
	sets     map[string]holidays.Set // holidays by key, in place of the shipped ones

	register *cel.Env  // what is known when a complaint is registered
	decide   *cel.Env  // what branches, guards and assignees see
	classify *cel.Env  // what rules see
	starting *cel.Env  // what the conditions of clocks see
	measure  *cel.Env  // what metrics see
	vars     variables // of both: the environments say which of them an expression may name
	ruled    map[string]bool
}

// Compile checks a procedure and makes the form that services decide by. It fails with *InvalidError, which holds every error:
// names that lead nowhere, keys given twice, expressions that do not type-check or could cost too much, steps that nothing leads
// to, flows that cannot end, clocks that nothing can stop. What it accepts stays accepted: services compile editions that were
// published long ago. Verify asks for more, of what is to be published.
func Compile(in *procedurev1.Procedure) (*Procedure, error) {
	c := compileAll(in)
	if len(c.findings) > 0 {
		return nil, &InvalidError{c.findings}
	}
	return c.out, nil
}

// compileAll compiles as far as it can. Where the contract's rules are broken it stops there: what follows relies on them.
func compileAll(in *procedurev1.Procedure) *compiler {
	c := &compiler{
		in:    in,
		out:   &Procedure{Code: in.GetCode(), Edition: in.GetEdition(), Digest: Digest(in), Name: label(in.GetName()), source: in},
		vars:  variables{},
		ruled: map[string]bool{},
	}
	// The order matters: expressions need the fields and rules, clocks the flows and calendars.
	c.contract()
	if len(c.findings) > 0 {
		c.broken = true
		return c
	}
	c.numbers()
	c.compileCalendars()
	c.compileVocabularies()
	c.out.Fields = c.fields("fields", in.GetFields(), false)
	c.compilePosts()
	c.declare()
	c.requirements("fields", c.register, in.GetFields(), c.out.Fields)
	c.compileRules()
	c.compileFlows()
	c.compileActions()
	c.compileCharges()
	c.compileClocks()
	c.compileDirectory()
	c.compileVisits()
	c.compileMetrics()
	c.compileForms()
	c.compileScorecards()
	c.compileReports()
	c.checkEnds()
	return c
}

// found notes an error. Compiling goes on, so that an author sees everything at once.
func (c *compiler) found(code FindingCode, path, format string, args ...any) {
	c.findings = append(c.findings, Finding{Code: code, Path: path, Detail: fmt.Sprintf(format, args...)})
}

// contract applies the rules that stand in the .proto file, and refuses what only a newer Redress can read.
func (c *compiler) contract() {
	if hasUnknown(c.in.ProtoReflect()) {
		c.found(NewerLanguage, "", "it holds fields that this Redress does not know: it was written for a newer one")
	}
	err := protovalidate.Validate(c.in)
	var broken *protovalidate.ValidationError
	if errors.As(err, &broken) {
		for _, v := range broken.Violations {
			c.found(ContractBroken, protovalidate.FieldPathString(v.Proto.GetField()), "%s", v.Proto.GetMessage())
		}
	} else if err != nil {
		c.found(ContractBroken, "", "%v", err)
	}
}

// unique reports the keys that are given twice.
func unique[T any](c *compiler, path string, list []T, keyOf func(T) string) {
	seen := make(map[string]bool, len(list))
	for _, item := range list {
		key := keyOf(item)
		if seen[key] {
			c.found(KeyTaken, at(path, key), "the key is taken; give it another")
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
		keys := make([]string, len(c.out.Posts))
		for i, p := range c.out.Posts {
			keys[i] = p.Key
		}
		c.found(PostUnknown, path, "there is no post %q%s; add it to posts, or name one of them", key, meant(key, keys))
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
	return a
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
		c.found(NothingCloses, "closing", "nothing closes a complaint; name a trigger in closing.on, or let a visit close it")
	}
}
