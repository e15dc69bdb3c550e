package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// WorkState is where work stands.
type WorkState int16

// The states. The numbers are those of the contract, and kept in the database.
const (
	WorkOpen      WorkState = 1
	WorkCompleted WorkState = 2
	WorkCancelled WorkState = 3
)

// String returns the state as the contract spells it, without its prefix.
func (s WorkState) String() string {
	names := [...]string{"", "OPEN", "COMPLETED", "CANCELLED"}
	if s < WorkOpen || int(s) >= len(names) {
		return "UNKNOWN"
	}
	return names[s]
}

// Work is a task that a step opened for a post.
type Work struct {
	// ID is a UUIDv7.
	ID   string
	Step string
	// Rung of a ladder that it is on, from 0; of an approval of another kind which of the approvers it asks.
	Rung  int
	Round int
	Post  string
	// Person who sat in the post when it opened, or acted for it; "" for nobody.
	Person string
	State  WorkState
	// OpenTime is when what came before it was really done.
	OpenTime time.Time
	// EndTime is when it was really completed or cancelled; zero while open.
	EndTime time.Time
	// Outcome is the answer or decision that completed it; "" for a task.
	Outcome string
	// Fields recorded on completion.
	Fields map[string]procedure.Value
	// Changed since it was loaded: it has to be saved.
	Changed bool
}

// FindWork returns work of the case that is loaded.
func (c Case) FindWork(id string) (Work, bool) {
	i := c.indexOfWork(id)
	if i < 0 {
		return Work{}, false
	}
	return c.Work[i], true
}

func (c Case) indexOfWork(id string) int {
	return slices.IndexFunc(c.Work, func(w Work) bool { return w.ID == id })
}

// hasOpen reports whether the step, or with "" any step, has open work.
func (c Case) hasOpen(step string) bool {
	return slices.ContainsFunc(c.Work, func(w Work) bool { return w.State == WorkOpen && (step == "" || w.Step == step) })
}
