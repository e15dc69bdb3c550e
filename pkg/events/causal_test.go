package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
)

// routing answers each event of intake, and reporting hears both, while the store of the broker is lost once: reporting must see
// every answer after what it answers.
func TestCausalOrderAcrossProducers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing", "reporting")
	intake, routing, reporting := w.services["intake"], w.services["routing"], w.services["reporting"]
	intake.relay()
	routing.relay()
	routing.consume(answer, "intake")
	reporting.consume(record, "intake", "routing")
	intake.emit(300)
	await(t, func() bool { return reporting.applied("routing") > 0 }, func() string { return "no answer arrives" })
	w.nats.Stop()
	w.nats.Wipe()
	intake.emit(300)
	w.nats.Start()
	intake.emit(100)
	reporting.awaitApplied("intake", 700)
	reporting.awaitApplied("routing", 700)
	const early = `
		SELECT count(*) FROM applied effect JOIN applied cause USING (aggregate_id)
		WHERE effect.producer = 'routing' AND cause.producer = 'intake' AND effect.n < cause.n`
	if n := count(t, reporting.pool, early); n != 0 {
		t.Errorf("%d answers were applied before what they answer", n)
	}
}

// answer is a Fold that emits one event for each that it sees.
func answer(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	var out []events.Draft
	for e := range batch.All() {
		out = append(out, draft(e.AggregateID, e.Version))
	}
	return events.Emit(ctx, tx, time.Now(), out...)
}
