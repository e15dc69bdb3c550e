package events

import (
	"context"
	"runtime"

	"github.com/jackc/pgx/v5/pgxpool"
)

// slots bounds the transactions that the lanes of a service have at once. Where less than a batch waits there is one: a second would only make
// both smaller, and take the processor and the disk from callers. Where more waits there are as many as there are processors.
type slots struct {
	first chan struct{} // for everybody
	more  chan struct{} // for a backlog
}

// newSlots returns slots for a service, of whose pool lanes never take more than half.
func newSlots(pool *pgxpool.Pool) *slots {
	n := max(1, min(runtime.GOMAXPROCS(0), int(pool.Config().MaxConns)/2))
	return &slots{first: make(chan struct{}, 1), more: make(chan struct{}, n-1)}
}

// take waits for a place, to be given back by free. Nil slots have room for all.
func (s *slots) take(ctx context.Context, backlog bool) (free func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	var more chan struct{}
	if backlog {
		more = s.more
	}
	select {
	case s.first <- struct{}{}:
		return func() { <-s.first }, nil
	case more <- struct{}{}:
		return func() { <-more }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
