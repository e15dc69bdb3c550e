// Package eventstest tests folds and what they emit without a broker: events go through the real lanes and cursors of package
// events, from producers that exist only in the test.
//
//	in := eventstest.Deliver(t, pool, srv.Fold, eventstest.Twice(), eventstest.Shuffled())
//	in.Deliver(registered, withdrawn)
//	got := eventstest.Outbox(t, pool)
package eventstest

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// Inbox is a consumer under test, and the producers that it hears.
type Inbox struct {
	t         testing.TB
	pool      *pgxpool.Pool
	fold      events.Fold
	producers map[string]*producer

	twice     bool
	shuffled  bool
	parks     bool
	batchSize int
	now       func() time.Time
}

// Option changes how an Inbox delivers.
type Option func(*Inbox)

// Twice delivers every event twice, as JetStream may.
func Twice() Option { return func(in *Inbox) { in.twice = true } }

// Shuffled delivers the events of each call in another order than the producers', with a seed that a failing test prints.
func Shuffled() Option { return func(in *Inbox) { in.shuffled = true } }

// Parks lets events be parked, which otherwise fails the test.
func Parks() Option { return func(in *Inbox) { in.parks = true } }

// BatchSize is the most events that fold sees at once.
func BatchSize(n int) Option { return func(in *Inbox) { in.batchSize = n } }

// RecordedAt lets the producers record events at the time of a clock, and not when they happened.
func RecordedAt(now func() time.Time) Option { return func(in *Inbox) { in.now = now } }

// Deliver returns an inbox over pool, which needs events.Migrations, that applies events with fold. It wants every type.
func Deliver(t testing.TB, pool *pgxpool.Pool, fold events.Fold, options ...Option) *Inbox {
	t.Helper()
	in := &Inbox{t: t, pool: pool, fold: fold, producers: map[string]*producer{}}
	for _, option := range options {
		option(in)
	}
	return in
}

// Deliver makes events of drafts, each of the service whose package its message is in, and applies them, in the order given
// as far as they are about the same part. It returns when all have been applied. A draft without tenant gets "default", one
// without a version the next of its aggregate, one without a time the present.
func (in *Inbox) Deliver(drafts ...events.Draft) {
	in.t.Helper()
	byPart := map[int][]events.Event{}
	for _, d := range drafts {
		e := in.producer(d).sequence(in.t, d, in.now)
		byPart[e.Part] = append(byPart[e.Part], e)
	}
	for part, evs := range byPart {
		in.deliver(part, evs)
	}
	if !in.parks {
		for _, p := range in.Parked() {
			in.t.Errorf("%s %s was parked: %s", p.GetEvent().GetType(), p.GetEvent().GetEventId(), p.GetError())
		}
	}
}

// deliver brings events of one part to a lane as a careless broker would, and lets the lane apply them.
func (in *Inbox) deliver(part int, evs []events.Event) {
	in.t.Helper()
	if in.twice {
		evs = slices.Concat(evs, evs)
	}
	if in.shuffled {
		seed := rand.Uint64() //nolint:gosec // not a secret
		in.t.Logf("part %d is shuffled with seed %d", part, seed)
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // not a secret
		r.Shuffle(len(evs), func(i, j int) { evs[i], evs[j] = evs[j], evs[i] })
	}
	wanted := map[string][]string{}
	for name := range in.producers {
		wanted[name] = nil
	}
	lane := events.NewLane(in.config(), events.Subscription{Producers: wanted, Fold: in.fold, BatchSize: in.batchSize}, part)
	if err := lane.Load(in.t.Context()); err != nil {
		in.t.Fatal(err)
	}
	for _, e := range evs {
		lane.Offer(e)
		if !in.shuffled { // else the lane would fill every gap from the producer, and nothing would be out of order
			in.drain(lane)
		}
	}
	in.drain(lane)
}

func (in *Inbox) drain(lane *events.Lane) {
	in.t.Helper()
	if err := lane.Drain(in.t.Context()); err != nil {
		in.t.Fatalf("fold failed for the moment, which no test should: %v", err)
	}
}

// config is that of a service which can reach the test's producers.
func (in *Inbox) config() events.Config {
	return events.Config{
		Service: "eventstest", Pool: in.pool, Log: slog.New(slog.DiscardHandler), Now: clock.System{}.Now,
		Feed: in.Feed,
	}
}

// Feed returns the event feed of one of the test's producers.
func (in *Inbox) Feed(name string) eventsv1.EventFeedServiceClient { return in.producers[name] }

// Parked returns the events that could not be applied, in order.
func (in *Inbox) Parked() []*eventsv1.ParkedEvent {
	in.t.Helper()
	bus := events.NewBus(in.config())
	res, err := bus.Feed().ListParkedEvents(in.t.Context(), &eventsv1.ListParkedEventsRequest{})
	if err != nil {
		in.t.Fatal(err)
	}
	return res.GetParkedEvents()
}

// producer returns the service that a draft's message belongs to: the second word of its full name.
func (in *Inbox) producer(d events.Draft) *producer {
	in.t.Helper()
	words := strings.Split(string(d.Message.ProtoReflect().Descriptor().FullName()), ".")
	if len(words) < 2 {
		in.t.Fatalf("%T is of no service", d.Message)
	}
	p := in.producers[words[1]]
	if p == nil {
		p = &producer{name: words[1], versions: map[string]int64{}}
		in.producers[p.name] = p
	}
	return p
}

// newEvent returns the event that a producer makes of d.
func newEvent(t testing.TB, d events.Draft) events.Event {
	t.Helper()
	payload, err := proto.Marshal(d.Message)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{
		Incarnation: 1, Part: events.PartOf(d.AggregateID), ID: uuid.Must(uuid.NewV7()).String(),
		Tenant: d.Tenant, AggregateID: d.AggregateID, Version: d.Version,
		Type: string(d.Message.ProtoReflect().Descriptor().FullName()), Payload: payload, Actor: d.Actor,
		OccurTime: d.OccurTime, RecordTime: d.OccurTime, TraceParent: d.TraceParent,
	}
}
