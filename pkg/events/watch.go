package events

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

const (
	// watchEvery is the time between looks at the lag of the lanes; one without progress for two looks asks its producer.
	watchEvery = time.Second
	// silence is how long a producer may send no beacon before it is asked for its heads.
	silence = 3 * time.Second
	// headsPatience bounds that question.
	headsPatience = 2 * time.Second
)

// onBeacon takes a producer's heads from a beacon.
func (c *consumption) onBeacon(producer string, body []byte) {
	m := &eventsv1.ListHeadsResponse{}
	if err := proto.Unmarshal(body, m); err != nil || m.GetProducer() != producer {
		c.bus.cfg.Log.Warn("not a beacon", slog.String("producer", producer), slog.Any("error", err))
		return
	}
	c.tell(producer, m)
}

// tell lets the lanes know a producer's heads.
func (c *consumption) tell(producer string, m *eventsv1.ListHeadsResponse) {
	c.mu.Lock()
	c.heard[producer] = realTime.Now()
	c.mu.Unlock()
	lanes := c.snapshot()
	for _, h := range m.GetHeads() {
		if lane := lanes[int(h.GetPart())]; lane != nil {
			lane.told(producer, m.GetIncarnation(), h.GetSeq())
		}
	}
}

// learn asks a producer for its heads.
func (c *consumption) learn(ctx context.Context, producer string) error {
	ctx, cancel := context.WithTimeout(ctx, headsPatience)
	defer cancel()
	m, err := c.bus.cfg.Feed(producer).ListHeads(ctx, &eventsv1.ListHeadsRequest{})
	if err != nil {
		return err
	}
	c.tell(producer, m)
	return nil
}

// watch looks for lanes that miss events which nothing announces: a lost tail, or all while NATS is away.
func (c *consumption) watch(ctx context.Context) {
	lanes := c.snapshot()
	for _, producer := range c.sub.producers() {
		c.mu.Lock()
		silent := realTime.Now().Sub(c.heard[producer]) > silence
		c.mu.Unlock()
		if silent {
			if err := c.learn(ctx, producer); err != nil && ctx.Err() == nil {
				c.bus.cfg.Log.Debug("producer is silent", slog.String("producer", producer), slog.Any("error", err))
			}
		}
		var lag int64
		for _, lane := range lanes {
			lag += lane.look(producer)
		}
		c.bus.meter.lag.Record(ctx, lag, c.bus.meter.with(producer))
	}
}

// told notes the head of a producer. A higher incarnation stops it.
func (l *Lane) told(producer string, incarnation int32, head int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(producer)
	switch {
	case s == nil || s.halted || incarnation < s.cursor.incarnation:
	case s.cursor.incarnation != 0 && incarnation > s.cursor.incarnation:
		l.halt(s, incarnation)
	default:
		s.head, s.known = max(s.head, head), true
	}
}

// look returns how many events of a producer the lane is behind, and makes the lane ask for the next when it did not move since
// the last look.
func (l *Lane) look(producer string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(producer)
	if s == nil || s.halted {
		return 0
	}
	// Two looks in a row must find the lane behind at the same place with nothing in hand: an event on its way needs less.
	lag := max(0, s.head-s.cursor.seq)
	if _, here := s.buffer[s.cursor.seq+1]; lag > 0 && !here && s.seen == s.cursor.seq && s.stalled {
		s.suspect = true
		signal(l.wake)
	}
	s.stalled, s.seen = lag > 0, s.cursor.seq
	return lag
}
