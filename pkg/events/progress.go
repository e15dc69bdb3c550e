package events

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

const (
	// progressEvery is the time between two reports of a consumer to the producers that it follows.
	progressEvery = 100 * time.Millisecond
	// rebuilding is how many events behind a consumer is taken to read its history anew, or to stand still: to wait for it would help nobody.
	rebuilding = 20_000
)

// progress is what consumers have told of how far they have applied a producer's events.
type progress struct {
	mu       sync.Mutex
	consumer map[string]map[int]applied // by consumer and part
}

// applied is how far a part was applied, and when that was told.
type applied struct {
	cursor *eventsv1.Cursor
	heard  time.Time
}

// hear takes a consumer's report.
func (p *progress) hear(consumer string, cursors []*eventsv1.Cursor) {
	now := realTime.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.consumer == nil {
		p.consumer = map[string]map[int]applied{}
	}
	parts := p.consumer[consumer]
	if parts == nil {
		parts = map[int]applied{}
		p.consumer[consumer] = parts
	}
	for _, c := range cursors {
		parts[int(c.GetPart())] = applied{c, now}
	}
}

// behind returns how many events the slowest consumer has still to apply of parts that stand at heads.
func (p *progress) behind(incarnation int32, heads map[int]head) int64 {
	now := realTime.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var most int64
	for _, parts := range p.consumer {
		var lag int64
		for part, a := range parts {
			h, ours := heads[part]
			same := a.cursor.GetIncarnation() == incarnation || a.cursor.GetIncarnation() == 0 // 0: it has applied none yet
			if ours && same && now.Sub(a.heard) < silence {
				lag += max(0, h.seq-a.cursor.GetSeq())
			}
		}
		if lag <= rebuilding {
			most = max(most, lag)
		}
	}
	return most
}

// Backlog returns how many of the events that this replica sequences the slowest of the consumers has still to apply. A consumer that is
// silent for 3 s, or more than 20,000 events behind, is down or reads its history anew: it holds nobody back.
func (b *Bus) Backlog() int64 {
	pub := b.pub.Load()
	if pub == nil {
		return 0
	}
	return b.progress.behind(pub.incarnation, pub.heads())
}

// onProgress takes a consumer's report from a message.
func (b *Bus) onProgress(subject string, body []byte) {
	m := &eventsv1.ListCursorsResponse{}
	if err := proto.Unmarshal(body, m); err != nil {
		b.cfg.Log.Warn("not a report of progress", slog.String("subject", subject), slog.Any("error", err))
		return
	}
	b.progress.hear(subject[strings.LastIndexByte(subject, '.')+1:], m.GetCursors())
}

// report tells the producers how far this replica's lanes have applied their events, until ctx ends. Nobody keeps a report; the next is
// near. What has not moved is told each second.
func (c *consumption) report(ctx context.Context) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	told := map[string]int64{} // by producer, the sum of its cursors
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !c.bus.cfg.NATS.IsConnected() {
			continue
		}
		lanes := c.snapshot()
		for _, producer := range c.sub.producers() {
			m := &eventsv1.ListCursorsResponse{}
			var sum int64
			for part, lane := range lanes {
				at := lane.at(producer)
				m.Cursors = append(m.Cursors, &eventsv1.Cursor{Producer: producer, Part: int32(part), Incarnation: at.incarnation, Seq: at.seq})
				sum += at.seq
			}
			if n%int(time.Second/progressEvery) != 0 && sum == told[producer] {
				continue
			}
			told[producer] = sum
			body, err := proto.Marshal(m)
			if err == nil {
				err = c.bus.cfg.NATS.Publish(progressSubject(producer, c.bus.cfg.Service), body)
			}
			if err != nil {
				c.bus.cfg.Log.Debug("progress not told", slog.Any("error", err))
			}
		}
	}
}

// at returns how far the lane has applied a producer, or, while it lets events gather, will have with its next transaction.
func (l *Lane) at(producer string) cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(producer)
	if s == nil {
		return cursor{}
	}
	at := s.cursor
	if l.restsFor() > 0 {
		at.seq = max(at.seq, s.head) // no more of it waits than one transaction takes
	}
	return at
}
