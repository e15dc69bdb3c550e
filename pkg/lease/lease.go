// Package lease spreads shards of work over the replicas of a service: sequencers, consumer lanes, timer shards.
//
// A lease makes work efficient and never correct. Its holder may be stopped by the operating system and go on after somebody
// else took over, so everything done under a lease also carries a compare-and-swap of its own: a cursor, a generation, or the
// lease's epoch, which rises with every new holder. Time here is the database's statement_timestamp() and each process's
// monotonic clock, never the business clock. The tables are among events.Migrations.
package lease

import (
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/clock"
)

const (
	// ttl is how long a lease lasts without renewal, and so how long a dead holder's shards stand still.
	ttl = 1500 * time.Millisecond
	// renewEvery is the time between renewals; four may fail before a lease is lost.
	renewEvery = 300 * time.Millisecond
	// trust is how long after asking for a renewal its holder may count on it: a fifth less than ttl, for clocks that run apart.
	trust = ttl * 4 / 5
	// patience bounds one statement, so that a hanging one does not use up all that is left.
	patience = 600 * time.Millisecond
)

// realTime has a monotonic reading, which a change of the machine's clock does not touch.
var realTime clock.System

// Config says what is leased, and to whom.
type Config struct {
	// Pool is the service's database.
	Pool *pgxpool.Pool
	// Kind of work, for example "relay"; each kind is shared by itself.
	Kind string
	// Shards is their number; they are 0 to Shards-1.
	Shards int
	// Owner names this process: no other, and no later one, may have the same name.
	Owner string
	// Log takes failures of the database.
	Log *slog.Logger
}

// Keeper holds this process's fair share of the shards of one kind while Run runs.
type Keeper struct {
	cfg     Config
	changed chan struct{}

	mu    sync.Mutex
	held  map[int]int64 // shard to epoch
	until time.Time     // monotonic: what is held is trusted until then
}

// New returns a keeper that holds nothing yet.
func New(cfg Config) *Keeper {
	return &Keeper{cfg: cfg, changed: make(chan struct{}, 1), held: map[int]int64{}}
}

// Held returns the epoch of every shard that is held now; it is empty when no renewal came through for long. The map is the
// caller's.
func (k *Keeper) Held() map[int]int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !realTime.Now().Before(k.until) {
		return map[int]int64{}
	}
	return maps.Clone(k.held)
}

// Holds tells whether shard is held now.
func (k *Keeper) Holds(shard int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.held[shard]
	return ok && realTime.Now().Before(k.until)
}

// Changed receives after what is held has changed. One receiver sees every change, several changes at once perhaps as one.
func (k *Keeper) Changed() <-chan struct{} { return k.changed }

// set replaces what is held and tells about a difference.
func (k *Keeper) set(held map[int]int64, until time.Time) {
	k.mu.Lock()
	same := maps.Equal(k.held, held)
	k.held, k.until = held, until
	k.mu.Unlock()
	if !same {
		select {
		case k.changed <- struct{}{}:
		default: // a change waits there already
		}
	}
}
