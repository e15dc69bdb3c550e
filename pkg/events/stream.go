package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// streamAge is how long JetStream keeps an event. Older ones are read from the producer.
	streamAge = 72 * time.Hour
	// streamMessageSize is the most bytes of one message with its headers.
	streamMessageSize = 32 << 10
	// duplicateWindow is how long JetStream knows event ids, each some 200 bytes of its memory: it saves consumers work and is nothing to rely on.
	duplicateWindow = time.Minute
)

// streamConfig is that of the producer's stream: limits retention, so that consumers come and go without a trace.
func streamConfig(producer string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               streamName(producer),
		Description:        "Events of " + producer + "; a cache of its database",
		Subjects:           []string{subjectsOfAll(producer)},
		Retention:          jetstream.LimitsPolicy,
		Discard:            jetstream.DiscardOld,
		Storage:            jetstream.FileStorage,
		Replicas:           replicas,
		MaxAge:             streamAge,
		MaxMsgSize:         streamMessageSize,
		Duplicates:         duplicateWindow,
		AllowAtomicPublish: true,
	}
}

// check makes sure, after every connection and for every new part, that the stream exists and holds what was published. What it
// does not hold will be published again.
//
// It looks at the stream itself, at the newest event of each part, and not at its sequences or its age: these say that something
// was lost, but not what, and a store that was rolled back and written to again looks whole.
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
	for part, published := range parts {
		last, err := p.newest(ctx, stream, part)
		if err != nil {
			return err
		}
		if last >= published {
			continue
		}
		floor, err := p.floor(ctx, part)
		if err != nil {
			return err
		}
		if last = max(last, floor); last < published {
			lost[part] = last
		}
	}
	p.retreat(lost)
	p.setChecked(parts, true)
	return nil
}

// newest returns the sequence of the newest event of part in the stream; 0 when there is none of this incarnation.
func (p *publisher) newest(ctx context.Context, stream jetstream.Stream, part int) (int64, error) {
	m, err := stream.GetLastMsgForSubject(ctx, subjectsOf(p.bus.cfg.Service, part))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read newest message of part %d: %w", part, err)
	}
	incarnation, _, seq, err := placeOf(m.Header)
	if err != nil || incarnation != p.incarnation {
		return 0, nil //nolint:nilerr // somebody else's message, or an older life's: ours is not there
	}
	return seq, nil
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
