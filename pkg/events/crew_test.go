package events_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// crew returns three lanes of one replica, each with three events to apply.
func crew(t *testing.T, fold events.Fold) []*events.Lane {
	t.Helper()
	pool := pgtest.New(t, "reporting", events.Migrations)
	sub := events.Subscription{Fold: fold, Producers: map[string][]string{"intake": nil}}
	lanes := make([]*events.Lane, 3)
	for part := range lanes {
		lanes[part] = events.NewLane(events.Config{Service: "reporting", Pool: pool, Log: logger(), Now: time.Now}, sub, part)
		if err := lanes[part].Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		for seq := range int64(3) {
			lanes[part].Offer(events.Event{
				ID: uuid.NewString(), Producer: "intake", Incarnation: 1, Part: part, Seq: seq + 1, Tenant: "default", AggregateID: fmt.Sprintf("c%d%d", part, seq),
				Version: 1, Type: string(proto.MessageName(&intakev1.ContactRecorded{})), Payload: []byte{},
			})
		}
	}
	events.Crew(lanes...)
	return lanes
}

// What the parts of a replica have goes into one transaction, each part in its order.
func TestPartsShareATransaction(t *testing.T) {
	t.Parallel()
	var batches [][]string
	lanes := crew(t, func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		var ids []string
		for e := range batch.All() {
			ids = append(ids, e.AggregateID)
		}
		slices.Sort(ids)
		batches = append(batches, ids)
		return nil
	})
	for _, lane := range lanes {
		if err := lane.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]string{{"c00", "c01", "c02", "c10", "c11", "c12", "c20", "c21", "c22"}}, batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// An event that can never be applied is parked, and what shared its transaction is applied, of its own part and of the others.
func TestAPoisonousEventHarmsNoOtherPart(t *testing.T) {
	t.Parallel()
	applied := map[string]int{}
	lanes := crew(t, func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		var ids []string
		for e := range batch.All() {
			if e.AggregateID == "c11" {
				return errors.New("it cannot be read")
			}
			ids = append(ids, e.AggregateID)
		}
		for _, id := range ids { // the transaction commits
			applied[id]++
		}
		return nil
	})
	for _, lane := range lanes {
		if err := lane.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]int{"c00": 1, "c01": 1, "c02": 1, "c10": 1, "c12": 1, "c20": 1, "c21": 1, "c22": 1}
	if diff := cmp.Diff(want, applied); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
}
