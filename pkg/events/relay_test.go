package events_test

import (
	"context"
	"testing"

	"redress.dev/pkg/events"
)

// A relay that died between an acknowledgement and its note publishes again what the stream has: the batches are refused, and
// it must get on nevertheless.
func TestRelayGetsOnAfterForgottenAcknowledgements(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	stop := intake.relay()
	intake.emit(700)
	w.awaitStream("intake", 700)
	stop()
	if _, err := intake.pool.Exec(t.Context(), `UPDATE producer_head SET published_seq = 0`); err != nil {
		t.Fatal(err)
	}
	intake.relay()
	intake.emit(100)
	w.awaitStream("intake", 800)
	await(t, func() bool { return count(t, intake.pool, `SELECT sum(published_seq) FROM producer_head`) == 800 },
		func() string { return "the relay does not get on" })
	routing.consume(record, "intake")
	routing.awaitApplied("intake", 800)
}

// Stopping in good order leaves nothing behind: not an event without a sequence, not one unpublished, not a lease.
func TestRelayFlushesWhenItStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	intake := w.services["intake"]
	stop := intake.relay()
	await(t, intake.bus.Alone, func() string { return "the relay has no parts" })
	intake.emit(500)
	if err := intake.emitTogether(drafts(100)...); err != nil {
		t.Fatal(err)
	}
	stop()
	for q, want := range map[string]int{
		`SELECT count(*) FROM outbox_pending`:                                          0,
		`SELECT sum(published_seq) FROM producer_head`:                                 600,
		`SELECT count(*) FROM lease WHERE until > now()`:                               0,
		`SELECT count(*) FROM producer_head WHERE seq <> published_seq OR seq < 0`:     0,
		`SELECT count(*) FROM event_stream WHERE part NOT BETWEEN 0 AND 15 OR seq < 1`: 0,
	} {
		if got := count(t, intake.pool, q); got != want {
			t.Errorf("%s = %d, want %d", q, got, want)
		}
	}
}

// Types that nobody here wants move the cursor and are not shown; a poke from another replica's commit reaches the owner.
func TestUnwantedTypesOnlyMoveTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	other := w.replica("intake", intake.pool)
	run(t, func(ctx context.Context) error {
		return routing.bus.Consume(ctx, events.Subscription{
			Producers: map[string][]string{"intake": {"redress.intake.v1.ComplaintWithdrawn"}}, Fold: record,
		})
	})
	other.emit(100)
	await(t, func() bool {
		return count(t, routing.pool, `SELECT coalesce(sum(seq), 0) FROM inbox_cursor`) == 100
	}, func() string { return "the cursor does not move" })
	if n := routing.applied("intake"); n != 0 {
		t.Errorf("%d unwanted events were shown", n)
	}
}

// A restored producer may have given the sequences to other events: nothing of it may be applied any more.
func TestRestoredProducerIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	stop := intake.relay()
	routing.consume(record, "intake")
	intake.emitDrafts(draft("c", 1))
	routing.awaitApplied("intake", 1)
	stop()
	if _, err := intake.pool.Exec(t.Context(), `UPDATE producer_meta SET incarnation = 2`); err != nil {
		t.Fatal(err)
	}
	intake.relay()
	intake.emitDrafts(draft("c", 2))
	w.awaitStream("intake", 2)
	intake.emitDrafts(draft("other", 1)) // of another part: it shows that messages still arrive
	await(t, func() bool { return routing.applied("intake") == 2 }, func() string { return "other parts do not arrive" })
	if n := count(t, routing.pool, `SELECT count(*) FROM applied WHERE version = 2`); n != 0 {
		t.Error("an event of the restored producer was applied")
	}
}
