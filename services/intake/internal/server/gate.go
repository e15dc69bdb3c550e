package server

import (
	"context"
	"sync"
	"time"

	"redress.dev/pkg/clock"
	"redress.dev/services/intake/internal/store"
)

const (
	// defaultOutboxLimit is how many events may wait for the relay before streams are held back.
	defaultOutboxLimit = 20_000
	// outboxInterval is how often that is looked at, at most; real time, as it is about load.
	outboxInterval = 100 * time.Millisecond
	// backlogLimit is how many events the slowest consumer may be behind before streams are held back.
	backlogLimit = 1200
	// gatePause is the time between two looks of a stream that is held back.
	gatePause = 10 * time.Millisecond
)

// realTime is for load and for signs of life, which are the machine's matter and not the business's.
var realTime clock.System

// gate holds streams back while the relay or the services behind it cannot keep up, so that intake does not outrun them: what a gateway is
// told is registered is soon with its post and under its clocks. Single calls pass: a registration never fails because others are slow.
type gate struct {
	db      store.Querier
	limit   int
	backlog func() int64

	mu     sync.Mutex
	deep   bool
	looked time.Time
}

func newGate(db store.Querier, limit int, backlog func() int64) *gate {
	if limit == 0 {
		limit = defaultOutboxLimit
	}
	if backlog == nil {
		backlog = func() int64 { return 0 }
	}
	return &gate{db: db, limit: limit, backlog: backlog}
}

// wait returns once there is room, or ctx's error if that ends first.
func (g *gate) wait(ctx context.Context) error {
	for {
		deep, err := g.look(ctx)
		if err != nil || !deep {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(gatePause):
		}
	}
}

// look reports whether there is no room; many streams share one look at the outbox.
func (g *gate) look(ctx context.Context) (bool, error) {
	if g.backlog() > backlogLimit {
		return true, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if realTime.Now().Sub(g.looked) < outboxInterval {
		return g.deep, nil
	}
	deep, err := store.OutboxDeeper(ctx, g.db, g.limit)
	if err != nil {
		return false, err
	}
	g.deep, g.looked = deep, realTime.Now()
	return deep, nil
}
