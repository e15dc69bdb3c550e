package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// StuckError says that a procedure does not say what comes next: an expression fails or names a post that does not exist, or the
// edition lacks what an event speaks of. Trying again gives the same.
type StuckError struct {
	// Step at which it happened; "" where it was none.
	Step string
	Err  error
}

// Error names the step and the cause.
func (e *StuckError) Error() string {
	if e.Step == "" {
		return e.Err.Error()
	}
	return "step " + e.Step + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *StuckError) Unwrap() error { return e.Err }

// ErrNoPost is the cause of a StuckError where nobody can be given work, or told something.
var ErrNoPost = errors.New("it has no post of the procedure")

// stuck returns a StuckError with a message.
func stuck(step, format string, args ...any) error {
	return &StuckError{Step: step, Err: fmt.Errorf(format, args...)}
}

// move is one decision in the making: a copy of the case, and what has happened to it so far. Given up, it leaves no trace.
type move struct {
	Setting
	flow   *procedure.Flow
	c      Case
	at     time.Time // when its cause really happened, and so everything in it
	events []Event
	passed map[string]bool // steps done at once that it has been through
	by     doer
}

// begin returns a move of c that occurs at the instant at.
func (s Setting) begin(c Case, at time.Time) (*move, error) {
	flow, ok := s.Procedure.Graph(c.Facts.Flow)
	if !ok {
		return nil, stuck("", "the procedure has no flow %q", c.Facts.Flow)
	}
	c.Milestones, c.Waiting, c.Work, c.Charges = slices.Clone(c.Milestones), slices.Clone(c.Waiting), slices.Clone(c.Work), slices.Clone(c.Charges)
	return &move{Setting: s, flow: flow, c: c, at: at, passed: map[string]bool{}}, nil
}

// finish returns the case as the move leaves it, and what happened.
func (m *move) finish() (Case, []Event) {
	m.c.Version++
	m.c.EventVersion += int64(len(m.events))
	return m.c, m.events
}

// emit adds an event behind those so far.
func (m *move) emit(e Event) { m.events = append(m.events, e) }

// startRound classifies the complaint for the round and enters its first step.
func (m *move) startRound(round int) error {
	m.c.Facts.Round = round
	if !m.flow.Action {
		values, err := m.Procedure.Classify(m.c.Facts)
		if err != nil {
			return &StuckError{Err: err}
		}
		m.c.Facts.Values = values
		m.emit(Classified{round, values})
	}
	if err := m.enter(m.flow.First(round).Key); err != nil {
		return err
	}
	return m.settle()
}

// enter brings a branch to a step, and on through those that are done at once. A step that is open already takes the branch in: it
// does not open twice side by side.
func (m *move) enter(key string) error {
	step, ok := m.flow.Step(key)
	switch {
	case !ok:
		return stuck(key, "the flow %q has no such step", m.flow.Key)
	case step.Join && !m.c.hasOpen(key): // settle opens it
		if !slices.Contains(m.c.Waiting, key) {
			m.c.Waiting = append(m.c.Waiting, key)
		}
		return nil
	}
	return m.open(step)
}

// open opens a step, or goes through it when it is done at once.
//
// Nothing that expressions see changes during a move, so a branch that comes to a step which another has been through would do the
// same again, and ends there. That bounds every move by the number of steps. Circles of such steps do not pass procedure.Compile.
func (m *move) open(step *procedure.Step) error {
	if step.Kind.Work() {
		if m.c.hasOpen(step.Key) {
			return nil
		}
		return m.openWork(step, 0)
	}
	if m.passed[step.Key] {
		return nil
	}
	m.passed[step.Key] = true
	if step.Kind == procedure.Notice {
		told, _, err := posts(step.Assignees, m.c.Facts)
		if err != nil {
			return &StuckError{step.Key, err}
		}
		m.emit(NoticeIssued{About: step.Key, Posts: told, Round: m.c.Facts.Round})
	}
	return m.leave(step, "")
}

// openWork opens the work of a step: of one post, of every approver, or of the approver on one rung of a ladder.
func (m *move) openWork(step *procedure.Step, rung int) error {
	asked := step.Assignees
	if step.Kind == procedure.Approval && step.Mode == procedure.Ladder {
		asked = asked[rung : rung+1]
	}
	keys, indices, err := posts(asked, m.c.Facts)
	if err != nil {
		return &StuckError{step.Key, err}
	}
	// The posts are found before any work opens, so that an approval is never asked in part.
	for n, post := range keys {
		w := Work{
			ID: m.NewID(), Step: step.Key, Rung: rung + indices[n], Round: m.c.Facts.Round,
			Post: post, Person: m.acting(post, m.at), State: WorkOpen, OpenTime: m.at, Changed: true,
		}
		m.c.Work = append(m.c.Work, w)
		m.emit(Opened{w, step.Kind})
	}
	return nil
}

// leave ends a step that is done: it signs the charges that wait for it, reaches the step's milestone, if it has one, and follows the branches that hold. An approval
// reaches its milestone by being approved; what was rejected has not come that far.
func (m *move) leave(step *procedure.Step, outcome string) error {
	m.sign(step.Key, outcome)
	if step.Milestone != "" && (step.Kind != procedure.Approval || outcome == procedure.Approve) {
		if !slices.Contains(m.c.Milestones, step.Milestone) {
			m.c.Milestones = append(m.c.Milestones, step.Milestone)
		}
		m.emit(MilestoneReached{Milestone: step.Milestone, Step: step.Key, Round: m.c.Facts.Round})
	}
	next, err := step.After(outcome, m.c.Facts)
	if err != nil {
		return &StuckError{step.Key, err}
	}
	// In the order of the pack: what opens, and in which order, is the same every time.
	for _, key := range next {
		if err := m.enter(key); err != nil {
			return err
		}
	}
	return nil
}

// cancelWork cancels the open work of a step, or with "" of all steps.
func (m *move) cancelWork(step string) {
	for i := range m.c.Work {
		w := &m.c.Work[i]
		if w.State == WorkOpen && (step == "" || w.Step == step) {
			w.State, w.EndTime, w.Changed = WorkCancelled, m.at, true
			m.emit(Cancelled{*w})
		}
	}
}
