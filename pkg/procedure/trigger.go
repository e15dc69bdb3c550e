package procedure

import "slices"

// OccurrenceKind is the kind of thing that happens to a complaint.
type OccurrenceKind int

// The kinds, each with what Key holds.
const (
	Registered    OccurrenceKind = iota + 1 // "": registration
	WorkOpened                              // a step's key
	WorkCompleted                           // a step's key
	Milestone                               // its name
	Contact                                 // its purpose
	VisitRecorded                           // a plan's key: the visit has ended, not one of several attempts
	Closed                                  // ""
	Reopened                                // ""
	ActionOpened                            // an action's key
	ActionClosed                            // an action's key: it closed or was cancelled
)

// Occurrence is something that happened to a complaint.
type Occurrence struct {
	Kind OccurrenceKind
	Key  string
	// Content holds the kinds of content that a completion or a contact carried.
	Content []string
}

// Trigger is an occurrence that a clock, a visit or the closing waits for.
type Trigger struct {
	Kind OccurrenceKind
	Key  string
	// Content is what the occurrence must carry to count; all of it.
	Content []string
}

// Matches reports whether o is what t waits for.
func (t Trigger) Matches(o Occurrence) bool {
	if t.Kind != o.Kind || t.Key != o.Key {
		return false
	}
	for _, c := range t.Content {
		if !slices.Contains(o.Content, c) {
			return false
		}
	}
	return true
}

// anyMatches reports whether o is what one of them waits for.
func anyMatches(triggers []Trigger, o Occurrence) bool {
	return slices.ContainsFunc(triggers, func(t Trigger) bool { return t.Matches(o) })
}
