package server

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

// openStream is a stream that has its session. It is used by one goroutine.
type openStream struct {
	*Server
	stream  stream
	session store.Session
	told    int64 // the watermark that the gateway knows
}

// maxAckBytes is about how large one acknowledgement may be: gRPC clients take 4 MiB unless told otherwise.
const maxAckBytes = 1 << 20

// take commits the new items of frames, answers those sent again, and acknowledges. Items before one that is out of place are
// committed before the fault ends the stream.
func (o *openStream) take(ctx context.Context, frames []frame) error {
	for len(frames) > 0 {
		n, act := run(frames, o.session.Acked+1, false), o.commit
		n = distinct(frames[:n])
		if n == 0 {
			n, act = run(frames, o.session.Acked+1, true), o.replay
		}
		if n == 0 {
			return o.misplaced(frames[0])
		}
		if err := act(ctx, frames[:n]); err != nil {
			return err
		}
		frames = frames[n:]
	}
	return nil
}

// run returns how many frames at the beginning are items in sequence: from next on, or, of those sent again, before next.
func run(frames []frame, next int64, again bool) int {
	want := next
	if first := frames[0].item.GetSequence(); again && first >= 1 && first < next {
		want = first
	}
	for n, f := range frames {
		if f.item.GetSequence() != want || (again && want >= next) {
			return n
		}
		want++
	}
	return len(frames)
}

// misplaced returns the fault of a frame that is no item, or not the one that follows.
func (o *openStream) misplaced(f frame) error {
	if f.item == nil {
		return notOpened("only the first frame of a stream may be \"open\"")
	}
	expected := o.session.Acked + 1
	return fault.New(fault.OutOfRange, "SEQUENCE_GAP", "item %d does not follow item %d: send from %d on", f.item.GetSequence(), o.session.Acked, expected).
		At("item.sequence").With("expected", strconv.FormatInt(expected, 10))
}

// commit registers items, moves the watermark and keeps their results in one transaction, then acknowledges them.
func (o *openStream) commit(ctx context.Context, frames []frame) error {
	// Waiting here, before the transaction, holds back acknowledgements and so the gateway, and no lock.
	if err := o.gate.wait(ctx); err != nil {
		return err
	}
	by, batch := auth.From(ctx), make([]*candidate, len(frames))
	for i, f := range frames {
		c := &candidate{draft: f.item.GetDraft(), by: by, broken: f.err}
		span, traceparent := startItem(ctx, f.item.GetTraceparent())
		defer span.End()
		c.trace, batch[i] = traceparent, c
	}
	now, last := o.now(), frames[len(frames)-1].item.GetSequence()
	var ack *intakev1.IntakeAck
	err := o.inTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		ack, err = o.write(ctx, tx, now, frames, batch)
		return err
	})
	if err != nil {
		return err
	}
	// From here on the items are safe. Should the acknowledgement be lost, they are sent again and answered by replay.
	o.session.Acked = last
	return o.acknowledge(ack.GetResults())
}

// write does commit's work in tx. It may run again when Postgres asks for that, so it changes nothing of o.
func (o *openStream) write(ctx context.Context, tx pgx.Tx, now time.Time, frames []frame, batch []*candidate) (*intakev1.IntakeAck, error) {
	last := frames[len(frames)-1].item.GetSequence()
	// The watermark first: it locks the session, so that an opening elsewhere waits for this commit and then sees it.
	ours, err := store.AdvanceSession(ctx, tx, o.session, last)
	if err != nil {
		return nil, err
	}
	if !ours {
		return nil, fault.New(fault.Conflict, "SESSION_TAKEN", "another stream has opened the session since; only the newest may write").
			With("stream_epoch", strconv.FormatInt(o.session.Epoch, 10))
	}
	first := o.session.Acked + 1
	ack := &intakev1.IntakeAck{AckedSequence: last}
	return ack, o.register(ctx, tx, now, frames, batch, func(b *pgx.Batch, before map[*candidate]bool) error {
		for i, c := range batch {
			ack.Results = append(ack.Results, result(first+int64(i), c, before[c]))
		}
		kept, err := proto.Marshal(ack)
		if err != nil {
			return fmt.Errorf("encode results: %w", err)
		}
		store.QueueResults(b, o.session, first, last, kept, now)
		return nil
	})
}

// result returns what an item became. A refusal is the status that a call with the same draft would have ended with.
func result(sequence int64, c *candidate, before bool) *intakev1.IntakeResult {
	if c.refused != nil {
		return &intakev1.IntakeResult{Sequence: sequence, Error: rpc.Status(c.refused, Name).Proto()}
	}
	return &intakev1.IntakeResult{Sequence: sequence, ComplaintId: c.complaint.ID, Number: c.complaint.Number, Repeated: before}
}

// replay answers items that were committed before with the results that they had then, whatever they hold now.
func (o *openStream) replay(ctx context.Context, frames []frame) error {
	first, last := frames[0].item.GetSequence(), frames[len(frames)-1].item.GetSequence()
	kept, err := store.Results(ctx, o.cfg.Pool, o.session, first, last)
	if err != nil {
		return err
	}
	var results []*intakev1.IntakeResult
	for _, encoded := range kept {
		var then intakev1.IntakeAck
		if err := proto.Unmarshal(encoded, &then); err != nil {
			return fmt.Errorf("decode results: %w", err)
		}
		for _, r := range then.GetResults() {
			if r.GetSequence() >= first && r.GetSequence() <= last {
				results = append(results, r)
			}
		}
	}
	return o.acknowledge(results)
}

// acknowledge sends results, in several frames where they are many bytes; the watermark rises with them and never falls.
func (o *openStream) acknowledge(results []*intakev1.IntakeResult) error {
	for len(results) > 0 {
		n := 0
		for size := 0; n < len(results) && size < maxAckBytes; n++ {
			size += proto.Size(results[n])
		}
		o.told = max(o.told, results[n-1].GetSequence())
		ack := &intakev1.IntakeAck{AckedSequence: o.told, Results: results[:n]}
		if err := o.stream.Send(&intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_Ack{Ack: ack}}); err != nil {
			return err
		}
		results = results[n:]
	}
	return nil
}
