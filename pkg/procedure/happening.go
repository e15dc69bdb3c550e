package procedure

import "time"

// Happening is what one event means to a service that follows a complaint by its procedure. Only the parts that the event has
// are set.
type Happening struct {
	// EventID, Tenant, ComplaintID, Actor and TraceParent are the event's.
	EventID     string
	Tenant      string
	ComplaintID string
	Actor       string
	TraceParent string
	// OccurTime is when it really happened, RecordTime when its service recorded it.
	OccurTime  time.Time
	RecordTime time.Time
	// Round is the slip it belongs to; 0 where it belongs to none.
	Round int
	// Occurrence is what triggers look at; its Kind is 0 where it triggers nothing.
	Occurrence Occurrence

	// Registration is set on registration only.
	Registration *Registration
	// Amendment is set when what was registered was corrected.
	Amendment *Amendment
	// Values are what the rules worked out; on classification only.
	Values map[string]string
	// Work is set on work opened, completed or cancelled.
	Work *WorkHappening
	// Visit is set on a visit or an attempt recorded.
	Visit *VisitHappening
	// Migration is set when the complaint goes over to another edition; Values are then what that edition's rules work out.
	Migration *Migration
	// Withdrawn is true when the complainant has withdrawn, and for an action when somebody has cancelled it.
	Withdrawn bool
	// Action is set on what tells a complaint of one of its actions.
	Action *ActionHappening
}

// Registration is what is known of a complaint at its beginning.
type Registration struct {
	Number          string
	Procedure       string
	Edition         string // digest
	Flow            string
	Channel         string
	ComplainantKind string
	Fields          map[string]Value
	CountTime       time.Time
	// Action is set for an action: its beginning is the registration of what events name in a complaint's place. Flow is its key then.
	Action *ActionRegistration
}

// Amendment is what stands in a complaint's registration after it was corrected.
type Amendment struct {
	Channel         string
	ComplainantKind string
	Fields          map[string]Value
}

// ActionRegistration is what is known of an action at its beginning beside Registration.
type ActionRegistration struct {
	// Complaints that it is for, the one whose facts it sees first; may be empty.
	Complaints []string
	// Values, Answers and Received are the complaint's.
	Values   map[string]string
	Answers  map[string]map[string]Value
	Received time.Time
}

// ActionHappening is what happened to an action of a complaint.
type ActionHappening struct {
	ID, Key, Number string
	Ended           bool
	Cancelled       bool
}

// Migration is a complaint's going over to another edition of its procedure.
type Migration struct {
	// To is the digest of the edition.
	To string
	// Steps are the new keys of steps, by their old ones; a step that is not in it keeps its key.
	Steps map[string]string
	// Reason is a code.
	Reason string
}

// WorkHappening is what happened to one piece of work.
type WorkHappening struct {
	ID      string
	Step    string
	Post    string
	Person  string
	Outcome string
	Fields  map[string]Value
}

// Over reports whether h ends the complaint or action that it happens to, if only until that reopens.
func (h Happening) Over() bool {
	return h.Withdrawn || h.Occurrence.Kind == Closed || h.Occurrence.Kind == ActionClosed && h.Action == nil
}

// VisitHappening is what a return visit found: one of satisfied, dissatisfied, unreached.
type VisitHappening struct {
	ID      string
	Plan    string
	Outcome VisitOutcome
	// Final is false for an attempt after which another is due.
	Final bool
	// Fields are what was recorded in the visit's form.
	Fields map[string]Value
}

// VisitOutcome is what a return visit found.
type VisitOutcome int

// The outcomes, in the order of the contract's VisitOutcome.
const (
	Satisfied VisitOutcome = iota + 1
	Dissatisfied
	Unreached
)

// Update returns f after h. f itself is not changed.
func (h Happening) Update(f Facts) Facts {
	switch {
	case h.Registration != nil:
		r := h.Registration
		if a := r.Action; a != nil {
			return Facts{Channel: r.Channel, Flow: r.Flow, Fields: r.Fields, Round: 1, Received: a.Received, Values: a.Values, Answers: a.Answers}
		}
		return Facts{Channel: r.Channel, Flow: r.Flow, Fields: r.Fields, Round: 1, Received: h.OccurTime}
	case h.Amendment != nil:
		f.Channel, f.Fields = h.Amendment.Channel, h.Amendment.Fields
	case h.Migration != nil:
		return f.Migrate(h.Values, h.Migration.Steps)
	case h.Values != nil:
		f.Values, f.Round = h.Values, max(f.Round, h.Round)
	case h.Occurrence.Kind == WorkCompleted:
		return f.Complete(h.Work.Step, h.Work.Outcome, h.Work.Fields)
	case h.Visit != nil:
		return f.Visited(h.Visit.Plan, h.Visit.Fields)
	case h.Occurrence.Kind == Reopened:
		f.Round = h.Round
	}
	return f
}
