package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// A producer that always has more must not keep the others waiting.
func TestProducersTakeTurns(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "reporting", events.Migrations)
	var order []string
	fold := func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		for e := range batch.All() {
			order = append(order, e.Producer)
		}
		return nil
	}
	sub := events.Subscription{Fold: fold, BatchSize: 1, Producers: map[string][]string{"intake": nil, "routing": nil}}
	lane := events.NewLane(events.Config{Service: "reporting", Pool: pool, Log: logger(), Now: time.Now}, sub, 0)
	if err := lane.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for seq := range int64(3) {
		for producer := range sub.Producers {
			lane.Offer(events.Event{
				Producer: producer, Incarnation: 1, Seq: seq + 1, Tenant: "default", AggregateID: "c", Version: seq + 1,
				Type: string(proto.MessageName(&intakev1.ContactRecorded{})),
			})
		}
	}
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"intake", "routing", "intake", "routing", "intake", "routing"}, order); diff != "" {
		t.Errorf("order of the batches (-want +got):\n%s", diff)
	}
}

// A message without fields has no bytes: that it cannot be applied must not keep its part for ever.
func TestAnEmptyEventCanBeParked(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "reporting", events.Migrations)
	fold := func(context.Context, pgx.Tx, *events.Batch) error { return errors.New("it cannot be read") }
	sub := events.Subscription{Fold: fold, Producers: map[string][]string{"intake": nil}}
	lane := events.NewLane(events.Config{Service: "reporting", Pool: pool, Log: logger(), Now: time.Now}, sub, 0)
	if err := lane.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	lane.Offer(events.Event{
		ID: uuid.NewString(), Producer: "intake", Incarnation: 1, Seq: 1, Tenant: "default", AggregateID: "c", Version: 1,
		Type: string(proto.MessageName(&intakev1.ContactRecorded{})),
	})
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var parked int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM parked_event`).Scan(&parked); err != nil || parked != 1 {
		t.Errorf("%d events are parked, want 1 (%v)", parked, err)
	}
}
