package events

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"redress.dev/pkg/clock"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// Config says what one replica of a service brings to the backbone. All but Replicas is needed.
type Config struct {
	// Service is the producer's name, for example "intake": it names the stream, the subjects and the lease owner.
	Service string
	// Pool is the service's database, with Migrations applied.
	Pool *pgxpool.Pool
	// NATS may be down, also at the start: it should reconnect for ever.
	NATS *nats.Conn
	// Log takes what no caller can be told.
	Log *slog.Logger
	// Feed returns how to reach a producer for what JetStream does not have.
	Feed func(producer string) eventsv1.EventFeedServiceClient
	// Replicas of the JetStream stream; 0 means 1.
	Replicas int
	// Now is the business clock. It stamps rows and decides nothing: leases, retries and polls use real, monotonic time.
	Now func() time.Time
}

// realTime is for retries, polls and patience; it has a monotonic reading.
var realTime clock.System

// Bus is one service's end of the backbone, in one process. Its methods may be called from several goroutines.
type Bus struct {
	cfg   Config
	owner string                       // names this process in leases: not the service's name alone, which replicas share
	wake  chan struct{}                // a local commit emitted: the relay has work
	alone atomic.Bool                  // this replica sequences every part, so nobody else needs a poke
	sub   atomic.Pointer[Subscription] // what Consume was given: releasing parked events needs its Fold
	meter *meter

	pub      atomic.Pointer[publisher] // of the relay that runs
	progress progress
}

// NewBus returns a bus. It starts nothing: run Relay and Consume.
func NewBus(cfg Config) *Bus {
	cfg.Replicas = max(cfg.Replicas, 1)
	return &Bus{
		cfg:   cfg,
		owner: cfg.Service + "-" + uuid.NewString(),
		wake:  make(chan struct{}, 1),
		meter: newMeter(cfg.Service),
	}
}

// Poke wakes the sequencer, here and in the replica that owns the part. Call it after a commit that emitted; a forgotten or lost
// poke costs a fifth of a second.
func (b *Bus) Poke() {
	signal(b.wake)
	if !b.alone.Load() {
		_ = b.cfg.NATS.Publish(pokeSubject(b.cfg.Service), nil) // lost while NATS is away: the poll finds it
	}
}

// signal wakes whoever receives from c, which holds one element, unless a signal waits there already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
