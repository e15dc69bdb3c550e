package events_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
)

// A producer knows how far its slowest consumer is behind, and forgets one that has gone silent.
func TestAProducerKnowsItsBacklog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing", "slatimer")
	intake, routing, slatimer := w.services["intake"], w.services["routing"], w.services["slatimer"]
	intake.relay()
	slatimer.consume(record, "intake")
	letGo := make(chan struct{})
	stop := routing.consume(func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
		select {
		case <-letGo:
		case <-ctx.Done():
			return ctx.Err()
		}
		return record(ctx, tx, batch)
	}, "intake")
	backlog := func(want int64) {
		t.Helper()
		await(t, func() bool { return intake.bus.Backlog() == want }, func() string {
			return fmt.Sprintf("the backlog is %d, want %d", intake.bus.Backlog(), want)
		})
	}
	intake.emitDrafts(drafts(200)...)
	slatimer.awaitApplied("intake", 200)
	backlog(200)
	close(letGo)
	routing.awaitApplied("intake", 200)
	backlog(0)
	stop()
	intake.emitDrafts(drafts(200)...)
	slatimer.awaitApplied("intake", 400)
	backlog(0) // of routing nothing is heard any more
}
