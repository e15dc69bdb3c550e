package domain

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Reasons of faults about actions.
const (
	ReasonActionUnknown     = "ACTION_UNKNOWN"
	ReasonActionOpenAlready = "ACTION_OPEN_ALREADY"
	ReasonActionNotOpen     = "ACTION_NOT_OPEN"
	ReasonProcedureMixed    = "PROCEDURE_MIXED"
	ReasonComplaintNeeded   = "COMPLAINT_NEEDED"
)

// Action is what a file holds that is an action's and not a complaint's. Its id is the file's ComplaintID.
type Action struct {
	// Key of the action in the procedure; "" for a complaint's file, and all else is empty then.
	Key string
	// Complaints that it is for, the one whose facts it began with first.
	Complaints []string
	OpenTime   time.Time
	// EndTime is zero while it is open.
	EndTime time.Time
	// CancelReason is a code.
	CancelReason string
}

// Tally is what a complaint's file knows of its actions of one key.
type Tally struct {
	// Opened counts those that opened with this complaint as their first: their numbers go on from it.
	Opened int `json:"opened,omitzero"`
	// Open are the ids of those that are open.
	Open []string `json:"open,omitempty"`
}

// Opening is an action that somebody opens.
type Opening struct {
	// Action is its key.
	Action string
	// ID is a UUIDv7.
	ID string
	// Actor is who opens it.
	Actor string
	// Time is when.
	Time time.Time
}

// OpenFor opens an action for complaints, at least one, of the procedure p: the edition of the first. It returns the files of the
// complaints, in their order, then that of the action, and the events. Whether the complaints are open plays no part.
//
// It fails with ACTION_UNKNOWN, PROCEDURE_MIXED, or ACTION_OPEN_ALREADY where one of them has such an action open and may have one only.
func OpenFor(complaints []File, o Opening, p *procedure.Procedure) ([]File, []Event, error) {
	a, err := actionOf(p, o.Action)
	if err != nil {
		return nil, nil, err
	}
	first := complaints[0]
	t := turn{file: first, rules: p, occur: o.Time}
	for _, c := range complaints {
		if c.Procedure != first.Procedure {
			return nil, nil, fault.New(fault.Invalid, ReasonProcedureMixed, "complaint %s runs by %s, %s by %s; open one action for each procedure",
				first.Number, first.Procedure, c.Number, c.Procedure).At("complaint_ids")
		}
		if !a.Many && len(c.Actions[a.Key].Open) > 0 {
			return nil, nil, fault.New(fault.Precondition, ReasonActionOpenAlready, "complaint %s has an action %s open, and may have one at a time; close or cancel that one first",
				c.Number, a.Key).At("complaint_ids").With("number", c.Number)
		}
	}
	action := t.begin(a, complaints, o.ID, o.Actor)
	out := []File{t.file}
	for _, c := range complaints[1:] {
		other := turn{file: c, occur: o.Time}
		other.joined(action, o.Actor)
		out, t.events = append(out, other.file), append(t.events, other.events...)
	}
	return append(out, action), t.events, nil
}

// OpenAlone opens an action without a complaint, which comes from analysis (S2-20, S3-75), with a number that was given to it.
//
// It fails with ACTION_UNKNOWN, and with COMPLAINT_NEEDED where the procedure does not let it be without one.
func OpenAlone(tenant string, o Opening, number string, p *procedure.Procedure) (File, []Event, error) {
	a, err := actionOf(p, o.Action)
	if err != nil {
		return File{}, nil, err
	}
	if !a.Alone {
		return File{}, nil, fault.New(fault.Invalid, ReasonComplaintNeeded, "the action %s of %s opens for complaints; name them", a.Key, p.Code).At("complaint_ids")
	}
	t := turn{rules: p, occur: o.Time}
	f := t.opened(a, File{Tenant: tenant, Facts: procedure.Facts{Received: o.Time}}, nil, number, o.ID, o.Actor)
	return f, t.events, nil
}

// actionOf returns an action of p.
func actionOf(p *procedure.Procedure, key string) (*procedure.Action, error) {
	if a, ok := p.Action(key); ok {
		return a, nil
	}
	var known []string
	for _, a := range p.Actions {
		known = append(known, a.Key)
	}
	return nil, fault.New(fault.Invalid, ReasonActionUnknown, "%s has no action %q; it has: %s", p.Code, key, strings.Join(known, ", ")).
		At("action").With("known", strings.Join(known, ", "))
}

// act opens the actions that o opens.
func (t *turn) act(o procedure.Occurrence) error {
	for _, a := range t.rules.Actions {
		opens, err := a.OpenedBy(o, t.file.Facts)
		if err != nil {
			return fmt.Errorf("action %s: %w", a.Key, err)
		}
		if opens && (a.Many || len(t.file.Actions[a.Key].Open) == 0) {
			t.spawned = append(t.spawned, t.begin(a, []File{t.file}, t.newID(), Self))
		}
	}
	return nil
}

// begin opens an action for complaints, the first of which is t's own, and tells that one of it.
func (t *turn) begin(a *procedure.Action, complaints []File, id, actor string) File {
	ids := make([]string, len(complaints))
	for i, c := range complaints {
		ids[i] = c.ComplaintID
	}
	seq := t.file.Actions[a.Key].Opened + 1
	action := t.opened(a, t.file, ids, a.Number(t.file.Number, seq), id, actor)
	t.joined(action, actor)
	tally := t.file.Actions[a.Key]
	tally.Opened = seq
	t.file.Actions[a.Key] = tally // joined has made the map t's own
	return action
}

// opened returns the file of an action that begins with the facts of f, and tells of it.
func (t *turn) opened(a *procedure.Action, f File, complaints []string, number, id, actor string) File {
	action := File{
		Tenant: f.Tenant, ComplaintID: id, Number: number, Procedure: t.rules.Code, Edition: t.rules.Digest, State: Open,
		Facts: a.Begin(f.Facts), Version: 1, Changed: true, Action: Action{Key: a.Key, Complaints: complaints, OpenTime: t.occur},
	}
	t.events = append(t.events, Event{About: id, Version: 1, Actor: actor, OccurTime: t.occur, Body: ActionOpened{
		Action: a.Key, Number: number, Complaints: complaints, Procedure: t.rules.Code, Edition: t.rules.Edition, Digest: t.rules.Digest, Facts: f.Facts,
	}})
	return action
}

// joined tells the complaint that an action has begun for it.
func (t *turn) joined(action File, actor string) {
	t.tally(action.Action.Key, func(open []string) []string { return append(open, action.ComplaintID) })
	t.emit(actor, ComplaintActionOpened{ActionID: action.ComplaintID, Action: action.Action.Key, Number: action.Number, Round: t.file.Facts.Round})
}

// tally changes which actions of a key are open.
func (t *turn) tally(key string, change func([]string) []string) {
	all := maps.Clone(t.file.Actions)
	if all == nil {
		all = map[string]Tally{}
	}
	one := all[key]
	one.Open = change(slices.Clone(one.Open))
	all[key] = one
	t.file.Actions = all
}

// Proceed returns the action f after h, which may close it, and the events that follow.
func (f File) Proceed(h procedure.Happening, p *procedure.Procedure) (File, []Event, error) {
	a, ok := p.Action(f.Action.Key)
	if !ok {
		return f, nil, fmt.Errorf("edition %s has no action %q", p.Digest, f.Action.Key)
	}
	t := turn{file: f, rules: p, occur: h.OccurTime}
	if h.Occurrence.Kind == procedure.WorkCompleted {
		t.file.Facts, t.file.Changed = h.Update(f.Facts), true
	}
	if f.State == Open && a.ClosedBy(h.Occurrence) {
		t.file.State, t.file.Action.EndTime = Closed, t.occur
		t.emit(Self, ActionClosed{Action: a.Key})
	}
	return t.file, t.events, nil
}

// Cancel returns the action f cancelled, and the event. It fails with ACTION_NOT_OPEN when it has ended.
func (f File) Cancel(reason, actor string, at time.Time) (File, []Event, error) {
	if f.State != Open {
		state := map[State]string{Closed: "CLOSED", Withdrawn: "CANCELLED"}[f.State]
		return f, nil, fault.New(fault.Precondition, ReasonActionNotOpen, "the action %s is %s; only an open one can be cancelled", f.Number, state).
			At("action_id").With("state", state)
	}
	t := turn{file: f, occur: at}
	t.file.State, t.file.Action.EndTime, t.file.Action.CancelReason = Withdrawn, at, reason
	t.emit(actor, ActionCancelled{Action: f.Action.Key, Reason: reason})
	return t.file, t.events, nil
}

// Ended returns the complaint f after one of its actions has ended, with what follows: it may close f, and make visits due. p is f's
// edition.
func (f File) Ended(action File, p *procedure.Procedure, newID func() string) (File, []Event, error) {
	t := turn{file: f, rules: p, newID: newID, occur: action.Action.EndTime}
	t.tally(action.Action.Key, func(open []string) []string {
		return slices.DeleteFunc(open, func(id string) bool { return id == action.ComplaintID })
	})
	t.emit(Self, ComplaintActionEnded{
		ActionID: action.ComplaintID, Action: action.Action.Key, Number: action.Number, Round: f.Facts.Round, Cancelled: action.State == Withdrawn,
	})
	if f.State != Withdrawn {
		if err := t.happened(procedure.Occurrence{Kind: procedure.ActionClosed, Key: action.Action.Key}); err != nil {
			return f, nil, err
		}
	}
	t.file.Opened = append(t.file.Opened, t.spawned...)
	return t.file, t.events, nil
}
