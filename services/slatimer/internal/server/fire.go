package server

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// Fire lets timers fire whose time has come by until, which must not lie after the business clock's time, and returns how many did
// and the timers that are armed in their place.
//
// What Prepare has decided takes one round trip, if nothing has changed since; what it has not, two. The rest is decided under locks. Always
// the deleted row of a timer is the guard: it fires once, however many call Fire at once and wherever one of them is killed.
func (s *Server) Fire(ctx context.Context, timers []domain.Timer, until time.Time) (fired int, next []domain.Timer, err error) {
	ready, left := s.prepared.take(timers, until)
	if len(left) > 0 {
		if err := s.prepare(ctx, s.prepared.missing(left), func(domain.Timer) time.Time { return until }); err != nil {
			return 0, nil, err
		}
		var more []*preparation
		more, left = s.prepared.take(left, until)
		ready = append(ready, more...)
	}
	done, next, err := s.firePrepared(ctx, ready)
	if err != nil {
		return 0, nil, err
	}
	if done {
		fired = len(ready)
	} else {
		left = timers
	}
	if len(left) > 0 {
		var n int
		var more []domain.Timer
		n, more, err = s.fireNow(ctx, left, until) // what was prepared has fired, whatever comes of these
		fired, next = fired+n, append(next, more...)
	}
	if fired > 0 {
		s.cfg.Poke()
	}
	return fired, next, err
}

// fireNow decides and fires in one transaction: lock the complaints, take the armed rows away, decide, save, emit. A timer that is not armed
// any more, or whose complaint somebody else is working on, is passed over; who holds it sees to it, or the next sweep does.
func (s *Server) fireNow(ctx context.Context, timers []domain.Timer, until time.Time) (int, []domain.Timer, error) {
	var fired int
	var next []domain.Timer
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		fired, next = 0, nil // InTx may run this again
		versions, err := store.LockIdle(ctx, tx, complaints(timers))
		if err != nil {
			return err
		}
		idle := slices.DeleteFunc(slices.Clone(timers), func(t domain.Timer) bool { _, ok := versions[t.Key]; return !ok })
		taken, rows, err := store.TakeTimers(ctx, tx, idle, until)
		if err != nil {
			return err
		}
		var files []domain.File
		var changes []domain.Change
		var evs []domain.Event
		for _, t := range idle {
			before, ok := taken[t.Key]
			if !ok {
				continue // done, or disarmed in the meantime
			}
			delete(taken, t.Key)
			before.Shard, before.EventVersion = t.Shard, versions[t.Key]
			after, e := domain.Fire(before, clockIDs(before.Clocks), until)
			ch := domain.Diff(before, after)
			fired += len(ch.Changed)
			next = append(next, ch.Armed...)
			files, changes, evs = append(files, after), append(changes, ch), append(evs, e...)
		}
		// Who was due first is told first, whichever complaint comes first in the batch.
		slices.SortStableFunc(evs, func(a, b domain.Event) int { return a.OccurTime.Compare(b.OccurTime) })
		if err := store.SaveFired(ctx, tx, versions, rows, files, changes); err != nil {
			return err
		}
		return events.Emit(ctx, tx, s.cfg.Now(), draftsOf(evs, "")...)
	})
	if err != nil {
		return 0, nil, err
	}
	return fired, next, nil
}

// complaints returns the complaints of timers, each once.
func complaints(timers []domain.Timer) []domain.Key {
	seen := make(map[domain.Key]bool, len(timers))
	var keys []domain.Key
	for _, t := range timers {
		if !seen[t.Key] {
			seen[t.Key] = true
			keys = append(keys, t.Key)
		}
	}
	return keys
}

func clockIDs(clocks []domain.Clock) []string {
	ids := make([]string, len(clocks))
	for i, c := range clocks {
		ids[i] = c.ID
	}
	return ids
}
