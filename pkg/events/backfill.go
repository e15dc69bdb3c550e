package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"redress.dev/pkg/fault"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

const (
	// pageSize is the most events of one read from a producer.
	pageSize = 500
	// readPatience bounds one read.
	readPatience = 5 * time.Second
)

// errFeed says that a producer did not give what it should have.
var errFeed = errors.New("event feed")

// backfill reads the events that follow the cursor of s from its producer, at most one page.
func (l *Lane) backfill(ctx context.Context, s *source) error {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	l.mu.Lock()
	from, incarnation := s.cursor.seq+1, s.cursor.incarnation
	l.mu.Unlock()
	page, err := l.cfg.Feed(s.producer).ReadEvents(ctx, &eventsv1.ReadEventsRequest{
		Part:        int32(l.part),
		Incarnation: incarnation,
		FromSeq:     from,
		Limit:       pageSize,
	})
	switch {
	case otherIncarnation(err):
		l.mu.Lock()
		defer l.mu.Unlock()
		l.halt(s, page.GetIncarnation())
		return nil
	case err != nil:
		return fmt.Errorf("%w of %s: %w", errFeed, s.producer, err)
	case len(page.GetEvents()) == 0:
		return l.nothingThere(s, page)
	}
	return l.take(s, page)
}

// take puts a page into the buffer, whose limit is for what pumps bring.
func (l *Lane) take(s *source, page *eventsv1.ReadEventsResponse) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	added := 0
	for _, m := range page.GetEvents() {
		e := eventFromProto(s.producer, page.GetIncarnation(), l.part, m)
		if _, ok := s.buffer[e.Seq]; !ok && e.Seq > s.cursor.seq {
			s.keep(arrival{Event: e})
			added++
		}
	}
	s.head = max(s.head, page.GetHeadSeq())
	l.meter.add(l.meter.gaps, s.producer, added)
	if _, ok := s.buffer[s.cursor.seq+1]; !ok {
		return fmt.Errorf("%w of %s gave no event %d of part %d", errFeed, s.producer, s.cursor.seq+1, l.part)
	}
	return nil
}

// nothingThere ends a suspicion that was wrong. It is a failure where the event must exist.
func (l *Lane) nothingThere(s *source, page *eventsv1.ReadEventsResponse) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.suspect = false
	s.head = page.GetHeadSeq()
	if known := max(s.needed, s.head); known > s.cursor.seq || len(s.buffer) > 0 {
		return fmt.Errorf("%w of %s has no event %d of part %d, which exists", errFeed, s.producer, s.cursor.seq+1, l.part)
	}
	return nil
}

// otherIncarnation tells whether a feed refused because its producer has begun a new life.
func otherIncarnation(err error) bool {
	return fault.ReasonOf(err) == reasonIncarnation || status.Code(err) == codes.OutOfRange
}
