package events_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
)

// emitTogether commits events by one transaction that gives them their sequences.
func (s *service) emitTogether(ds ...events.Draft) error {
	return s.bus.InTx(context.Background(), nil, func(ctx context.Context, tx pgx.Tx) error { return events.Emit(ctx, tx, time.Now(), ds...) })
}

// Transactions that sequence their own events, of all parts at once, some rolled back, beside others that leave it to the relay, all of the same
// aggregates: nothing is lost or told twice, and each aggregate's versions are told in order.
func TestTransactionsSequenceTheirOwnEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	if _, err := intake.pool.Exec(t.Context(), `CREATE TABLE thing (id text PRIMARY KEY, version bigint NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	const writers, rounds, things = 6, 40, 24
	change := func(ctx context.Context, tx pgx.Tx, first int) error {
		var ds []events.Draft
		for i := range 8 { // in one order, as all who lock several do
			id := fmt.Sprintf("thing-%02d", (first+i)%things)
			if first+i >= things {
				break
			}
			var version int64
			const q = `INSERT INTO thing AS t VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET version = t.version + 1 RETURNING version`
			if err := tx.QueryRow(ctx, q, id).Scan(&version); err != nil {
				return err
			}
			ds = append(ds, draft(id, version))
		}
		return events.Emit(ctx, tx, time.Now(), ds...)
	}
	broken := errors.New("no")
	var g errgroup.Group
	for writer := range writers {
		g.Go(func() error {
			for round := range rounds {
				first := (writer*7 + round*5) % things
				var err error
				switch {
				case round%8 == 7:
					err = intake.bus.InTx(context.Background(), nil, func(ctx context.Context, tx pgx.Tx) error { return errors.Join(change(ctx, tx, first), broken) })
					if errors.Is(err, broken) {
						err = nil
					}
				case writer%3 == 0:
					err = postgres.InTx(context.Background(), intake.pool, func(tx pgx.Tx) error { return change(context.Background(), tx, first) })
					intake.bus.Poke()
				default:
					err = intake.bus.InTx(context.Background(), nil, func(ctx context.Context, tx pgx.Tx) error { return change(ctx, tx, first) })
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	n := count(t, intake.pool, `SELECT sum(version) FROM thing`)
	routing.awaitApplied("intake", n)
	intake.checkDense(n)
	const disorder = `
		SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY aggregate_id ORDER BY n) AS want FROM applied) a WHERE version <> want`
	if wrong := count(t, routing.pool, disorder); wrong != 0 {
		t.Errorf("%d versions are told out of order", wrong)
	}
}

// What a replica without the relay has sequenced, or one that died before it could tell, is found by the relay.
func TestTheRelayFindsWhatOthersHaveSequenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	other := w.replica("intake", intake.pool)
	intake.relay()
	routing.consume(record, "intake")
	if err := other.emitTogether(draft("a", 1), draft("b", 1), draft("a", 2)); err != nil {
		t.Fatal(err)
	}
	w.awaitStream("intake", 3)
	routing.awaitApplied("intake", 3)
	other.conn.Close() // its poke is lost
	if err := other.emitTogether(draft("a", 3)); err != nil {
		t.Fatal(err)
	}
	w.awaitStream("intake", 4)
	routing.awaitApplied("intake", 4)
}

// Behind an event that waits for the relay, none of its part gets a sequence before it does; those of other parts do.
func TestNobodyOvertakesWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.emitDrafts(draft("a", 1))
	if err := intake.emitTogether(draft("a", 2), draft("elsewhere", 1)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, intake.pool, `SELECT count(*) FROM event_stream WHERE aggregate_id = 'a'`); n != 0 {
		t.Error("an event has a sequence, though its part waits")
	}
	if n := count(t, intake.pool, `SELECT count(*) FROM event_stream WHERE aggregate_id = 'elsewhere'`); n != 1 {
		t.Error("an event has no sequence, though its part does not wait")
	}
	intake.relay()
	routing.consume(record, "intake")
	routing.awaitApplied("intake", 3)
	intake.checkDense(3)
	rows, _ := routing.pool.Query(t.Context(), `SELECT version FROM applied WHERE aggregate_id = 'a' ORDER BY n`)
	got, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if diff := cmp.Diff([]int64{1, 2}, got); diff != "" || err != nil {
		t.Errorf("versions of a (-want +got): %v\n%s", err, diff)
	}
}

// What is published at once and what is read again from the database are the same event, to the last figure.
func TestAHandedOverEventIsTheOneThatWasKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	await(t, intake.bus.Alone, func() string { return "the relay has no parts" })
	seen := make(chan events.Event, 2)
	routing.consume(func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		for e := range batch.All() {
			seen <- e
		}
		return nil
	}, "intake")
	d := draft("a", 1)
	d.TraceParent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"
	if err := intake.emitTogether(d, draft("a", 2)); err != nil {
		t.Fatal(err)
	}
	for _, kept := range intake.messages() {
		got := <-seen
		got.TraceParent = "" // messages does not tell it
		if diff := cmp.Diff(kept, got); diff != "" {
			t.Errorf("event (-kept +published):\n%s", diff)
		}
	}
}
