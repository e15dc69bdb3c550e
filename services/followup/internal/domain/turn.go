package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// turn is one happening or one call while it is being decided: the file as it becomes, and the events so far.
type turn struct {
	file  File
	rules *procedure.Procedure
	newID func() string
	// occur is when all that this turn leads to occurred.
	occur  time.Time
	events []Event
	// spawned are the actions that have begun.
	spawned []File
}

// emit adds an event and gives it the next version.
func (t *turn) emit(actor string, body Body) {
	t.file.Version++
	t.file.Changed = true
	t.events = append(t.events, Event{About: t.file.ComplaintID, Version: t.file.Version, Actor: actor, OccurTime: t.occur, Body: body})
}

// happened lets the procedure react to o: it may open actions, close the complaint, and make visits due. Only what happened while the
// complaint was open counts, or its closing.
func (t *turn) happened(o procedure.Occurrence) error {
	// Whether it was open before: a visit may be due after the very thing that closes the complaint.
	open := t.file.State == Open
	if open || o.Kind == procedure.Closed {
		if err := t.act(o); err != nil {
			return err
		}
	}
	if open && t.rules.Closes(o) {
		if err := t.close(Self, ByProcedure); err != nil {
			return err
		}
	}
	if !open && o.Kind != procedure.Closed {
		return nil
	}
	for _, plan := range t.rules.Visits {
		if !plan.After.Matches(o) || t.file.isDue(plan.Key) {
			continue
		}
		if err := t.schedule(plan); err != nil {
			return err
		}
	}
	return nil
}

// schedule makes a visit of the plan due, unless the plan's condition says no.
func (t *turn) schedule(plan *procedure.Visit) error {
	holds, err := plan.Applies(t.file.Facts)
	if err != nil || !holds {
		return err
	}
	// The post is asked now and kept: later facts do not move a visit that somebody may be making.
	post, err := plan.Assignee.Post(t.file.Facts)
	if err != nil {
		return err
	}
	v := Visit{ID: t.newID(), Plan: plan.Key, Round: t.file.Facts.Round, Post: post, State: Due, ScheduleTime: t.occur}
	t.file.Visits = append(slices.Clone(t.file.Visits), v)
	t.emit(Self, VisitScheduled{VisitID: v.ID, Plan: v.Plan, Round: v.Round, Post: v.Post})
	return nil
}

// close closes the complaint unless it is closed already: the visit may have been made after the closing.
func (t *turn) close(actor string, reason CloseReason) error {
	if t.file.State == Closed {
		return nil
	}
	t.end(Closed)
	t.emit(actor, ComplaintClosed{Round: t.file.Facts.Round, Reason: reason})
	return t.happened(procedure.Occurrence{Kind: procedure.Closed})
}

// reopen begins a new round, in which what was due in the old one is due no more.
func (t *turn) reopen(actor, visitID string) error {
	t.end(Open)
	t.file.Facts.Round++
	t.emit(actor, ComplaintReopened{Round: t.file.Facts.Round, VisitID: visitID})
	return t.happened(procedure.Occurrence{Kind: procedure.Reopened})
}

// end brings the file into state and cancels the visits that are due.
func (t *turn) end(state State) {
	t.file.State, t.file.Changed = state, true
	t.file.Visits = slices.Clone(t.file.Visits)
	for i, v := range t.file.Visits {
		if v.State == Due {
			t.file.Visits[i].State, t.file.Visits[i].EndTime = Cancelled, t.occur
		}
	}
}
