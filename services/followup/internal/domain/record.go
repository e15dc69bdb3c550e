package domain

import (
	"fmt"
	"slices"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Reasons of faults.
const (
	ReasonVisitNotDue = "VISIT_NOT_DUE"
	ReasonTimeInvalid = "TIME_INVALID"
)

// futureTolerance is how far a caller's clock may be ahead of ours.
const futureTolerance = 5 * time.Minute

// Call is one call to a complainant as its caller reports it.
type Call struct {
	VisitID string
	Outcome procedure.VisitOutcome
	// Fields are what was recorded in the form of the visit.
	Fields map[string]procedure.Value
	// EndTime is when the call ended; zero means now.
	EndTime time.Time
	// Actor is who reports it.
	Actor string
}

// Record returns f after a call at the time now, and the events that follow, all of which occurred when the call ended. p is
// the edition of f.
//
// A call that did not reach the complainant leaves the visit due until the plan's attempts are used up. The call that ends the
// visit has the plan's consequence: the complaint closes, or reopens unless the plan's rounds are used up, which closes it too.
// Without a consequence the procedure may react to the visit as to any other happening.
//
// It fails with VISIT_NOT_DUE when the visit has ended, and with TIME_INVALID when the call ended more than five minutes after
// now or before the visit was due, and as procedure.CheckForm when fields are not what the plan's form asks for; f stays as it was.
func (f File) Record(c Call, now time.Time, p *procedure.Procedure, newID func() string) (File, []Event, error) {
	v, ok := f.Visit(c.VisitID)
	if !ok || v.State != Due {
		return f, nil, NotDue(v.State)
	}
	plan, ok := p.Visit(v.Plan)
	if !ok {
		return f, nil, fmt.Errorf("visit %s is of the plan %s, which edition %s does not have", v.ID, v.Plan, p.Digest)
	}
	occur, err := c.occurTime(v, now)
	if err != nil {
		return f, nil, err
	}
	if err := c.checkForm(plan, f.Facts); err != nil {
		return f, nil, err
	}
	t := turn{file: f, rules: p, newID: newID, occur: occur}
	t.file.Facts = f.Facts.Visited(plan.Key, c.Fields)
	if c.Outcome == procedure.Unreached {
		v.Attempts++
	}
	final := c.Outcome != procedure.Unreached || v.Attempts >= plan.MaxAttempts
	if final {
		v.State, v.EndTime, v.Outcome = Done, occur, c.Outcome
	}
	t.put(v)
	t.emit(c.Actor, VisitRecorded{VisitID: v.ID, Plan: v.Plan, Round: v.Round, Outcome: c.Outcome, Attempts: v.Attempts, Final: final, Fields: c.Fields})
	if final {
		err = t.follow(plan, v, c.Actor)
	}
	if err != nil {
		return f, nil, err
	}
	t.file.Opened = append(t.file.Opened, t.spawned...)
	return t.file, t.events, nil
}

// checkForm holds what the call recorded against the plan's form, and reports everything that is wrong at once. Who was not reached was
// not asked: nothing is required then.
func (c Call) checkForm(plan *procedure.Visit, facts procedure.Facts) error {
	wrong := procedure.CheckForm(plan.Form, facts.Visited(plan.Key, c.Fields), c.Fields)
	if c.Outcome == procedure.Unreached {
		wrong = slices.DeleteFunc(wrong, func(e *fault.Error) bool { return e.Reason == "FIELD_REQUIRED" })
	}
	return fault.All(wrong)
}

// NotDue is the fault of a visit in state that somebody wants to record.
func NotDue(state VisitState) error {
	return fault.New(fault.Precondition, ReasonVisitNotDue, "the visit is %s; only a visit that is DUE can be recorded", state).
		At("visit_id").With("state", state.String())
}

// occurTime returns when the call ended.
func (c Call) occurTime(v Visit, now time.Time) (time.Time, error) {
	invalid := func(format string, args ...any) *fault.Error {
		return fault.New(fault.Invalid, ReasonTimeInvalid, format, args...).At("occur_time")
	}
	switch {
	case c.EndTime.IsZero() && now.Before(v.ScheduleTime):
		return v.ScheduleTime, nil // it became due by a clock that is a little ahead of ours
	case c.EndTime.IsZero():
		return now, nil
	case c.EndTime.After(now.Add(futureTolerance)):
		return c.EndTime, invalid("the call ended at %s, which is in the future; it is %s now", c.EndTime.Format(time.RFC3339), now.Format(time.RFC3339)).
			With("now", now.Format(time.RFC3339))
	case c.EndTime.Before(v.ScheduleTime):
		return c.EndTime, invalid("the call ended at %s, before the visit was due at %s", c.EndTime.Format(time.RFC3339), v.ScheduleTime.Format(time.RFC3339)).
			With("schedule_time", v.ScheduleTime.Format(time.RFC3339))
	}
	return c.EndTime, nil
}

// put replaces the visit with v's id.
func (t *turn) put(v Visit) {
	t.file.Visits = slices.Clone(t.file.Visits)
	for i := range t.file.Visits {
		if t.file.Visits[i].ID == v.ID {
			t.file.Visits[i] = v
		}
	}
}

// follow carries out what the plan says of a visit that ended.
func (t *turn) follow(plan *procedure.Visit, v Visit, actor string) error {
	// The reason is used only where the consequence closes.
	consequence, reason := plan.Satisfied, Accepted
	switch v.Outcome {
	case procedure.Satisfied:
	case procedure.Dissatisfied:
		consequence, reason = plan.Dissatisfied, NotAccepted
	case procedure.Unreached:
		consequence, reason = plan.Unreached, NotReached
	}
	if consequence == procedure.Reopen && plan.MaxRounds > 0 && t.file.Facts.Round >= plan.MaxRounds {
		consequence = procedure.Close
	}
	// A closing or reopening is what triggers see then; the visit itself only where it changed nothing.
	switch consequence {
	case procedure.Close:
		return t.close(actor, reason)
	case procedure.Reopen:
		return t.reopen(actor, v.ID)
	case procedure.Nothing:
	}
	return t.happened(procedure.Occurrence{Kind: procedure.VisitRecorded, Key: plan.Key})
}
