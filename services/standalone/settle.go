package standalone

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// settlePoll is the time between two looks whether the services have settled.
const settlePoll = 3 * time.Millisecond

// Querier is what Unsettled asks: a pool or a connection.
type Querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Unsettled returns what the five services, whose schemas stand in one database, have still to do: events to sequence, events to
// apply, timers that are due by now. It returns "" when nothing is left: one query sees one moment of all schemas, and a service
// commits an event with what caused it and moves its cursor with what an event causes.
func Unsettled(ctx context.Context, db Querier, now time.Time) (string, error) {
	var left string
	err := db.QueryRow(ctx, unsettled, now).Scan(&left)
	return left, err
}

// unsettled lists what is left to do.
var unsettled = func() string {
	var heads, parts []string
	for _, name := range Names() {
		heads = append(heads, fmt.Sprintf("SELECT '%[1]s' AS producer, part, seq FROM %[1]s.producer_head", name))
		parts = append(parts,
			fmt.Sprintf("SELECT '%[1]s has ' || count(*) || ' events to sequence' AS work FROM %[1]s.outbox_pending HAVING count(*) > 0", name),
			fmt.Sprintf("SELECT '%[1]s has to apply ' || sum(h.seq - c.seq) || ' events of ' || producer || ' in parts ' || string_agg(part::text, ',') "+
				"FROM %[1]s.inbox_cursor c JOIN head h USING (producer, part) WHERE c.seq < h.seq GROUP BY producer", name))
	}
	parts = append(parts, "SELECT count(*) || ' timers are due' FROM slatimer.timer_armed WHERE fire_time < $1 HAVING count(*) > 0")
	return "WITH head AS (" + strings.Join(heads, " UNION ALL ") + ") SELECT coalesce(string_agg(work, '; '), '') FROM (" +
		strings.Join(parts, " UNION ALL ") + ") AS open"
}()

// Unsettled returns what the suite's services have still to do, by the suite's clock.
func (s *Suite) Unsettled(ctx context.Context) (string, error) {
	return Unsettled(ctx, s.watch, s.clockOf("slatimer").Now())
}

// Settle waits until the services have applied all that they have published and fired all timers that are due by the suite's clock.
// It says what is left when ctx ends before.
func (s *Suite) Settle(ctx context.Context) error {
	tick := time.NewTicker(settlePoll)
	defer tick.Stop()
	for {
		left, err := s.Unsettled(ctx)
		if err == nil && left == "" {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.done:
			return errors.Join(errors.New("the services have ended"), s.err)
		case <-ctx.Done():
			return fmt.Errorf("the services do not settle: %s: %w", left, errors.Join(err, ctx.Err()))
		}
	}
}

// ParkedEvent is an event that a service could not apply.
type ParkedEvent struct{ Service, Tenant, AggregateID, Type, Error string }

// ParkedEvents returns the events that the services could not apply, in no order.
func (s *Suite) ParkedEvents(ctx context.Context) ([]ParkedEvent, error) {
	parts := make([]string, 0, len(services))
	for _, name := range Names() {
		parts = append(parts, fmt.Sprintf("SELECT '%[1]s', tenant, aggregate_id, type, error FROM %[1]s.parked_event", name))
	}
	rows, _ := s.watch.Query(ctx, strings.Join(parts, " UNION ALL ")) // CollectRows returns the error
	parked, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ParkedEvent])
	if err != nil {
		return nil, fmt.Errorf("select parked events: %w", err)
	}
	return parked, nil
}
