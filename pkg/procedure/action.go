package procedure

import (
	"fmt"
	"slices"
)

// Action is a small procedure of its own that a complaint, several or none lead to. What it runs through is a flow; the facts of one
// that runs have the action's key in Facts.Flow.
type Action struct {
	Key  string
	Name Label
	// Open is what opens it, of what happens to a complaint.
	Open []Trigger
	// Flow is its graph of steps; its key is the action's.
	Flow *Flow
	// Closing is what closes it, of what happens to the action.
	Closing []Trigger
	// Many: a complaint may have several open at once.
	Many bool
	// Alone: it may open without a complaint.
	Alone bool

	numbering string
	when      *expression
}

// Action returns the action with this key.
func (p *Procedure) Action(key string) (*Action, bool) {
	return find(p.Actions, key, func(a *Action) string { return a.Key })
}

// Graph returns what a complaint or an action with this key in Facts.Flow runs through: a flow, or the flow of an action.
func (p *Procedure) Graph(key string) (*Flow, bool) {
	if f, ok := p.Flow(key); ok {
		return f, true
	}
	a, ok := p.Action(key)
	if !ok {
		return nil, false
	}
	return a.Flow, true
}

// graphs returns the flows and those of the actions.
func (p *Procedure) graphs() []*Flow {
	all := slices.Clone(p.Flows)
	for _, a := range p.Actions {
		all = append(all, a.Flow)
	}
	return all
}

// OpenedBy reports whether o, after which the complaint has the facts f, opens the action.
func (a *Action) OpenedBy(o Occurrence, f Facts) (bool, error) {
	if !anyMatches(a.Open, o) {
		return false, nil
	}
	return a.when.holds(f)
}

// ClosedBy reports whether o closes the action.
func (a *Action) ClosedBy(o Occurrence) bool { return anyMatches(a.Closing, o) }

// Number returns the number for people of the seq-th such action (from 1) of the complaint with the number of: for example
// "HF-202603-000042/CAPA-1".
func (a *Action) Number(of string, seq int) string {
	return fmt.Sprintf("%s/%s-%d", of, a.numbering, seq)
}

// ActionNumber returns the number for people of the seq-th action a (from 1) without a complaint in the period, as Period gives it: for
// example "HF-CAPA-202603-000001".
func (p *Procedure) ActionNumber(a *Action, period string, seq int64) string {
	return fmt.Sprintf("%s-%s-%s-%0*d", p.numbering.prefix, a.numbering, period, p.numbering.digits, seq)
}

// Begin returns the facts of the action at its opening: the complaint's as they are now, or none.
func (a *Action) Begin(complaint Facts) Facts {
	complaint.Flow, complaint.Round = a.Key, 1
	return complaint
}
