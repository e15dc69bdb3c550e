package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"

	"redress.dev/pkg/wire"
)

const (
	// pullMessages and pullBytes are how much may be under way to a pump. Without the first its client keeps a queue for a million.
	pullMessages = 256
	pullBytes    = 4 << 20
	// pullExpiry is how long one request for messages stands; a heartbeat comes twice in it.
	pullExpiry = 30 * time.Second
	// consumerLife is how long JetStream keeps a consumer that nobody asks anything.
	consumerLife = time.Minute
	// roomPatience is how long a pump waits for a lane with a full buffer.
	roomPatience = 200 * time.Millisecond
	// overlap is how much earlier than needed a consumer starts: for clocks that differ, and for what happens meanwhile.
	overlap = 10 * time.Second
	// maxRetryPause bounds the pause between tries to reach the stream, which the producer may not have created yet.
	maxRetryPause = 2 * time.Second
)

// pump brings one producer's events from JetStream to the lanes of this replica.
type pump struct {
	bus      *Bus
	producer string
	lanes    map[int]*Lane
	heads    func(ctx context.Context, producer string) error // asks the producer and tells the lanes
	failing  bool
}

// run pumps until ctx ends, and begins anew after every failure.
func (p *pump) run(ctx context.Context) {
	for wait := retryPause; ctx.Err() == nil; wait = min(2*wait, maxRetryPause) {
		err := p.stream(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !p.failing && !errors.Is(err, jetstream.ErrStreamNotFound) { // which a producer that starts later creates
			p.failing = true
			p.bus.cfg.Log.Warn("events do not come from the stream; they are read from the feed meanwhile",
				slog.String("producer", p.producer), slog.Any("error", err))
		}
		pause(ctx, wait)
	}
}

// stream creates a consumer and takes its messages until something fails.
func (p *pump) stream(ctx context.Context) error {
	if !p.bus.cfg.NATS.IsConnected() {
		return errAway
	}
	js, err := jetstream.New(p.bus.cfg.NATS)
	if err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	consumer, err := js.CreateConsumer(ctx, streamName(p.producer), p.config(p.start(ctx)))
	if err != nil {
		return fmt.Errorf("create consumer: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullExpiry(pullExpiry))
	if err != nil {
		return fmt.Errorf("request messages: %w", err)
	}
	defer messages.Stop()
	if p.failing {
		p.failing = false
		p.bus.cfg.Log.Info("events come from the stream again", slog.String("producer", p.producer))
	}
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case errors.Is(err, nats.ErrTimeout):
			continue
		case err != nil:
			return fmt.Errorf("next message: %w", err)
		}
		p.deliver(ctx, m)
	}
}

// config returns the consumer: see Bus.Consume for why it is so.
func (p *pump) config(start time.Time) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		Description:       p.bus.cfg.Service + ", " + p.bus.owner,
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: consumerLife,
		DeliverPolicy:     jetstream.DeliverAllPolicy,
	}
	if !start.IsZero() {
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &start
	}
	return cfg
}

// start returns JetStream's time from which on messages are needed; zero means from its beginning.
//
// Parts that are up to date need none of the past, whenever their last event was, so the heads are asked for first; where the
// producer does not answer, every part is taken to lag. A time that is too early costs duplicates, one too late costs reads from
// the feed.
func (p *pump) start(ctx context.Context) time.Time {
	start := realTime.Now()
	_ = p.heads(ctx, p.producer) // a failure leaves the heads unknown, which is what it means
	for _, lane := range p.lanes {
		if t, lags := lane.lags(p.producer); lags && t.Before(start) {
			start = t
		}
	}
	if start.IsZero() {
		return start
	}
	return start.Add(-overlap)
}

// deliver gives a message's events to their lanes. It waits a moment for room, as long as a lane gets on. What is none of this replica's, or
// has been applied, is passed over; the gap that a message leaves which is no batch is read from the producer.
func (p *pump) deliver(ctx context.Context, m jetstream.Msg) {
	batch := &eventsv1.EventBatch{}
	err := wire.Unmarshal(m.Data(), batch)
	if err == nil {
		err = checkBatch(p.producer, batch)
	}
	if err != nil {
		p.bus.cfg.Log.Error("message is no batch of events", slog.String("subject", m.Subject()), slog.Any("error", err))
		return
	}
	var streamTime *time.Time
	if meta, err := m.Metadata(); err == nil {
		streamTime = &meta.Timestamp
	}
	came := realTime.Now()
	for _, pe := range batch.GetParts() {
		lane := p.lanes[int(pe.GetPart())]
		if lane == nil {
			continue
		}
		for _, e := range pe.GetEvents() {
			a := arrival{eventFromProto(p.producer, batch.GetIncarnation(), lane.part, e), streamTime, came}
			for !lane.offer(a) && lane.awaitRoom(ctx, p.producer) {
			}
		}
	}
}

// lags returns JetStream's time of the last message that the lane applied, zero when none came from there, and whether it may
// need older ones than those to come.
func (l *Lane) lags(producer string) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(producer)
	if s.known && s.head <= s.cursor.seq {
		return time.Time{}, false
	}
	if s.cursor.streamTime == nil {
		return time.Time{}, true
	}
	return *s.cursor.streamTime, true
}

// awaitRoom waits until the buffer for a producer has shrunk. It returns false, and from then on at once, when the lane does not
// get on: it waits for another producer, and the pump must not wait with it.
func (l *Lane) awaitRoom(ctx context.Context, producer string) bool {
	l.mu.Lock()
	s := l.source(producer)
	room, jammed := s.room, s.jammed
	l.mu.Unlock()
	if jammed {
		return false
	}
	t := time.NewTimer(roomPatience)
	defer t.Stop()
	select {
	case <-room:
		return true
	case <-ctx.Done():
		return false
	case <-t.C:
		l.mu.Lock()
		defer l.mu.Unlock()
		s.jammed = true
		return false
	}
}
