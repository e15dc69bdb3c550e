package server

import (
	"context"
	"errors"
	"io"
	"runtime"

	"golang.org/x/sync/semaphore"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/pkg/wire"
)

const (
	// maxBatchItems and maxBatchBytes are how much one transaction takes.
	maxBatchItems = 384
	maxBatchBytes = 1 << 20
	// creditBytes is how much of one stream is held in memory.
	creditBytes = 2 * maxBatchBytes
)

// inflow is what a stream has sent and nobody has taken yet. It holds no more than the credit: a gateway that sends more is
// stopped by the flow control of HTTP/2.
type inflow struct {
	// frames is closed at the end of the stream; then err says why, nil after a half-close.
	frames chan frame
	err    error
	bytes  *semaphore.Weighted
	checks *semaphore.Weighted // of the server
}

// frame is one frame after the opening, held against the contract.
type frame struct {
	item *intakev1.IntakeItem // nil when the frame is no item
	size int64                // bytes
	err  error                // what is wrong with the item
}

// newChecks returns what bounds the frames that all streams together hold against the contract at once: half the processors' worth. Items with
// hundreds of fields are dear to check, and streams would otherwise leave nothing to single calls.
func newChecks() *semaphore.Weighted {
	return semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2)))
}

// receive reads from stream until it ends or ctx does.
func receive(ctx context.Context, stream stream, checks *semaphore.Weighted) *inflow {
	// One batch is being committed and one frame is in the receiver's hand: with them the channel holds the credit.
	in := &inflow{frames: make(chan frame, creditItems-maxBatchItems-1), bytes: semaphore.NewWeighted(creditBytes), checks: checks}
	go in.run(ctx, stream)
	return in
}

func (in *inflow) run(ctx context.Context, stream stream) {
	defer close(in.frames)
	for {
		req, err := stream.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				in.err = err
			}
			return
		}
		if in.err = in.checks.Acquire(ctx, 1); in.err != nil {
			return
		}
		began := realTime.Now()
		f := newFrame(req)
		in.checks.Release(1)
		if f.err != nil {
			if in.err = rpc.Charge(ctx, realTime.Now().Sub(began)); in.err != nil {
				return
			}
		}
		if in.err = in.bytes.Acquire(ctx, f.size); in.err != nil {
			return
		}
		select {
		case <-ctx.Done():
			in.err = ctx.Err()
			return
		case in.frames <- f:
		}
	}
}

// newFrame checks a frame. An item that breaks the contract is answered as that item's result: the stream goes on.
func newFrame(req *intakev1.StreamIntakeRequest) frame {
	f := frame{item: req.GetItem(), size: int64(wire.Size(req))}
	switch {
	case f.item == nil:
	case f.size > maxItemBytes:
		f.err = fault.New(fault.Invalid, "REQUEST_INVALID", "the item has %d bytes; at most %d are taken", f.size, maxItemBytes).At("item")
	case len(req.ProtoReflect().GetUnknown()) > 0:
		f.err = rpc.Check(req) // names the field that this server does not know
	default:
		f.err = rpc.Check(f.item)
	}
	return f
}

// more returns list and what else has arrived, as much as one transaction takes.
func (in *inflow) more(list []frame) []frame {
	size := int64(0)
	for _, f := range list {
		size += f.size
	}
	for len(list) < maxBatchItems && size < maxBatchBytes {
		select {
		case f, more := <-in.frames:
			if !more {
				return list
			}
			list, size = append(list, f), size+f.size
		default:
			return list
		}
	}
	return list
}

// release gives the room of a batch back.
func (in *inflow) release(batch []frame) {
	for _, f := range batch {
		in.bytes.Release(f.size)
	}
}
