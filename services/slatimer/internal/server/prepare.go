package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"redress.dev/pkg/events"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

const (
	// maxPrepared is the most timers whose firing is decided ahead.
	maxPrepared = 50_000
	// staleAfter is how long after its time what was prepared is kept: it has not been fired by then, so its clock was stopped.
	staleAfter = time.Second
	// prepareBatch is how many timers one statement looks at.
	prepareBatch = 1000
)

// preparation is what the firing of a timer will do if nothing about the complaint changes until then.
type preparation struct {
	store.Firing

	events []domain.Event
}

// prepared are the firings that were decided before their time, by complaint: one of each at most, since it changes what the next finds.
type prepared struct {
	mu   sync.Mutex
	list map[domain.Key]*preparation
}

// Prepare decides what the firing of timers that are due soon will do, so that Fire has nothing left to read. It changes nothing: Fire finds
// out whether something has changed meanwhile, and then decides anew.
func (s *Server) Prepare(ctx context.Context, timers []domain.Timer) error {
	wanted := s.prepared.wanted(timers, s.cfg.Now())
	return s.prepare(ctx, wanted, func(t domain.Timer) time.Time { return t.FireTime })
}

// prepare decides what the firing of timers will do, each of another complaint, as far as the moments until.
func (s *Server) prepare(ctx context.Context, timers []domain.Timer, until func(domain.Timer) time.Time) error {
	for some := range slices.Chunk(timers, prepareBatch) {
		standings, err := store.Standings(ctx, s.cfg.Firing, some)
		if err != nil {
			return err
		}
		list := make([]*preparation, 0, len(some))
		for _, t := range some {
			was, armed := standings[t.ClockID]
			if by := until(t); armed && was.Clocks[0].NextTime.Equal(t.FireTime) && !t.FireTime.After(by) {
				was.Shard = t.Shard
				after, evs := domain.Fire(was.File, []string{t.ClockID}, by)
				list = append(list, &preparation{was.Firing(after), evs})
			}
		}
		s.prepared.keep(list)
	}
	return nil
}

// wanted returns those of timers that are to be prepared, and forgets what was prepared and not fired.
func (p *prepared) wanted(timers []domain.Timer, now time.Time) []domain.Timer {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.list, func(_ domain.Key, known *preparation) bool { return known.FireTime.Before(now.Add(-staleAfter)) })
	list := p.unknown(timers)
	return list[:min(len(list), max(0, maxPrepared-len(p.list)))]
}

// missing returns those of timers that are not prepared and can be.
func (p *prepared) missing(timers []domain.Timer) []domain.Timer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unknown(timers)
}

// unknown does missing's work: two timers of one complaint cannot be prepared.
func (p *prepared) unknown(timers []domain.Timer) []domain.Timer {
	seen := make(map[domain.Key]int, len(timers))
	for _, t := range timers {
		seen[t.Key]++
	}
	var list []domain.Timer
	for _, t := range timers {
		if p.list[t.Key] == nil && seen[t.Key] == 1 {
			list = append(list, t)
		}
	}
	return list
}

func (p *prepared) keep(list []*preparation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, what := range list {
		p.list[what.Key] = what
	}
}

// take takes out what was prepared for timers of which everything that is due by until has been decided, and returns the timers that are
// left.
func (p *prepared) take(timers []domain.Timer, until time.Time) (ready []*preparation, left []domain.Timer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range timers {
		known := p.list[t.Key]
		if known == nil || known.ClockID != t.ClockID || !known.FireTime.Equal(t.FireTime) || t.FireTime.After(until) || known.due(until) {
			left = append(left, t)
			continue
		}
		ready = append(ready, known)
	}
	for _, t := range timers { // also what is of no use: it is decided anew
		delete(p.list, t.Key)
	}
	return ready, left
}

// due reports whether what comes after the firing is due by then, too.
func (p *preparation) due(until time.Time) bool {
	return slices.ContainsFunc(p.Armed, func(t domain.Timer) bool { return !t.FireTime.After(until) })
}

// firePrepared fires what was prepared, all of it or, when something has changed since, nothing; done says which.
func (s *Server) firePrepared(ctx context.Context, ready []*preparation) (done bool, next []domain.Timer, err error) {
	if len(ready) == 0 {
		return true, nil, nil
	}
	slices.SortFunc(ready, func(a, b *preparation) int { // as complaints are locked everywhere
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ComplaintID, b.ComplaintID))
	})
	firings := make([]*store.Firing, len(ready))
	var evs []domain.Event
	for i, p := range ready {
		firings[i], evs, next = &p.Firing, append(evs, p.events...), append(next, p.Armed...)
	}
	// Who was due first is told first, whichever complaint comes first in the batch.
	slices.SortStableFunc(evs, func(a, b domain.Event) int { return a.OccurTime.Compare(b.OccurTime) })
	told, err := events.Encode(ctx, s.cfg.Now(), draftsOf(evs, "")...)
	if err != nil {
		return false, nil, err
	}
	err = store.SaveFirings(ctx, s.cfg.Firing, firings, told.Queue)
	if errors.Is(err, store.ErrChanged) {
		return false, nil, nil
	}
	return err == nil, next, err
}
