package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"redress.dev/services/intake/internal/store"
)

const (
	// defaultOutboxLimit is how many events may wait for the relay before streams are held back.
	defaultOutboxLimit = 20_000
	// outboxInterval is how often that is looked at, at most; real time, as it is about load.
	outboxInterval = 100 * time.Millisecond
)

// gate holds streams back while the relay cannot keep up, so that intake does not outrun the services behind it. Single calls pass:
// a registration never fails because others are slow.
type gate struct {
	db    store.Querier
	limit int

	mu    sync.Mutex
	deep  bool
	fresh atomic.Bool // deep was read within outboxInterval
}

func newGate(db store.Querier, limit int) *gate {
	if limit == 0 {
		limit = defaultOutboxLimit
	}
	return &gate{db: db, limit: limit}
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
		case <-time.After(outboxInterval):
		}
	}
}

// look reports whether the outbox is too deep; many streams share one look.
func (g *gate) look(ctx context.Context) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fresh.Load() {
		return g.deep, nil
	}
	deep, err := store.OutboxDeeper(ctx, g.db, g.limit)
	if err != nil {
		return false, err
	}
	g.deep = deep
	g.fresh.Store(true)
	time.AfterFunc(outboxInterval, func() { g.fresh.Store(false) })
	return deep, nil
}
