package procedure

import (
	"fmt"
	"regexp"
)

// Flow is one way in: a graph of steps.
type Flow struct {
	Key  string
	Name Label
	// Steps in the order of the pack; a complaint begins at the first.
	Steps []*Step
	// Reopen is the step at which a reopened complaint begins its next round.
	Reopen string
	// Action: it is the flow of an action. No rules run in it: their values stay what they were when it opened.
	Action bool
}

// Step returns the step with this key.
func (f *Flow) Step(key string) (*Step, bool) {
	return find(f.Steps, key, func(s *Step) string { return s.Key })
}

func (f *Flow) stepKeys() []string {
	keys := make([]string, len(f.Steps))
	for i, s := range f.Steps {
		keys[i] = s.Key
	}
	return keys
}

// First returns the step at which round begins.
func (f *Flow) First(round int) *Step {
	if round > 1 {
		s, _ := f.Step(f.Reopen) // Compile has seen that it exists
		return s
	}
	return f.Steps[0]
}

// StepKind is what a step is.
type StepKind int

// The kinds.
const (
	Task     StepKind = iota + 1 // work that a post does and completes
	Question                     // a post answers; the answer picks the branch
	Check                        // decided at once, by expressions
	Notice                       // posts are told; nobody waits
	Approval                     // posts decide
)

// Work reports whether a step of this kind opens work for a post; the others are done at once.
func (k StepKind) Work() bool { return k == Task || k == Question || k == Approval }

// The decisions that complete the work of an approval.
const (
	Approve  = "approve"
	Reject   = "reject"
	Escalate = "escalate" // on a ladder: pass it up
)

// Mode is how the decisions of several approvers combine.
type Mode int

// The modes.
const (
	All    Mode = iota // every approver must approve; the first rejection rejects
	Any                // one approval is enough; it is rejected when all have rejected
	Ladder             // one after the other; each may pass it up, but the last
)

// Step is one node of a flow.
type Step struct {
	Key  string
	Name Label
	Kind StepKind
	// Text is the question as it is asked.
	Text Label
	// Assignees: one for a task or a question, the recipients of a notice, the approvers in the order of a ladder; none for a check.
	Assignees []Assignee
	// Mode of an approval.
	Mode Mode
	// Guidance is what staff keep in mind or say while they do the work; may be empty.
	Guidance Label
	// Form is what completing the work records.
	Form []Field
	// RequiredContent are the kinds of content that completing it must carry.
	RequiredContent []string
	// Answers to a question.
	Answers []Answer
	// Milestone reached when the step is done; may be empty.
	Milestone string
	// Join: the step opens only when all its incoming branches have arrived.
	Join bool
	// Sources are the steps that may lead to this one, in the order of the pack.
	Sources []string

	next     []branch // task, check, notice; approval: where approval leads
	rejected []branch
}

// Answer is one answer to a question.
type Answer struct {
	Code string
	Name Label
	// Next are the steps that open.
	Next []string
}

// branch is one way out of a step.
type branch struct {
	when *expression // nil always holds
	step string      // "" ends the branch
}

// Assignee says which post gets a step's work.
type Assignee struct {
	post       string
	expression *expression
	source     string // the expression as it is written
	owner      *Procedure
	path       string
}

// Post returns the key of the post, given the complaint's facts. It fails when an expression gives no post of the procedure.
func (a Assignee) Post(f Facts) (string, error) {
	if a.expression == nil {
		return a.post, nil
	}
	key, err := a.expression.text(f)
	if err != nil {
		return "", err
	}
	if _, ok := a.owner.Post(key); !ok {
		return "", fmt.Errorf("%s gives the post %q, which the procedure does not have", a.path, key)
	}
	return key, nil
}

// Choice says how an assignee comes to its post.
type Choice struct {
	// Expression as it is written; "" where the step names the post.
	Expression string
	// Target of the first rule whose value the expression reads, and that rule's requirement; may be empty.
	Target, Clause string
}

var ruleValue = regexp.MustCompile(`\bvalues\.([a-z][a-z0-9_]*)`)

// Choice returns how the assignee comes to its post, for people to read.
func (a Assignee) Choice() Choice {
	out := Choice{Expression: a.source}
	if m := ruleValue.FindStringSubmatch(a.source); m != nil {
		out.Target = m[1]
	}
	for _, r := range a.owner.source.GetRules() {
		if r.GetTarget() == out.Target {
			out.Clause = r.GetClause()
		}
	}
	return out
}

// Outcomes returns what may complete the work of the step's rung-th approver (from 0): a question's answers, an approval's
// decisions, nothing for a task.
func (s *Step) Outcomes(rung int) []string {
	switch s.Kind {
	case Question:
		codes := make([]string, len(s.Answers))
		for i, a := range s.Answers {
			codes[i] = a.Code
		}
		return codes
	case Approval:
		if s.Mode == Ladder && rung < len(s.Assignees)-1 {
			return []string{Approve, Reject, Escalate}
		}
		return []string{Approve, Reject}
	default:
		return nil
	}
}

// After returns the steps that open when the step is done, in the order of the pack; none when the branch ends.
//
// outcome is the answer to a question, Approve or Reject for an approval, "" for any other step. f holds the facts with the
// step's own answers in them.
func (s *Step) After(outcome string, f Facts) ([]string, error) {
	switch {
	case s.Kind == Question:
		a, ok := find(s.Answers, outcome, func(a Answer) string { return a.Code })
		if !ok {
			return nil, fmt.Errorf("step %s has no answer %q", s.Key, outcome)
		}
		return a.Next, nil
	case s.Kind == Approval && outcome == Reject:
		return taken(s.rejected, f)
	case s.Kind == Approval && outcome != Approve:
		return nil, fmt.Errorf("step %s is not decided by %q", s.Key, outcome)
	}
	return taken(s.next, f)
}

// taken returns the steps of the branches that hold.
func taken(branches []branch, f Facts) ([]string, error) {
	var steps []string
	for _, b := range branches {
		holds, err := b.when.holds(f)
		if err != nil {
			return nil, err
		}
		if holds && b.step != "" {
			steps = append(steps, b.step)
		}
	}
	return steps, nil
}
