package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/pkg/wire"
	"redress.dev/services/intake/internal/store"
)

// openStream is a stream that has its session. It is used by one goroutine at a time: the stream's, or, while that waits, the group's.
type openStream struct {
	*Server
	stream  stream
	session store.Session
	told    int64 // the watermark that the gateway knows
	in      *inflow
	taken   []frame // from in, not done yet
}

// maxAckBytes is about how large one acknowledgement may be: gRPC clients take 4 MiB unless told otherwise.
const maxAckBytes = 1 << 20

// take deals with first and what has arrived behind it: commits new items, answers those sent again, and acknowledges. Items before one that
// is out of place are committed before the fault ends the stream.
func (o *openStream) take(ctx context.Context, first frame) error {
	o.taken = []frame{first}
	for len(o.taken) > 0 {
		act := o.misplaced
		switch next := o.session.Acked + 1; {
		case run(o.taken, next, false) > 0:
			act = o.commit
		case run(o.taken, next, true) > 0:
			act = o.replay
		}
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// done takes off the first n frames and gives their room back.
func (o *openStream) done(n int) {
	o.in.release(o.taken[:n])
	o.taken = o.taken[n:]
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
func (o *openStream) misplaced(context.Context) error {
	f := o.taken[0]
	if f.item == nil {
		return notOpened("only the first frame of a stream may be \"open\"")
	}
	expected := o.session.Acked + 1
	return fault.New(fault.OutOfRange, "SEQUENCE_GAP", "item %d does not follow item %d: send from %d on", f.item.GetSequence(), o.session.Acked, expected).
		At("item.sequence").With("expected", strconv.FormatInt(expected, 10))
}

// distinct returns how many frames at the beginning have no request_id in common: the next one is committed after them, and finds what
// they became.
func distinct(frames []frame) int {
	seen := map[string]bool{}
	for n, f := range frames {
		id := strings.ToLower(f.item.GetRequestId())
		if id != "" && seen[id] {
			return n
		}
		seen[id] = true
	}
	return len(frames)
}

// commit registers the items that follow, moves the watermark and keeps their results in one transaction, then acknowledges them.
func (o *openStream) commit(ctx context.Context) error {
	// Waiting here, before the transaction, holds back acknowledgements and so the gateway, and no lock.
	if err := o.gate.wait(ctx); err != nil {
		return err
	}
	var spans []trace.Span
	defer func() {
		for _, span := range spans {
			span.End()
		}
	}()
	by := auth.From(ctx)
	s := &submission{tenant: by.Tenant}
	s.collect = func() {
		o.taken = o.in.more(o.taken)
		frames := o.taken[:run(o.taken, o.session.Acked+1, false)]
		frames = frames[:distinct(frames)]
		s.session = &store.Advance{Session: o.session, To: frames[len(frames)-1].item.GetSequence()}
		for _, f := range frames {
			c := &candidate{draft: f.item.GetDraft(), bytes: f.size, by: by, broken: f.err}
			if id := f.item.GetRequestId(); id != "" && f.err == nil {
				c.named = &registration{By: callerOf(by), Request: &intakev1.RegisterComplaintRequest{RequestId: id, Draft: c.draft}}
			}
			span, traceparent := startItem(ctx, f.item.GetTraceparent())
			spans, c.trace = append(spans, span), traceparent
			s.items, s.bytes = append(s.items, c), s.bytes+f.size
		}
	}
	if err := o.group.register(ctx, s); err != nil {
		return err
	}
	// The items are safe. Should the acknowledgement be lost, they are sent again and answered by replay.
	o.session.Acked = s.session.To
	o.done(len(s.items))
	return o.acknowledge(s.results)
}

// resultOf returns what an item became. A refusal is the status that a call with the same draft would have ended with.
func resultOf(sequence int64, c *candidate) *intakev1.IntakeResult {
	refused, id, number := c.refused, c.complaint.ID, c.complaint.Number
	if c.before {
		was := c.named.Answer.GetComplaint()
		refused, id, number = c.named.Err, was.GetComplaintId(), was.GetNumber()
	}
	if refused != nil {
		return &intakev1.IntakeResult{Sequence: sequence, Error: rpc.Status(refused, Name).Proto()}
	}
	return &intakev1.IntakeResult{Sequence: sequence, ComplaintId: id, Number: number, Repeated: c.before}
}

// replay answers items that were committed before with the results that they had then, whatever they hold now.
func (o *openStream) replay(ctx context.Context) error {
	o.taken = o.in.more(o.taken)
	frames := o.taken[:run(o.taken, o.session.Acked+1, true)]
	first, last := frames[0].item.GetSequence(), frames[len(frames)-1].item.GetSequence()
	kept, err := store.Results(ctx, o.cfg.Pool, o.session, first, last)
	if err != nil {
		return err
	}
	var results []*intakev1.IntakeResult
	for _, encoded := range kept {
		var then intakev1.IntakeAck
		if err := wire.Unmarshal(encoded, &then); err != nil {
			return fmt.Errorf("decode results: %w", err)
		}
		for _, r := range then.GetResults() {
			if r.GetSequence() >= first && r.GetSequence() <= last {
				results = append(results, r)
			}
		}
	}
	o.done(len(frames))
	return o.acknowledge(results)
}

// acknowledge sends results, in several frames where they are many bytes; the watermark rises with them and never falls.
func (o *openStream) acknowledge(results []*intakev1.IntakeResult) error {
	for len(results) > 0 {
		n := 0
		for size := 0; n < len(results) && size < maxAckBytes; n++ {
			size += wire.Size(results[n])
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
