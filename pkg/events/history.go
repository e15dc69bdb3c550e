package events

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// historyPage is the most events of one read of a history: the most that a feed gives.
const historyPage = 1000

// Failures of a history; each is wrapped with the producer it is about.
var (
	// ErrHistoryAway says that a producer did not answer.
	ErrHistoryAway = errors.New("the producer's event feed does not answer")
	// ErrHistoryReplaced says that a producer has not the events that were followed: it was restored from a backup.
	ErrHistoryReplaced = errors.New("the producer has not the events that were followed")
)

// ProducerError is a failure of one producer's history.
type ProducerError struct {
	Producer string
	Err      error
}

// Error says whose failure it is.
func (e *ProducerError) Error() string { return e.Producer + ": " + e.Err.Error() }

// Unwrap gives the failure itself.
func (e *ProducerError) Unwrap() error { return e.Err }

// Position is how far a consumer has taken one producer's events of a part.
type Position struct {
	Producer    string
	Incarnation int32
	Seq         int64
	// Parked are the sequences up to Seq that were parked instead of applied; nil for none.
	Parked map[int64]bool
}

// Positions returns how far this consumer has taken the events of part, as tx sees it, by producer's name.
func Positions(ctx context.Context, tx pgx.Tx, part int) ([]Position, error) {
	const cursors = `SELECT producer, incarnation, seq FROM inbox_cursor WHERE part = $1 ORDER BY producer`
	const parked = `SELECT producer, seq FROM parked_event WHERE part = $1`
	rows, _ := tx.Query(ctx, cursors, part) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Position, error) {
		var p Position
		err := row.Scan(&p.Producer, &p.Incarnation, &p.Seq)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("select cursors: %w", err)
	}
	var producer string
	var seq int64
	rows, _ = tx.Query(ctx, parked, part) // ForEachRow returns the error
	_, err = pgx.ForEachRow(rows, []any{&producer, &seq}, func() error {
		for i := range list {
			if p := &list[i]; p.Producer == producer {
				if p.Parked == nil {
					p.Parked = map[int64]bool{}
				}
				p.Parked[seq] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select parked events: %w", err)
	}
	return list, nil
}

// History is the events of one part that a consumer has taken from its producers.
type History struct {
	// Part of the events.
	Part int
	// Positions say from whom and how far.
	Positions []Position
	// Feed returns how to reach a producer; nil when its address is not known.
	Feed func(producer string) eventsv1.EventFeedServiceClient
	// Read, if set, is told how many events a page held.
	Read func(n int)
}

// All yields the events in an order in which the consumer may have taken them: those of a producer by sequence, none before what it
// follows from (Event.After), and of those that nothing orders the one recorded first. Parked events are left out. The next page of
// each producer is read while this one is used. The last element is the failure, if any: a *ProducerError, or that of ctx.
//
// Which of two events that nothing orders the consumer really took first was never written down.
func (h History) All(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var readers []*reader
		for _, p := range h.Positions {
			readers = append(readers, h.read(ctx, p))
		}
		for {
			r, err := first(ctx, readers)
			if err != nil {
				yield(Event{}, err)
				return
			}
			if r == nil {
				return
			}
			if e := r.take(); !r.to.Parked[e.Seq] && !yield(e, nil) {
				return
			}
		}
	}
}

// first returns the reader whose next event comes next; nil at the end.
func first(ctx context.Context, readers []*reader) (*reader, error) {
	var found, waiting *reader
	for _, r := range readers {
		if err := r.fill(ctx); err != nil {
			return nil, err
		}
		switch {
		case len(r.page) == 0:
		case !ready(r.page[0], readers):
			waiting = r
		case found == nil || r.page[0].RecordTime.Before(found.page[0].RecordTime):
			found = r
		}
	}
	if found == nil && waiting != nil { // the consumer took it, so all that it follows from was there
		return nil, &ProducerError{waiting.to.Producer, ErrHistoryReplaced}
	}
	return found, nil
}

// ready reports whether all that e follows from has been taken, of the producers that are read.
func ready(e Event, readers []*reader) bool {
	for producer, seq := range e.After {
		for _, r := range readers {
			if r.to.Producer == producer && r.seq < min(seq, r.to.Seq) {
				return false
			}
		}
	}
	return true
}

// reader is one producer's events as they come in.
type reader struct {
	to    Position
	seq   int64 // of the last event taken
	page  []Event
	pages chan result
}

// result is one page, or why there is none.
type result struct {
	events []Event
	err    error
}

// take takes the next event of the page.
func (r *reader) take() Event {
	e := r.page[0]
	r.page, r.seq = r.page[1:], e.Seq
	return e
}

// fill gets a page when there is none and the end is not reached.
func (r *reader) fill(ctx context.Context) error {
	if len(r.page) > 0 || r.seq >= r.to.Seq {
		return nil
	}
	select {
	case got := <-r.pages:
		r.page = got.events
		return got.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read starts to read a producer's events, at most a page ahead of their use.
func (h History) read(ctx context.Context, to Position) *reader {
	r := &reader{to: to, pages: make(chan result, 1)}
	go func() {
		for seq := int64(0); seq < to.Seq; {
			page, err := h.readPage(ctx, to, seq+1)
			select {
			case r.pages <- result{page, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			seq = page[len(page)-1].Seq
		}
	}()
	return r
}

// readPage reads the events from a sequence on.
func (h History) readPage(ctx context.Context, to Position, from int64) ([]Event, error) {
	feed := h.Feed(to.Producer)
	if feed == nil {
		return nil, &ProducerError{to.Producer, fmt.Errorf("%w: its address is not known", ErrHistoryAway)}
	}
	patient, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	res, err := feed.ReadEvents(patient, &eventsv1.ReadEventsRequest{
		Part: int32(h.Part), Incarnation: to.Incarnation, FromSeq: from, Limit: int32(min(historyPage, to.Seq-from+1)),
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case otherIncarnation(err):
		return nil, &ProducerError{to.Producer, ErrHistoryReplaced}
	case err != nil:
		return nil, &ProducerError{to.Producer, fmt.Errorf("%w: %w", ErrHistoryAway, err)}
	case len(res.GetEvents()) == 0:
		return nil, &ProducerError{to.Producer, ErrHistoryReplaced}
	}
	page := make([]Event, len(res.GetEvents()))
	for i, m := range res.GetEvents() {
		page[i] = eventFromProto(to.Producer, res.GetIncarnation(), h.Part, m)
	}
	if h.Read != nil {
		h.Read(len(page))
	}
	return page, nil
}
