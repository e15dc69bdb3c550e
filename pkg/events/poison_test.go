package events_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// One event that cannot be applied parks its complaint and nothing else; released, all of it is applied in order.
func TestPoisonParksOneComplaintAndReleaseAppliesIt(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]events.Fold{
		"error": func(context.Context, pgx.Tx, *events.Batch) error { return errors.New("a rule is broken") },
		"panic": func(context.Context, pgx.Tx, *events.Batch) error { panic("nil map") },
		"statement": func(ctx context.Context, tx pgx.Tx, _ *events.Batch) error {
			_, err := tx.Exec(ctx, `SELECT 1 / 0`)
			return err
		},
		"fault": func(context.Context, pgx.Tx, *events.Batch) error {
			return fault.New(fault.Conflict, "NOT_PENDING", "the step is not open")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testPoison(t, poison)
		})
	}
}

func testPoison(t *testing.T, poison events.Fold) {
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	var healed atomic.Bool
	fold := func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
		for e := range batch.All() {
			if e.AggregateID == "bad" && e.Version == 2 && !healed.Load() {
				return poison(ctx, tx, batch)
			}
		}
		return record(ctx, tx, batch)
	}
	intake.relay()
	routing.consume(fold, "intake")
	var ds []events.Draft
	for v := range int64(4) {
		ds = append(append(ds, draft("bad", v+1)), drafts(50)...)
	}
	intake.emitDrafts(ds...)
	await(t, func() bool { return routing.applied("intake") == 201 && routing.parked() == 3 }, func() string { return "the others do not arrive" })
	intake.emitDrafts(draft("bad", 5), draft("good", 1))
	await(t, func() bool { return routing.applied("intake") == 202 && routing.parked() == 4 }, func() string { return "it is not parked behind" })

	if res := routing.release(t, "bad"); res.GetReleasedCount() != 0 || res.GetParkedCount() != 4 {
		t.Errorf("release of what is still bad: %v", res)
	}
	healed.Store(true)
	if res := routing.release(t, "bad"); res.GetReleasedCount() != 4 || res.GetParkedCount() != 0 {
		t.Errorf("release of what is healed: %v", res)
	}
	intake.emitDrafts(draft("bad", 6))
	await(t, func() bool { return routing.applied("intake") == 207 }, func() string { return "the released complaint does not go on" })
	rows, _ := routing.pool.Query(t.Context(), `SELECT version FROM applied WHERE aggregate_id = 'bad' ORDER BY n`)
	got, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6}, got); diff != "" {
		t.Errorf("versions in the order of application (-want +got):\n%s", diff)
	}
}

// What a released event writes goes with COMMIT elsewhere; here the next event must see it, and it goes with the savepoint of an event that fails.
func TestAReleasedEventSeesWhatTheOneBeforeItWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	healthy := atomic.Int64{} // versions up to it can be applied
	fold := func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
		var b pgx.Batch
		for e := range batch.All() {
			var last int64
			if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM applied WHERE aggregate_id = $1`, e.AggregateID).Scan(&last); err != nil {
				return err
			}
			if last+int64(b.Len())+1 != e.Version {
				return fmt.Errorf("version %d comes after %d", e.Version, last)
			}
			b.Queue(`INSERT INTO applied (producer, part, seq, aggregate_id, version) VALUES ($1, $2, $3, $4, $5 / $6::bigint)`,
				e.Producer, e.Part, e.Seq, e.AggregateID, e.Version, min(1, max(0, healthy.Load()-e.Version+1)))
		}
		return events.EmitWith(ctx, tx, time.Now(), &b, draft("answer", 1))
	}
	intake.relay()
	routing.consume(fold, "intake")
	intake.emitDrafts(draft("c", 1), draft("c", 2), draft("c", 3), draft("c", 4))
	await(t, func() bool { return routing.parked() == 4 }, func() string { return "not all are parked" })
	for _, released := range []int32{2, 0, 2} {
		healthy.Add(int64(released))
		if res := routing.release(t, "c"); res.GetReleasedCount() != released {
			t.Errorf("with versions up to %d in order: %v", healthy.Load(), res)
		}
	}
	if n := routing.applied("intake"); n != 4 {
		t.Errorf("%d events are applied, want 4", n)
	}
	var emitted int
	if err := routing.pool.QueryRow(t.Context(), `SELECT count(*) FROM event_stream`).Scan(&emitted); err != nil || emitted != 4 {
		t.Errorf("%d events are emitted (%v), want one for each that was applied", emitted, err)
	}
}

// A failure that may pass must hold up its part and park nothing.
func TestWhatIsAwayIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	var tries atomic.Int32
	intake.relay()
	routing.consume(func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
		if tries.Add(1) < 8 {
			return fault.New(fault.Unavailable, "PROCEDURE_AWAY", "intake does not answer")
		}
		return record(ctx, tx, batch)
	}, "intake")
	intake.emitDrafts(draft("c", 1), draft("c", 2))
	routing.awaitApplied("intake", 2)
	if n := routing.parked(); n != 0 {
		t.Errorf("%d events are parked, want none", n)
	}
}

// parked returns how many events the service has parked.
func (s *service) parked() int {
	s.world.t.Helper()
	res, err := s.bus.Feed().ListParkedEvents(context.Background(), &eventsv1.ListParkedEventsRequest{})
	if err != nil {
		s.world.t.Fatal(err)
	}
	return len(res.GetParkedEvents())
}

func (s *service) release(t *testing.T, aggregate string) *eventsv1.ReleaseParkedEventsResponse {
	t.Helper()
	res, err := s.bus.Feed().ReleaseParkedEvents(t.Context(), &eventsv1.ReleaseParkedEventsRequest{AggregateId: aggregate})
	if err != nil {
		t.Fatal(err)
	}
	return res
}
