package domain

import (
	"errors"
	"maps"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Completion is what completes work.
type Completion struct {
	// Outcome is the answer or decision; "" for a task.
	Outcome string
	// Fields are the facts that the step asks for.
	Fields map[string]procedure.Value
	// Content are the kinds of content that it carries.
	Content []string
	// OccurTime is when it was really done.
	OccurTime time.Time
}

// Caller is who completes work.
type Caller struct {
	// Subject names it.
	Subject string
	// Anywhere: it may complete the work of any post.
	Anywhere bool
}

// Complete returns c with one piece of its work completed, moved on to what follows.
//
// It fails with a fault when there is no such work or it has ended, when the caller does not sit in its post, when the completion
// lacks something (all of that is said at once) or makes a charge that cannot be, when its time is before the work opened or after now, or when nobody can be given
// what follows; and with a StuckError when the procedure fails otherwise. c is returned unchanged then.
func Complete(s Setting, c Case, workID string, done Completion, by Caller, now time.Time) (Case, []Event, error) {
	// What is not the caller's business comes before what is wrong with the completion: a stranger learns nothing of the form.
	i := c.indexOfWork(workID)
	if i < 0 {
		return c, nil, WorkNotFound(workID)
	}
	w := c.Work[i]
	if w.State != WorkOpen {
		return c, nil, workNotOpen(w)
	}
	if err := mayComplete(w, by, s.Sitting(w.Post, now)); err != nil {
		return c, nil, err
	}
	m, err := s.begin(c, done.OccurTime)
	if err != nil {
		return c, nil, err
	}
	step, ok := m.flow.Step(w.Step)
	if !ok {
		return c, nil, stuck(w.Step, "the flow %q has no such step", m.flow.Key)
	}
	if err := checkCompletion(step, c.Facts, w, done, now); err != nil {
		return c, nil, err
	}
	for _, ch := range s.Procedure.Charges {
		if e, found := ch.Excess(w.Step, done.Fields); found {
			return c, nil, chargeInvalid(e, w.Step)
		}
	}
	m.by = doer{w.Step, w.Post, by.Subject}
	m.complete(i, done)
	if err := m.reclassify(); err != nil {
		return c, nil, err
	}
	if err := m.proceed(step, m.c.Work[i]); err != nil {
		var stuck *StuckError
		if errors.Is(err, ErrNoPost) && errors.As(err, &stuck) {
			err = nobodyNext(stuck)
		}
		return c, nil, err
	}
	if err := m.judge(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}

// mayComplete fails unless the caller sits in the post now or acts for it, did so when the work opened, or may act for any post. So
// open work moves with the post when its holder changes. Where nobody sits, anybody may whom the method lets in: work must not lie
// because the directory has a hole.
func mayComplete(w Work, by Caller, sitting []string) error {
	if by.Anywhere || sitting[0] == "" || slices.Contains(sitting, by.Subject) || by.Subject == w.Person {
		return nil
	}
	return notOnDuty(w.Post)
}

// complete ends the work as done and records its facts, also those of a decision that does not decide its step yet: other services
// follow a complaint by the same rule, from the event alone.
func (m *move) complete(i int, done Completion) {
	w := &m.c.Work[i]
	w.State, w.EndTime, w.Outcome, w.Fields, w.Changed = WorkCompleted, m.at, done.Outcome, done.Fields, true
	m.c.Facts = m.c.Facts.Complete(w.Step, done.Outcome, done.Fields)
	m.emit(Completed{*w, slices.Clone(done.Content)})
}

// reclassify works the values out anew from what is known now, and tells of them where they have become others.
func (m *move) reclassify() error {
	if m.flow.Action {
		return nil // its values stay those of the complaint at its opening
	}
	values, err := m.Procedure.Classify(m.c.Facts)
	if err != nil {
		return &StuckError{Err: err}
	}
	if !maps.Equal(values, m.c.Facts.Values) {
		m.c.Facts.Values = values
		m.emit(Classified{m.c.Facts.Round, values})
	}
	return nil
}

// proceed goes on from completed work: up a ladder, out of the step when the work decides it, or nowhere yet.
func (m *move) proceed(step *procedure.Step, w Work) error {
	if step.Kind == procedure.Approval {
		switch step.Mode {
		case procedure.Ladder:
			if w.Outcome == procedure.Escalate {
				return m.openWork(step, w.Rung+1)
			}
		case procedure.Any:
			if w.Outcome != procedure.Approve && m.c.hasOpen(step.Key) {
				return nil // another may still approve
			}
		case procedure.All:
			if w.Outcome != procedure.Reject && m.c.hasOpen(step.Key) {
				return nil // the others have not approved yet
			}
		}
		m.cancelWork(step.Key) // the others need not decide any more
	}
	if err := m.leave(step, w.Outcome); err != nil {
		return err
	}
	return m.settle()
}
