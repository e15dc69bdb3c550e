package events

import (
	"context"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Fold applies one batch of events to the state that they touch, in tx, and last emits what follows from them with Emit in the same
// transaction. The cursor has been moved in tx already. An error rolls the whole batch back, and it is tried again: without end
// when the error says that something is away for the moment, else in smaller and smaller batches until the one event that cannot
// be applied is alone and parked.
//
// Emit must be given Fold's ctx: by it the events have their sequence at once, go with COMMIT, and the relay learns of them.
type Fold func(ctx context.Context, tx pgx.Tx, batch *Batch) error

// Batch is events of the types that the consumer subscribed to, of one part or several. Those of a part are in an order that shows no effect
// before its cause, and those of one producer among them in its own.
type Batch struct {
	events []Event
	parked map[string]parkedAt // by aggregate id
}

// parkedAt is which event of a batch parked its aggregate, and why. All events of an aggregate are of one part.
type parkedAt struct {
	index int
	err   error
}

// NewBatch returns a batch of events.
func NewBatch(events []Event) *Batch {
	return &Batch{events: events, parked: map[string]parkedAt{}}
}

// All yields the events in order. One whose aggregate was parked earlier in the loop is passed over: it is parked behind it.
func (b *Batch) All() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for i, e := range b.events {
			if at, ok := b.parked[e.AggregateID]; ok && i >= at.index {
				continue
			}
			if !yield(e) {
				return
			}
		}
	}
}

// AggregateIDs returns the aggregates that the batch touches, each once, in the order of their first events.
func (b *Batch) AggregateIDs() []string {
	seen := make(map[string]bool, len(b.events))
	ids := make([]string, 0, len(b.events))
	for _, e := range b.events {
		if !seen[e.AggregateID] {
			seen[e.AggregateID] = true
			ids = append(ids, e.AggregateID)
		}
	}
	return ids
}

// Park says that e can never be applied: its aggregate is parked for this consumer, in order, and the part goes on. The caller
// must leave e's aggregate as it was before e.
func (b *Batch) Park(e Event, err error) {
	index := slices.IndexFunc(b.events, func(other Event) bool {
		return other.Seq == e.Seq && other.Producer == e.Producer && other.AggregateID == e.AggregateID
	})
	if at, ok := b.parked[e.AggregateID]; !ok || index < at.index {
		b.parked[e.AggregateID] = parkedAt{index, err}
	}
}

// parkings returns what Fold parked: the events and those behind them, in order.
func (b *Batch) parkings() []parking {
	if len(b.parked) == 0 {
		return nil
	}
	var out []parking
	for i, e := range b.events {
		switch at, ok := b.parked[e.AggregateID]; {
		case !ok || i < at.index:
		case i == at.index:
			out = append(out, parking{e, at.err.Error()})
		default:
			out = append(out, behind(e))
		}
	}
	return out
}
