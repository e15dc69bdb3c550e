package domain

import (
	"cmp"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Identity names a clock by what it is, so that it is found again where the same complaint was replayed. A happening starts at most
// one clock of a policy.
type Identity struct {
	Policy       string
	Round        int
	WorkID       string
	StartEventID string
}

// Identity returns the clock's.
func (c Clock) Identity() Identity { return Identity{c.Policy, c.Round, c.WorkID, c.StartEventID} }

// DifferenceKind is how a clock differs. The numbers are the contract's.
type DifferenceKind int

// The kinds.
const (
	Unchanged    DifferenceKind = iota
	BreachWon                   // it was breached and would not be
	BreachLost                  // it was not and would be
	DueMoved                    // breached or not as before, but another due time
	OnlyBefore                  // it would not have started
	OnlyAfter                   // it would have started, and did not
	StateChanged                // same due time, breached or not as before, but another state
)

// Difference is one clock before and after.
type Difference struct {
	Key
	Identity
	Kind DifferenceKind
	// Before is what it was, After what it would be; nil where there is none.
	Before, After *Standing
	// Post is the one it falls to; may be empty.
	Post string
}

// Standing is where a clock stands, as far as a comparison looks.
type Standing struct {
	DueTime    time.Time
	State      State
	BreachTime time.Time // zero when it was not breached
}

func (c Clock) standing() *Standing { return &Standing{c.DueTime, c.State, c.BreachTime} }

func (s *Standing) breached() bool { return s != nil && !s.BreachTime.IsZero() }

// Compare returns every clock of a complaint, those that are as they were too, in the order of policy, round and start.
func Compare(before, after []Clock, posts Posts) []Difference {
	pairs := make(map[Identity]*Difference, len(before))
	var list []*Difference
	at := func(c Clock) *Difference {
		d := pairs[c.Identity()]
		if d == nil {
			d = &Difference{Identity: c.Identity(), Post: posts.of(c)}
			pairs[d.Identity] = d
			list = append(list, d)
		}
		return d
	}
	for _, c := range before {
		at(c).Before = c.standing()
	}
	for _, c := range after {
		at(c).After = c.standing()
	}
	out := make([]Difference, len(list))
	for i, d := range list {
		d.Kind = kindOf(d.Before, d.After)
		out[i] = *d
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Round, b.Round), cmp.Compare(a.StartEventID, b.StartEventID))
	})
	return out
}

func kindOf(before, after *Standing) DifferenceKind {
	switch {
	case after == nil:
		return OnlyBefore
	case before == nil:
		return OnlyAfter
	case before.breached() && !after.breached():
		return BreachWon
	case !before.breached() && after.breached():
		return BreachLost
	case !before.DueTime.Equal(after.DueTime):
		return DueMoved
	case before.State != after.State:
		return StateChanged
	}
	return Unchanged
}

// Posts are who had the work of a complaint.
type Posts struct {
	byWork  map[string]string
	byRound map[int]string // of the first work of each round
}

// PostsOf reads them from a history.
func PostsOf(history []procedure.Happening) Posts {
	p := Posts{map[string]string{}, map[int]string{}}
	for _, h := range history {
		if h.Occurrence.Kind != procedure.WorkOpened {
			continue
		}
		p.byWork[h.Work.ID] = h.Work.Post
		if _, ok := p.byRound[h.Round]; !ok {
			p.byRound[h.Round] = h.Work.Post
		}
	}
	return p
}

// of returns the post that c falls to: that of the work whose opening started it, else of the first work of its round.
func (p Posts) of(c Clock) string {
	if c.WorkID != "" {
		return p.byWork[c.WorkID]
	}
	return p.byRound[c.Round]
}
