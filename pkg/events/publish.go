package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of JetStream's atomic batches.
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

// minBatch is how many events an atomic batch is worth: JetStream stages each in a file store of its own, of which the files and their four
// syncs cost as much as some thirty events published singly where the processor is what is short, and as twenty where the disk is.
const minBatch = 16

// ackPatience bounds the wait for one acknowledgement, which never comes when the connection breaks meanwhile.
const ackPatience = 3 * time.Second

// errWentBack says that the stream handed out a sequence for the second time.
var errWentBack = errors.New("stream sequence went back")

// publish sends events, in order, and returns how many of them, from the first on, the stream has for sure.
//
// Many go as JetStream's atomic batch, which costs one acknowledgement and one write to disk for all. A batch is refused whole when
// the stream knows one of its messages already, as after a lost acknowledgement: then each goes by itself, as few do at once.
func (p *publisher) publish(ctx context.Context, events []Event) (int, error) {
	if len(events) >= minBatch {
		err := p.publishBatch(ctx, events)
		var refused *jetstream.APIError
		switch {
		case err == nil:
			return len(events), nil
		case errors.Is(err, errWentBack):
			return 0, p.storeWentBack(ctx)
		case !errors.As(err, &refused):
			return 0, err
		}
	}
	n, err := p.publishSingly(ctx, events)
	if errors.Is(err, errWentBack) {
		return 0, p.storeWentBack(ctx)
	}
	return n, err
}

// publishBatch sends events as one atomic batch. Its error is an APIError when the server refused it.
func (p *publisher) publishBatch(ctx context.Context, events []Event) error {
	ctx, cancel := context.WithTimeout(ctx, ackPatience)
	defer cancel()
	id := uuid.NewString()
	for i := range events {
		m := messageOf(&events[i])
		m.Header[headerBatchID] = []string{id}
		m.Header[headerBatchSequence] = []string{strconv.Itoa(i + 1)}
		if i < len(events)-1 {
			if err := p.bus.cfg.NATS.PublishMsg(m); err != nil {
				return fmt.Errorf("publish batch: %w", err)
			}
			continue
		}
		m.Header[headerBatchCommit] = []string{"1"}
		answer, err := p.bus.cfg.NATS.RequestMsgWithContext(ctx, m)
		if err != nil {
			return p.noAnswer(err)
		}
		return p.batchAck(answer)
	}
	return nil
}

// batchAck reads the acknowledgement of a batch.
func (p *publisher) batchAck(answer *nats.Msg) error {
	var ack struct {
		Error    *jetstream.APIError `json:"error"`
		Sequence uint64              `json:"seq"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return fmt.Errorf("read acknowledgement of batch: %w", err)
	}
	if ack.Error != nil {
		return fmt.Errorf("batch refused: %w", ack.Error)
	}
	return p.acknowledged(ack.Sequence)
}

// publishSingly sends events one by one without waiting in between, then takes the acknowledgements in order.
func (p *publisher) publishSingly(ctx context.Context, events []Event) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, ackPatience)
	defer cancel()
	acks := make([]jetstream.PubAckFuture, len(events))
	for i := range events {
		var err error
		if acks[i], err = p.js.PublishMsgAsync(messageOf(&events[i]), jetstream.WithStallWait(ackPatience)); err != nil {
			return 0, p.noAnswer(err)
		}
	}
	for i, ack := range acks {
		select {
		case <-ctx.Done():
			return i, p.noAnswer(ctx.Err())
		case a := <-ack.Ok():
			if a.Duplicate {
				p.bus.meter.add(p.bus.meter.unknown, p.bus.cfg.Service, 1)
			} else if err := p.acknowledged(a.Sequence); err != nil {
				return i, err
			}
		case err := <-ack.Err():
			if !hopeless(err) {
				return i, p.noAnswer(err)
			}
			p.bus.cfg.Log.Error("event refused by the stream for good; consumers read it from the feed",
				slog.String("event_id", events[i].ID), slog.Any("error", err))
		}
	}
	return len(events), nil
}

// acknowledged notes a stream sequence that was just handed out.
func (p *publisher) acknowledged(seq uint64) error {
	if seq <= p.lastAck {
		return errWentBack
	}
	p.lastAck = seq
	return nil
}

// hopeless tells whether the stream will never take a message, as when it is too large.
func hopeless(err error) bool {
	const messageExceedsMaximum = 10054
	var refused *jetstream.APIError
	return errors.As(err, &refused) && refused.ErrorCode == messageExceedsMaximum
}

// noAnswer wraps the failure of a publish, after which the stream itself must be looked at: it may be gone.
func (p *publisher) noAnswer(err error) error {
	p.uncheck()
	return fmt.Errorf("publish: %w", err)
}

// uncheck has every part compared with the stream before anything else is published.
func (p *publisher) uncheck() {
	all := map[int]int64{}
	for part := range p.heads() {
		all[part] = 0
	}
	p.setChecked(all, false)
}
