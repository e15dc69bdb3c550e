// Package engine waits for time on behalf of all clocks. It decides when timers fire; what firing means, and that it happens once,
// is the server's transaction.
//
// The owner of a shard (package lease) keeps the timers of the next minutes in memory, sleeps until the first, and fires in
// batches. Ownership is for speed only. Whatever the owner misses, because it died, was stopped, or never heard of a timer, every
// replica finds in Postgres: it looks each half second for what is overdue, whosever it is.
package engine

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/clock"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

const (
	// batchSize is the most timers in one transaction.
	batchSize = 500
	// stormLanes is how many transactions fire at once what is due at one instant, stormSize how many timers more than a batch they
	// take before anything else has its turn.
	stormLanes = 4
	stormSize  = 10_000
	// horizon is how far ahead timers are kept in memory, in business time; they are loaded anew when half of it has passed.
	horizon = 4 * time.Minute
	// maxLoad is the most timers that are loaded at once; when more are due within the horizon, the next are loaded as soon as half
	// of these have fired.
	maxLoad = 100_000
	// pollEvery is the real time between two looks for timers that other replicas armed, lookahead how far these see and pollLimit how
	// many: a storm of that size is known before its time.
	pollEvery = 250 * time.Millisecond
	lookahead = 2 * pollEvery
	pollLimit = 10_000
	// sweepTicks is the number of polls to a sweep, overdue how late a timer of anybody's must be to be swept up.
	sweepTicks = 2
	overdue    = 500 * time.Millisecond
	// ahead is how long before their time, in business time, firings are prepared, and prepareLimit how many at once.
	ahead        = time.Second
	prepareLimit = 50_000
	// coalesce is the real time that a batch which was not full waits for more: one commit for all that is due meanwhile.
	coalesce = 4 * time.Millisecond
)

// Shards says which shards are this replica's; a lease.Keeper does.
type Shards interface {
	Held() map[int]int64
	Changed() <-chan struct{}
}

// Config is what an Engine is given.
type Config struct {
	// Pool is slatimer's database.
	Pool *pgxpool.Pool
	// Clock is the business clock. Polls and sweeps have their cadence in real time.
	Clock clock.Clock
	// Shards are this replica's.
	Shards Shards
	// AllShards is the number of shards that there are.
	AllShards int
	// Prepare does what can be done ahead for timers that are due soon; the same ones come again until they fire.
	Prepare func(ctx context.Context, timers []domain.Timer) error
	// Fire fires those of timers that are due by until, and returns how many it did and what is armed in their place.
	Fire func(ctx context.Context, timers []domain.Timer, until time.Time) (int, []domain.Timer, error)
	// Log takes failures of the database; the work is tried again.
	Log *slog.Logger
}

// Engine fires timers while Run runs.
type Engine struct {
	cfg     Config
	all     []int
	maxLoad int
	meter   meter

	// The rest is Run's alone, but for the news.
	held               map[int]int64
	timers             *schedule
	through            time.Time     // every timer of held up to here was loaded, or told of
	polled             time.Time     // business time of the last poll
	looking, preparing chan struct{} // hold one token each while a look, and a preparation, lasts
	storm              bool          // the last batch was full

	mu     sync.Mutex
	news   []domain.Timer
	late   []domain.Timer // what the last sweep found
	fired  recent         // a poll that is under way may have seen these armed still
	signal chan struct{}
}

// New returns an engine.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, maxLoad: maxLoad, meter: newMeter(), timers: newSchedule(), signal: make(chan struct{}, 1), looking: make(chan struct{}, 1), preparing: make(chan struct{}, 1)}
	for shard := range cfg.AllShards {
		e.all = append(e.all, shard)
	}
	return e
}

// Armed tells the engine of timers that are armed or about to be. One that is not told of is found by a poll.
func (e *Engine) Armed(timers []domain.Timer) {
	e.mu.Lock()
	e.news = append(e.news, timers...)
	e.mu.Unlock()
	e.wake()
}

func (e *Engine) wake() {
	select {
	case e.signal <- struct{}{}:
	default: // a signal waits there already
	}
}

// Run fires timers until ctx ends; it returns nil then. It may be killed at any point.
func (e *Engine) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	defer func() { e.looking <- struct{}{}; e.preparing <- struct{}{} }() // waits for the last of both
	e.own()
	for ticks := 0; ctx.Err() == nil; {
		if err := e.fireDue(ctx); err != nil && ctx.Err() == nil {
			e.cfg.Log.ErrorContext(ctx, "timers not fired", slog.Any("error", err))
			pause(ctx, pollEvery)
		}
		switch e.wait(ctx, tick.C) {
		case wokeShards:
			e.own()
		case wokeTick:
			e.prepare(ctx)
			e.look(ctx, ticks%sweepTicks == 0)
			ticks++
		case wokeTime:
		}
	}
	return nil
}

// own takes up the shards that are held now, and forgets the timers of all others.
func (e *Engine) own() {
	e.held, e.timers, e.through = e.cfg.Shards.Held(), newSchedule(), time.Time{}
	e.polled = e.cfg.Clock.Now()
}

// fireDue fires one batch of what is due, the earliest first. Whatever else waits gets its turn before the next: under a steady load
// something is always due.
func (e *Engine) fireDue(ctx context.Context) error {
	e.hear()
	if err := e.fireLate(ctx); err != nil {
		return err
	}
	now := e.past()
	if err := e.load(ctx, now); err != nil {
		return err
	}
	due := e.timers.due(now, batchSize)
	e.storm = len(due) == batchSize
	if len(due) == 0 {
		return nil
	}
	if err := e.fireBatch(ctx, due, now); err != nil {
		return err // the timers are armed still; a poll finds them
	}
	if !e.storm {
		pause(ctx, coalesce)
	}
	return nil
}

// past returns the last instant that has passed. A timer fires when its moment has passed, not in it: what happens at the due time
// itself is in time, and its news must have a chance to come first.
func (e *Engine) past() time.Time { return e.cfg.Clock.Now().Add(-time.Microsecond) }

// fireBatch fires due, or, where all of it is due at one instant, all else that is due then, in stormLanes lanes at once: nobody can tell
// which of those comes first, and complaints of different shards do not touch each other.
func (e *Engine) fireBatch(ctx context.Context, due []domain.Timer, now time.Time) error {
	instant := due[0].FireTime
	if len(due) < batchSize || !due[len(due)-1].FireTime.Equal(instant) {
		_, err := e.fire(ctx, due, now)
		return err
	}
	var lanes [stormLanes][]domain.Timer
	for _, t := range append(due, e.timers.due(instant, stormSize)...) {
		lanes[t.Shard%stormLanes] = append(lanes[t.Shard%stormLanes], t)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, lane := range lanes {
		g.Go(func() error {
			for batch := range slices.Chunk(lane, batchSize) {
				if _, err := e.fire(ctx, batch, instant); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// fire fires one batch. When there may be more of it, only moments up to its last come, so that across batches too the earliest
// comes first.
func (e *Engine) fire(ctx context.Context, due []domain.Timer, now time.Time) (int, error) {
	until := now
	if len(due) == batchSize {
		until = due[len(due)-1].FireTime
	}
	fired, next, err := e.cfg.Fire(ctx, due, until)
	if len(next) > 0 {
		e.Armed(next)
	}
	if fired >= len(due) {
		e.mu.Lock()
		e.fired.add(due)
		e.mu.Unlock()
	}
	if fired > 0 {
		e.meter.fired(ctx, fired, e.cfg.Clock.Now().Sub(due[0].FireTime))
	}
	return fired, err
}

// hear takes up the timers that Armed told of.
func (e *Engine) hear() {
	e.mu.Lock()
	news := slices.DeleteFunc(e.news, e.fired.has)
	e.news = nil
	e.mu.Unlock()
	e.take(news)
}

// take keeps those of timers that are this replica's and near enough; the others are loaded in time.
func (e *Engine) take(timers []domain.Timer) {
	for _, t := range timers {
		if _, mine := e.held[t.Shard]; mine && !t.FireTime.After(e.through) {
			e.timers.add(t)
		}
	}
}

// load brings the timers of the next minutes into memory, when half of the horizon has passed or much of what was loaded has fired.
func (e *Engine) load(ctx context.Context, now time.Time) error {
	if len(e.held) == 0 || now.Before(e.loadTime()) || e.full() {
		return nil
	}
	to := now.Add(horizon)
	timers, err := store.Timers(ctx, e.cfg.Pool, slices.Sorted(maps.Keys(e.held)), e.through, to, e.maxLoad)
	if err != nil {
		return err
	}
	if len(timers) == e.maxLoad {
		// There may be more at the very last instant: it is read again.
		to = timers[len(timers)-1].FireTime.Add(-time.Microsecond)
	}
	for _, t := range timers {
		e.timers.add(t)
	}
	e.through = to
	return nil
}

// full reports whether memory holds enough timers to put off a load.
func (e *Engine) full() bool { return e.timers.size() > e.maxLoad/2 }

// loadTime is when timers are to be loaded.
func (e *Engine) loadTime() time.Time { return e.through.Add(-horizon / 2) }

// prepare has the firings of the next moments prepared, beside those that are due. Not in a storm, which needs all there is.
func (e *Engine) prepare(ctx context.Context) {
	if e.storm {
		return
	}
	select {
	case e.preparing <- struct{}{}:
	default:
		return
	}
	soon := e.timers.within(e.cfg.Clock.Now().Add(ahead), prepareLimit)
	go func() {
		defer func() { <-e.preparing }()
		if len(soon) > 0 {
			e.complain(ctx, e.cfg.Prepare(ctx, soon))
		}
	}()
}

// look polls, or sweeps and polls, beside the firing, which must not wait for a query. While one look lasts there is no other.
func (e *Engine) look(ctx context.Context, sweep bool) {
	select {
	case e.looking <- struct{}{}:
	default:
		return
	}
	now := e.cfg.Clock.Now()
	shards, from := slices.Sorted(maps.Keys(e.held)), e.polled.Add(-overdue)
	poll := len(shards) > 0 && !e.storm // in a storm it would read the storm's timers all again
	if poll {
		e.polled = now
		e.mu.Lock()
		e.fired.age()
		e.mu.Unlock()
	}
	go func() {
		defer func() { <-e.looking }()
		if sweep {
			e.complain(ctx, e.sweep(ctx, now))
		}
		if poll {
			e.complain(ctx, e.poll(ctx, shards, from, now))
		}
	}()
}

// poll looks for timers of this replica's shards that others armed for the next moments.
func (e *Engine) poll(ctx context.Context, shards []int, from, now time.Time) error {
	soon, err := store.Timers(ctx, e.cfg.Pool, shards, from, now.Add(lookahead), pollLimit)
	if len(soon) > 0 {
		e.Armed(soon)
	}
	return err
}

// sweep looks for timers of anybody's that are overdue, the earliest first.
func (e *Engine) sweep(ctx context.Context, now time.Time) error {
	late, err := store.Timers(ctx, e.cfg.Pool, e.all, time.Time{}, now.Add(-overdue), batchSize)
	if len(late) > 0 {
		e.mu.Lock()
		e.late = late
		e.mu.Unlock()
		e.wake()
	}
	return err
}

// fireLate fires what the sweep found, before anything that is due later, and sweeps again at once when there may be more of it.
func (e *Engine) fireLate(ctx context.Context) error {
	e.mu.Lock()
	late := e.late
	e.late = nil
	e.mu.Unlock()
	if len(late) == 0 {
		return nil
	}
	fired, err := e.fire(ctx, late, e.past())
	if fired == batchSize && !e.storm { // in a storm its own timers are overdue before long
		e.look(ctx, true)
	}
	return err
}

// complain logs that Postgres could not be asked.
func (e *Engine) complain(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		e.cfg.Log.ErrorContext(ctx, "timers not looked for", slog.Any("error", err))
	}
}
