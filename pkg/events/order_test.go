package events_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// An event whose transaction takes its number first and commits last must not be skipped.
func TestLateCommitIsNotSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	late, err := intake.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := events.Emit(t.Context(), late, time.Now(), draft("c", 1)); err != nil {
		t.Fatal(err)
	}
	intake.emitDrafts(draft("c", 2))
	routing.awaitApplied("intake", 1)
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	routing.awaitApplied("intake", 2) // without a poke: the poll finds it
	intake.checkDense(2)
}

// The stream may bring anything any number of times: what it brings here is every event twice, in random order.
func TestDuplicatesAndReorderingChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	stop := intake.relay()
	intake.emit(400)
	w.awaitStream("intake", 400)
	stop()
	w.purge("intake")
	messages := intake.messages()
	rand.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	routing.consume(record, "intake")
	for some := range slices.Chunk(append(messages, messages...), 3) {
		body, err := proto.Marshal(events.BatchToProto("intake", 1, some))
		if err != nil {
			t.Fatal(err)
		}
		if err := intake.conn.Publish(events.SubjectOf("intake"), body); err != nil {
			t.Fatal(err)
		}
	}
	routing.awaitApplied("intake", 400)
}

// The end of a stream that JetStream lost leaves no gap that a later event would show: only the beacon tells.
func TestBeaconFindsALostTail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	stop := intake.relay()
	intake.emit(200)
	w.awaitStream("intake", 200)
	stop()
	w.purge("intake")
	w.feeds["intake"] = headless{local{intake.bus.Feed()}}
	routing.consume(record, "intake")
	beacon, err := intake.bus.Feed().ListHeads(t.Context(), &eventsv1.ListHeadsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := proto.Marshal(beacon)
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		if err := intake.conn.Publish(events.BeaconFor("intake"), body); err != nil {
			t.Fatal(err)
		}
		return routing.applied("intake") == 200
	}, func() string { return "the tail is not missed" })
}

// headless is a feed that does not tell its heads.
type headless struct {
	eventsv1.EventFeedServiceClient
}

func (headless) ListHeads(context.Context, *eventsv1.ListHeadsRequest, ...grpc.CallOption) (*eventsv1.ListHeadsResponse, error) {
	return nil, errors.New("away")
}

// A service's answer must never be applied before what it answers, whatever way the two take. Here JetStream brings only the answer.
func TestEffectWaitsForItsCause(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "reporting", events.Migrations, tables)
	feed := &slowFeed{open: make(chan struct{})}
	lane := events.NewLane(events.Config{
		Service: "reporting", Pool: pool, Log: logger(), Now: time.Now,
		Feed: func(string) eventsv1.EventFeedServiceClient { return feed },
	}, events.Subscription{Producers: map[string][]string{"intake": nil, "routing": nil}, Fold: record}, 3)
	if err := lane.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer := event("routing", 1)
	answer.After = map[string]int64{"intake": 2, "slatimer": 9} // nobody here follows slatimer
	lane.Offer(answer)
	if err := lane.Drain(t.Context()); err == nil {
		t.Fatal("the cause is nowhere to be had, and yet nothing is missed")
	}
	if n := count(t, pool, `SELECT count(*) FROM applied`); n != 0 {
		t.Fatal("the answer was applied before its cause")
	}
	close(feed.open)
	await(t, func() bool { return lane.Drain(t.Context()) == nil }, func() string { return "the lane does not get on" })
	rows, _ := pool.Query(t.Context(), `SELECT producer FROM applied ORDER BY n`)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"intake", "intake", "routing"}, got); diff != "" {
		t.Errorf("order of application (-want +got):\n%s", diff)
	}
}

// slowFeed is a producer's feed with two events, which answers only once open is closed.
type slowFeed struct {
	eventsv1.EventFeedServiceClient
	open chan struct{}
}

func (f *slowFeed) ReadEvents(context.Context, *eventsv1.ReadEventsRequest, ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	select {
	case <-f.open:
	default:
		return nil, errors.New("away")
	}
	res := &eventsv1.ReadEventsResponse{Incarnation: 1, HeadSeq: 2}
	for seq := range int64(2) {
		e := event("intake", seq+1)
		res.Events = append(res.Events, &eventsv1.Event{Seq: e.Seq, EventId: e.ID, AggregateId: e.AggregateID, Version: e.Version, Type: e.Type})
	}
	return res, nil
}

// event returns an event of part 3.
func event(producer string, seq int64) events.Event {
	return events.Event{Producer: producer, Incarnation: 1, Part: 3, Seq: seq, ID: "01890a5d-ac96-774b-bcce-b302099a8057",
		AggregateID: "c", Version: seq, Type: "redress.intake.v1.ContactRecorded"}
}
