package events_test

import (
	"context"
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

func TestEventsArriveOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emit(500)
	routing.awaitApplied("intake", 500)
	intake.checkDense(500)
	w.awaitStream("intake", 500)
}

// Whatever is emitted before, during and after the loss of the whole store must arrive, and the new store must fill again.
func TestStoreWipedInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	emitted := make(chan struct{})
	go func() { intake.emit(1000); close(emitted) }()
	await(t, func() bool { return routing.applied("intake") > 100 }, func() string { return "nothing arrives" })
	w.nats.Stop()
	w.nats.Wipe()
	<-emitted
	w.nats.Start()
	intake.emit(200)
	routing.awaitApplied("intake", 1200)
	intake.checkDense(1200)
	w.awaitStream("intake", 1200)
}

// A store that went back hands out its sequences again, to other events.
func TestStoreRolledBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emit(300)
	w.awaitStream("intake", 300)
	w.nats.Stop()
	w.nats.Save()
	w.nats.Start()
	intake.emit(300)
	w.awaitStream("intake", 600)
	w.nats.Stop()
	w.nats.Restore()
	w.nats.Start()
	intake.emit(100)
	routing.awaitApplied("intake", 700)
	w.awaitStream("intake", 700)
}

// What the stream has is published once, also by a relay that starts anew, and by one whose connection broke.
func TestWhatTheStreamHoldsIsNotPublishedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	intake := w.services["intake"]
	stop := intake.relay()
	intake.emit(500)
	w.awaitStream("intake", 500)
	stop()
	intake.relay()
	intake.emitDrafts(draft("a", 1))
	intake.awaitNoted(501) // a connection that breaks before the acknowledgement does publish twice
	w.nats.Stop()
	w.nats.Start()
	intake.emitDrafts(draft("a", 2))
	w.awaitStream("intake", 502)
	if n := w.published("intake"); n != 502 {
		t.Errorf("502 events were published %d times", n)
	}
}

// Also what had to be published again is then found where it is.
func TestWhatWasPublishedAgainIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	intake := w.services["intake"]
	stop := intake.relay()
	intake.emit(100)
	w.awaitStream("intake", 100)
	intake.awaitNoted(100)
	w.nats.Stop()
	w.nats.Wipe()
	w.nats.Start()
	w.awaitStream("intake", 100)
	stop()
	intake.relay()
	intake.emitDrafts(draft("a", 1))
	w.awaitStream("intake", 101)
	if n := w.published("intake"); n != 101 {
		t.Errorf("101 events were published %d times since the loss", n)
	}
}

func TestNATSDownAtStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.nats.Stop()
	w.add("intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emit(100)
	routing.awaitApplied("intake", 100)
	w.nats.Start()
	intake.emit(100)
	routing.awaitApplied("intake", 200)
	w.awaitStream("intake", 200)
}

// A stream that somebody deletes while all are connected must come back whole.
func TestStreamDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emit(100)
	w.awaitStream("intake", 100)
	if err := w.jetStream().DeleteStream(t.Context(), events.StreamNameOf("intake")); err != nil {
		t.Fatal(err)
	}
	intake.emit(100)
	routing.awaitApplied("intake", 200)
	w.awaitStream("intake", 200)
}

// awaitStream waits until a producer's stream holds n different events.
func (w *world) awaitStream(producer string, n int) {
	w.t.Helper()
	js := w.jetStream()
	var got int
	await(w.t, func() bool { got = distinct(w.t, js, producer); return got >= n },
		func() string { return "the stream does not fill" })
	if got != n {
		w.t.Errorf("the stream of %s holds %d events, want %d", producer, got, n)
	}
}

// awaitNoted waits until the service's database knows that n events are published.
func (s *service) awaitNoted(n int) {
	s.world.t.Helper()
	await(s.world.t, func() bool { return count(s.world.t, s.pool, `SELECT sum(published_seq) FROM producer_head`) == n },
		func() string { return "nobody notes what is published" })
}

// jetStream returns JetStream by a connection of its own.
func (w *world) jetStream() jetstream.JetStream {
	w.t.Helper()
	js, err := jetstream.New(w.nats.Conn(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	return js
}

// stream returns a producer's stream, which is there.
func (w *world) stream(producer string) jetstream.Stream {
	w.t.Helper()
	stream, err := w.jetStream().Stream(context.Background(), events.StreamNameOf(producer))
	if err != nil {
		w.t.Fatal(err)
	}
	return stream
}

// purge empties a producer's stream.
func (w *world) purge(producer string) {
	w.t.Helper()
	if err := w.stream(producer).Purge(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// published returns how many events a producer's stream holds, each as often as it was published.
func (w *world) published(producer string) int {
	w.t.Helper()
	all, ok := streamed(w.t, w.jetStream(), producer)
	if !ok {
		w.t.Fatal("the stream cannot be read")
	}
	return len(all)
}

// distinct returns how many different events a stream holds; -1 when it cannot be read now.
func distinct(t testing.TB, js jetstream.JetStream, producer string) int {
	t.Helper()
	all, ok := streamed(t, js, producer)
	if !ok {
		return -1
	}
	slices.Sort(all)
	return len(slices.Compact(all))
}

// streamed returns the ids of the events of a stream, and false when it cannot be read now.
func streamed(t testing.TB, js jetstream.JetStream, producer string) (ids []string, ok bool) {
	t.Helper()
	ctx := context.Background()
	stream, err := js.Stream(ctx, events.StreamNameOf(producer))
	if err != nil {
		return nil, false
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, false
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return nil, false
	}
	batch, err := consumer.FetchNoWait(int(info.State.Msgs) + 1)
	if err != nil {
		return nil, false
	}
	for m := range batch.Messages() {
		b := &eventsv1.EventBatch{}
		if err := proto.Unmarshal(m.Data(), b); err != nil {
			t.Fatal(err)
		}
		for _, pe := range b.GetParts() {
			for _, e := range pe.GetEvents() {
				ids = append(ids, e.GetEventId())
			}
		}
	}
	return ids, true
}
