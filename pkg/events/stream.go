package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"

	"redress.dev/pkg/wire"
)

const (
	// streamAge is how long JetStream keeps an event. Older ones are read from the producer.
	streamAge = 72 * time.Hour
	// streamMessageSize is the most bytes of one message, half of what NATS takes by default.
	streamMessageSize = 512 << 10
)

// streamConfig is that of the producer's stream: limits retention, so that consumers come and go without a trace.
func streamConfig(producer string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        streamName(producer),
		Description: "Events of " + producer + "; a cache of its database",
		Subjects:    []string{subjectOf(producer)},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		Replicas:    replicas,
		MaxAge:      streamAge,
		MaxMsgSize:  streamMessageSize,
	}
}

// check makes sure, after every connection and for every new part, that the stream exists and holds what was published. What it
// does not hold will be published again.
//
// It looks for the newest published event of each part, in the message whose acknowledgement told that it is there. Where it is missing, an
// older one may be too: a store that was rolled back and written to again has other events at the same sequences.
func (p *publisher) check(ctx context.Context) error {
	if n := p.bus.cfg.NATS.Stats().Reconnects; n != p.connection {
		p.connection, p.lastAck = n, 0
		p.uncheck()
	}
	parts := p.unchecked()
	if len(parts) == 0 {
		return nil
	}
	stream, err := p.js.CreateOrUpdateStream(ctx, streamConfig(p.bus.cfg.Service, p.bus.cfg.Replicas))
	if err != nil {
		return fmt.Errorf("create stream: %w", err)
	}
	lost := map[int]int64{}
	batches := map[int64]*eventsv1.EventBatch{} // by message: most parts share one
	for part, h := range parts {
		batch, ok := batches[h.message]
		if !ok {
			if batch, err = batchAt(ctx, stream, h.message); err != nil {
				return err
			}
			batches[h.message] = batch
		}
		if p.holds(batch, part, h.published) {
			continue
		}
		floor, err := p.floor(ctx, part)
		if err != nil {
			return err
		}
		if floor < h.published {
			lost[part] = floor
		}
	}
	p.retreat(lost)
	p.setChecked(parts, true)
	return nil
}

// batchAt reads a message of the stream. It returns nil where there is none, or another's.
func batchAt(ctx context.Context, stream jetstream.Stream, message int64) (*eventsv1.EventBatch, error) {
	if message == 0 {
		return nil, nil //nolint:nilnil // no message was acknowledged, and that is no failure
	}
	m, err := stream.GetMsg(ctx, uint64(message))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, fmt.Errorf("read message %d: %w", message, err)
	}
	batch := &eventsv1.EventBatch{}
	if err := wire.Unmarshal(m.Data, batch); err != nil {
		return nil, nil //nolint:nilerr,nilnil // somebody else's message: ours is not there
	}
	return batch, nil
}

// holds tells whether a batch, nil for none, has the event of part with seq. What has no event is held anywhere.
func (p *publisher) holds(batch *eventsv1.EventBatch, part int, seq int64) bool {
	if seq == 0 {
		return true
	}
	if batch.GetIncarnation() != p.incarnation {
		return false
	}
	return slices.ContainsFunc(batch.GetParts(), func(pe *eventsv1.PartEvents) bool {
		return int(pe.GetPart()) == part && slices.ContainsFunc(pe.GetEvents(), func(e *eventsv1.Event) bool { return e.GetSeq() == seq })
	})
}

// storeWentBack publishes all that the stream should hold once more. It is called when an acknowledgement shows that the store
// lost its end and was written to since: then the newest event says nothing about those before it.
func (p *publisher) storeWentBack(ctx context.Context) error {
	lost := map[int]int64{}
	for part := range p.heads() {
		floor, err := p.floor(ctx, part)
		if err != nil {
			return err
		}
		lost[part] = floor
	}
	p.lastAck = 0
	p.retreat(lost)
	return nil
}

// retreat rewinds the parts that lost something and says so.
func (p *publisher) retreat(lost map[int]int64) {
	if len(lost) == 0 {
		return
	}
	p.bus.cfg.Log.Warn("stream lost events; they are published again",
		slog.String("stream", streamName(p.bus.cfg.Service)), slog.Int("parts", len(lost)))
	p.rewind(lost)
}
