package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
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

// laneOf returns a lane of intake's and routing's events whose batches are noted as texts like "intake1 routing1".
func laneOf(t *testing.T, sub events.Subscription, fold func(*events.Batch)) (*events.Lane, *events.Bus, *[]string) {
	t.Helper()
	pool := pgtest.New(t, "reporting", events.Migrations)
	var batches []string
	sub.Producers = map[string][]string{"intake": nil, "routing": nil}
	sub.Fold = func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		var names []string
		for e := range batch.All() {
			names = append(names, fmt.Sprint(e.Producer, e.Seq))
		}
		batches = append(batches, strings.Join(names, " "))
		fold(batch)
		return nil
	}
	cfg := events.Config{Service: "reporting", Pool: pool, Log: logger(), Now: time.Now}
	lane := events.NewLane(cfg, sub, 0)
	if err := lane.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return lane, events.NewBus(cfg), &batches
}

// told is a producer's event that follows from others.
func told(producer string, seq int64, aggregate string, after map[string]int64) events.Event {
	return events.Event{
		ID: uuid.NewString(), Producer: producer, Incarnation: 1, Seq: seq, Tenant: "default", AggregateID: aggregate, Version: seq,
		Type: string(proto.MessageName(&intakev1.ContactRecorded{})), Payload: []byte{}, After: after,
	}
}

// What follows from what one transaction applies is applied by the same one, behind its cause; what follows from more than is there waits.
func TestCauseAndEffectShareATransaction(t *testing.T) {
	t.Parallel()
	lane, _, batches := laneOf(t, events.Subscription{}, func(*events.Batch) {})
	for _, e := range []events.Event{
		told("routing", 1, "a", map[string]int64{"intake": 2}), told("routing", 2, "b", map[string]int64{"intake": 3}),
		told("routing", 3, "b", map[string]int64{"intake": 5}), told("intake", 1, "a", nil), told("intake", 2, "a", nil), told("intake", 3, "b", nil),
		told("intake", 4, "b", map[string]int64{"routing": 2}),
	} {
		lane.Offer(e)
	}
	if err := lane.ApplyNext(t.Context()); err != nil {
		t.Fatal(err)
	}
	lane.Offer(told("intake", 5, "b", nil))
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"intake1 intake2 intake3 routing1 routing2 intake4", "intake5 routing3"}
	if diff := cmp.Diff(want, *batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// An aggregate is parked from one event of a batch on, whichever producers tell of it and whatever their sequences are.
func TestParkingCountsByPlaceInTheBatch(t *testing.T) {
	t.Parallel()
	lane, bus, _ := laneOf(t, events.Subscription{}, func(batch *events.Batch) {
		for e := range batch.All() {
			if e.Producer == "intake" && e.Seq == 2 {
				batch.Park(e, errors.New("it cannot be read"))
			}
			if e.Producer == "routing" && e.AggregateID == "a" {
				t.Errorf("%s%d is shown behind what parked its aggregate", e.Producer, e.Seq)
			}
		}
	})
	for _, e := range []events.Event{
		told("intake", 1, "a", nil), told("intake", 2, "a", nil), told("routing", 1, "a", map[string]int64{"intake": 2}),
		told("routing", 2, "b", map[string]int64{"intake": 2}),
	} {
		lane.Offer(e)
	}
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	res, err := bus.Feed().ListParkedEvents(t.Context(), &eventsv1.ListParkedEventsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var parked []string
	for _, p := range res.GetParkedEvents() {
		parked = append(parked, fmt.Sprint(p.GetProducer(), p.GetEvent().GetSeq()))
	}
	if diff := cmp.Diff([]string{"intake2", "routing1"}, parked); diff != "" {
		t.Errorf("parked (-want +got):\n%s", diff)
	}
}

// A lane that lets events gather applies what came meanwhile together, and does not wait for more than one transaction takes.
func TestALaneLetsEventsGather(t *testing.T) {
	t.Parallel()
	lane, _, batches := laneOf(t, events.Subscription{BatchSize: 3, Rest: 1 << 20}, func(*events.Batch) {})
	lane.Offer(told("intake", 1, "a", nil))
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	lane.Offer(told("intake", 2, "a", nil))
	resting := lane.Resting()
	lane.Offer(told("routing", 1, "a", map[string]int64{"intake": 2}))
	lane.Offer(told("routing", 2, "a", nil))
	if full := !lane.Resting(); !resting || !full {
		t.Errorf("resting with one event %t, with three %t", resting, !full)
	}
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	lane.Offer(told("intake", 3, "a", nil))
	lane.Offer(told("routing", 3, "a", nil))
	if err := lane.Drain(t.Context()); err != nil { // when the rest is over
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"intake1", "intake2 routing1 routing2", "routing3 intake3"}, *batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// Few events are applied at once, however long a lane would rest.
func TestALaneRestsWhereManyEventsCome(t *testing.T) {
	t.Parallel()
	lane, _, _ := laneOf(t, events.Subscription{Rest: 1 << 20}, func(*events.Batch) {})
	lane.Quick(2)
	var rests []bool
	for seq := range int64(3) {
		lane.Offer(told("intake", seq+1, "a", nil))
		if err := lane.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		rests = append(rests, lane.Resting())
	}
	if diff := cmp.Diff([]bool{false, false, true}, rests); diff != "" {
		t.Errorf("rests after one, two and three events (-want +got):\n%s", diff)
	}
}

// Where much comes, an event waits for what another producer does because of it, but not without end; where little comes it does not wait.
func TestAnEventWaitsForWhatOthersDoBecauseOfIt(t *testing.T) {
	t.Parallel()
	lane, _, batches := laneOf(t, events.Subscription{Together: map[string][]string{"intake": {"routing"}}}, func(*events.Batch) {})
	lane.Quick(2)
	apply := func(list ...events.Event) {
		t.Helper()
		for _, e := range list {
			lane.Offer(e)
		}
		if err := lane.ApplyNext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	apply(told("intake", 1, "a", nil), told("intake", 2, "a", nil)) // few
	apply(told("intake", 3, "a", nil))                              // one too many
	apply(told("intake", 4, "b", nil), told("intake", 5, "c", nil))
	apply(told("routing", 1, "b", map[string]int64{"intake": 4}), told("routing", 2, "b", nil))
	if err := lane.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"intake1 intake2", "intake3", "intake4 routing1 routing2", "intake5"}
	if diff := cmp.Diff(want, *batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
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
