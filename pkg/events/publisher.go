package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// batchEvents and batchBytes bound what is published together; a further event may go beyond the bytes. An event counts with envelopeBytes
	// for what is around its payload.
	batchEvents   = 500
	batchBytes    = streamMessageSize / 2
	envelopeBytes = 512
	// queueLimit is the most events of one part held in memory for publishing. Further ones are read from the database again
	// when their turn comes.
	queueLimit = 1024
)

// errAway says that there is no connection to NATS.
var errAway = errors.New("nats is not connected")

// outPart is where one part stands, and the events that follow published, consecutive, as far as they are in memory.
type outPart struct {
	head
	queue   []Event
	saved   head // what the database knows
	checked bool // compared with the stream since the last connection
}

// publisher brings sequenced events to JetStream, in order, and knows how far each part has been acknowledged.
type publisher struct {
	bus         *Bus
	incarnation int32
	js          jetstream.JetStream
	wake        chan struct{}

	// Of the goroutine that publishes.
	connection uint64 // the count of reconnections when the stream was last checked
	lastAck    uint64 // stream sequence of the newest acknowledgement: it only rises, unless the store went back
	down       bool   // publishing fails: said once

	mu    sync.Mutex
	parts map[int]*outPart
}

func newPublisher(b *Bus, incarnation int32) (*publisher, error) {
	js, err := jetstream.New(b.cfg.NATS)
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	return &publisher{bus: b, incarnation: incarnation, js: js, wake: make(chan struct{}, 1), parts: map[int]*outPart{}}, nil
}

// run publishes until ctx ends.
func (p *publisher) run(ctx context.Context) {
	for ctx.Err() == nil {
		began := realTime.Now()
		n, err := p.step(ctx)
		if took := realTime.Now().Sub(began); err == nil && n > 0 && n < batchEvents {
			pause(ctx, max(publishGap-took, min(publishRest*took, maxPublishRest)))
		}
		switch {
		case err != nil:
			p.report(ctx, err)
			pause(ctx, retryPause)
		case n == 0:
			select {
			case <-ctx.Done():
			case <-p.wake:
			}
		}
	}
}

// report logs the first of a row of failures.
func (p *publisher) report(ctx context.Context, err error) {
	if p.down || ctx.Err() != nil {
		return
	}
	p.down = true
	p.bus.cfg.Log.Warn("events not published; consumers read them from the feed meanwhile", slog.Any("error", err))
}

// step publishes one batch and returns of how many events it was: 0 when there are none. Without a connection it sends nothing: the client
// would keep the messages and send them when nobody waits for their acknowledgements any more.
func (p *publisher) step(ctx context.Context) (int, error) {
	if !p.bus.cfg.NATS.IsConnected() {
		return 0, errAway
	}
	if err := p.check(ctx); err != nil {
		return 0, err
	}
	batch, err := p.next(ctx)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	if err := p.publish(ctx, batch); err != nil {
		return 0, err
	}
	if p.down {
		p.down = false
		p.bus.cfg.Log.Info("events are published again")
	}
	return len(batch), nil
}

// next returns the events that follow the published ones of every part, at most batchEvents in all, by part. Parts come in random order,
// that of a map, so that none waits for ever behind a busy one.
func (p *publisher) next(ctx context.Context) ([]Event, error) {
	var batch []Event
	size := 0
	for part, o := range p.snapshot() {
		queue := o.queue
		if len(queue) == 0 && o.published < o.seq {
			var err error
			scan := scanStream(p.bus.cfg.Service, p.incarnation)
			if queue, err = readStream(ctx, p.bus.cfg.Pool, scan, part, o.published+1, batchEvents-len(batch)); err != nil {
				return nil, err
			}
		}
		for _, e := range queue {
			if len(batch) == batchEvents || size > batchBytes {
				return batch, nil
			}
			batch = append(batch, e)
			size += len(e.Payload) + envelopeBytes
		}
		if len(batch) == batchEvents {
			return batch, nil
		}
	}
	return batch, nil
}

// floor returns, for each of the given parts, the sequence before which nothing need be in the stream any more.
func (p *publisher) floor(ctx context.Context, part int) (int64, error) {
	return lastBefore(ctx, p.bus.cfg.Pool, part, p.bus.cfg.Now().Add(-streamAge-time.Hour))
}
