package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"redress.dev/pkg/wire"
)

// ackPatience bounds the wait for an acknowledgement, which never comes when the connection breaks meanwhile.
const ackPatience = 3 * time.Second

// publish sends events, in order, as one message: JetStream writes to the disk once for each, and every consumer reads each. It waits for the
// acknowledgement of what it has sent also when ctx ends meanwhile: without it the events would be published again.
func (p *publisher) publish(ctx context.Context, events []Event) error {
	body, err := wire.Marshal(batchToProto(p.bus.cfg.Service, p.incarnation, events))
	if err != nil {
		return fmt.Errorf("encode %d events: %w", len(events), err)
	}
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackPatience)
	defer cancel()
	ack, err := p.js.PublishMsg(patient, &nats.Msg{Subject: subjectOf(p.bus.cfg.Service), Data: body})
	switch {
	case hopeless(err) && len(events) > 1: // one is to blame, or the server takes less than others do
		half := len(events) / 2
		if err := p.publish(ctx, events[:half]); err != nil {
			return err
		}
		return p.publish(ctx, events[half:])
	case hopeless(err):
		p.bus.cfg.Log.Error("event refused by the stream for good; consumers read it from the feed",
			slog.String("event_id", events[0].ID), slog.Any("error", err))
		p.advance(events, 0)
		return nil
	case err != nil:
		p.uncheck() // the stream itself may be gone
		return fmt.Errorf("publish: %w", err)
	case ack.Sequence <= p.lastAck: // it was handed out before
		return p.storeWentBack(ctx)
	}
	p.lastAck = ack.Sequence
	p.advance(events, int64(ack.Sequence))
	return nil
}

// hopeless tells whether the stream will never take a message, as when it is too large.
func hopeless(err error) bool {
	const messageExceedsMaximum = 10054
	var refused *jetstream.APIError
	return errors.Is(err, nats.ErrMaxPayload) || errors.As(err, &refused) && refused.ErrorCode == messageExceedsMaximum
}

// uncheck has every part compared with the stream before anything else is published.
func (p *publisher) uncheck() {
	p.setChecked(p.heads(), false)
}
