package events

import (
	"context"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// applyGap is the time between the beginnings of two transactions of a service's lanes while less than a batch waits: each costs some ten
// statements, a commit and a publication, whatever it applies. What comes after a rest does not wait.
const applyGap = 30 * time.Millisecond

// slots bounds the transactions that the lanes of a service have at once. Where less than a batch waits there is one, and then none for a while: a
// second would only make both smaller, and take the processor and the disk from callers. Where more waits there are as many as there are processors.
type slots struct {
	first chan struct{} // for everybody
	more  chan struct{} // for a backlog
}

// newSlots returns slots for a service, of whose pool lanes never take more than half.
func newSlots(pool *pgxpool.Pool) *slots {
	n := max(1, min(runtime.GOMAXPROCS(0), int(pool.Config().MaxConns)/2))
	return &slots{first: make(chan struct{}, 1), more: make(chan struct{}, n-1)}
}

// take waits for a place, to be given back by free, which is told whether the next may begin at once: where nothing was applied, or there is a
// backlog. Nil slots have room for all.
func (s *slots) take(ctx context.Context, backlog bool) (free func(atOnce bool), err error) {
	if s == nil {
		return func(bool) {}, nil
	}
	var more chan struct{}
	if backlog {
		more = s.more
	}
	select {
	case s.first <- struct{}{}:
		began := realTime.Now()
		return func(atOnce bool) {
			if left := began.Add(applyGap).Sub(realTime.Now()); left > 0 && !atOnce {
				time.AfterFunc(left, func() { <-s.first })
				return
			}
			<-s.first
		}, nil
	case more <- struct{}{}:
		return func(bool) { <-more }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
