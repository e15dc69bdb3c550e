package server

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

const (
	// maxHeld is how many happenings of one part are kept in memory: some 1.4 kB each with what is not collected yet.
	maxHeld = 150_000
	// comparedAtOnce is how many complaints' live clocks are read at once.
	comparedAtOnce = 1000
)

// simulation is one replay of recorded history.
type simulation struct {
	srv       *Server
	procedure *procedure.Procedure
	tenant    string
	window    window
	limit     int // of differences listed

	frames frames
	tally  *domain.Tally
	listed int

	total                          int64 // events to read
	readEvents, complaints, clocks atomic.Int64
	until                          atomic.Int64 // the latest moment to which a part was followed, Unix microseconds
}

// window is when complaints were received; a zero end is open.
type window struct{ from, to time.Time }

func (w window) holds(t time.Time) bool {
	return !t.Before(w.from) && (w.to.IsZero() || t.Before(w.to))
}

// outcome is what came of one part.
type outcome struct {
	tally       *domain.Tally
	differences []domain.Difference // the first ones
}

// count finds out how many events there are to read.
func (sim *simulation) count(ctx context.Context) error {
	return sim.srv.readOnly(ctx, func(tx pgx.Tx) error {
		for part := range events.Parts {
			positions, err := events.Positions(ctx, tx, part)
			if err != nil {
				return err
			}
			for _, p := range positions {
				sim.total += p.Seq
			}
		}
		return nil
	})
}

// part replays the complaints of one part. History and live clocks are of one moment: the events are those that the cursors of the
// snapshot have passed, and no more.
func (sim *simulation) part(ctx context.Context, part int) (*outcome, error) {
	var out *outcome
	err := sim.srv.readOnly(ctx, func(tx pgx.Tx) error {
		positions, err := events.Positions(ctx, tx, part)
		if err != nil {
			return err
		}
		now := sim.srv.cfg.Now() // after the snapshot: no timer that it shows fired later
		histories, err := sim.histories(ctx, part, positions)
		if err != nil {
			return err
		}
		out = &outcome{tally: domain.NewTally()}
		for some := range slices.Chunk(histories, comparedAtOnce) {
			if err := sim.compare(ctx, tx, some, now, out); err != nil {
				return err
			}
		}
		for at, now := sim.until.Load(), now.UnixMicro(); at < now && !sim.until.CompareAndSwap(at, now); at = sim.until.Load() {
		}
		return nil
	})
	return out, err
}

// history is what happened to one complaint.
type history struct {
	key        domain.Key
	happenings []procedure.Happening
}

// histories reads the happenings of the complaints that the simulation is about, in the order in which the complaints came.
func (sim *simulation) histories(ctx context.Context, part int, positions []events.Position) ([]*history, error) {
	found := map[string]*history{}
	var list []*history
	held := 0
	all := events.History{Part: part, Positions: positions, Feed: sim.srv.cfg.Feed, Read: sim.read}
	for e, err := range all.All(ctx) {
		if err != nil {
			return nil, err
		}
		of := found[e.AggregateID]
		if e.Tenant != sim.tenant || !followed[e.Type] || of == nil && !slices.Contains(lifecycle.Beginnings, e.Type) {
			continue
		}
		h, err := lifecycle.Of(e)
		if err != nil {
			continue // it can never be applied: it was parked, and has been let go since
		}
		if r := h.Registration; r != nil {
			if of != nil || r.Procedure != sim.procedure.Code || !sim.window.holds(h.OccurTime) {
				continue
			}
			of = &history{key: domain.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}}
			found[e.AggregateID] = of
			list = append(list, of)
		}
		h.Tenant, h.ComplaintID, h.TraceParent = of.key.Tenant, of.key.ComplaintID, "" // one copy of each
		of.happenings = append(of.happenings, h)
		if held++; held > maxHeld {
			return nil, fault.New(fault.Exhausted, "SIMULATION_TOO_LARGE", "a part of this window holds more than %d events; ask for a shorter one with receive_time_from and receive_time_to",
				maxHeld).With("limit", fmt.Sprint(maxHeld))
		}
	}
	return list, nil
}

// followed are the events that can stand in a history.
var followed = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range slices.Concat(lifecycle.Intake, lifecycle.Routing, lifecycle.Followup) {
		names[name] = true
	}
	return names
}()

// compare replays some complaints and holds them against their live clocks.
func (sim *simulation) compare(ctx context.Context, tx pgx.Tx, some []*history, now time.Time, out *outcome) error {
	keys := make([]domain.Key, len(some))
	for i, h := range some {
		keys[i] = h.key
	}
	live, err := store.Clocks(ctx, tx, keys)
	if err != nil {
		return err
	}
	for i, h := range some {
		if err := ctx.Err(); err != nil {
			return err
		}
		differences, err := sim.replay(h, live[h.key], now, out.tally)
		if err != nil {
			out.tally.Fail(err)
		}
		for _, d := range differences {
			if d.Kind != domain.Unchanged && len(out.differences) < sim.limit {
				d.Key = h.key
				out.differences = append(out.differences, d)
			}
		}
		sim.complaints.Add(1)
		sim.clocks.Add(int64(len(differences)))
		some[i] = nil // its happenings are not needed any more
	}
	return sim.progress()
}

// replay replays one complaint.
func (sim *simulation) replay(h *history, live []domain.Clock, now time.Time, tally *domain.Tally) ([]domain.Difference, error) {
	file, err := domain.Replay(domain.AsTaken(h.happenings, live), domain.AgreementsOf(live, h.happenings), sim.procedure, now)
	if err != nil {
		return nil, err
	}
	differences := domain.Compare(domain.Settled(live, now), file.Clocks, domain.PostsOf(h.happenings))
	tally.Add(differences, file.Facts.Values)
	return differences, nil
}
