// Package gateway brings complaints into intake as a call centre's gateway does: over one stream, within the credit that intake
// gives, and again after either side went away, without losing or repeating one.
//
// A Gateway sends items that the caller keeps, for example the rows of a file. A Spool keeps them itself: Send returns when an item
// is on the disk, and Run sends it when intake is there.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/clock"
)

const (
	// patience is how long Deliver and Stream try without getting on.
	patience = time.Minute
	// firstPause and longestPause are between two attempts, give or take a half.
	firstPause, longestPause = 50 * time.Millisecond, 5 * time.Second
)

// ErrDiverged says that a session and what is kept of it here do not belong together: one of the two was restored from an older
// copy. Going on would lose items, so nothing is sent.
var ErrDiverged = errors.New("the session in intake and the items here do not belong together")

// Gateway is one session with intake. It is for one goroutine.
type Gateway struct {
	intake  intakev1.IntakeServiceClient
	gateway string
	session string
	clock   clock.Clock
	// notice is told that a stream was opened (nil), and why one ended.
	notice func(error)
	// sent is told the sequence of each item that was handed to a stream.
	sent func(int64)
}

// New returns a gateway for a session; nothing is sent yet. A session belongs to one Gateway at a time: another that opens it takes
// it away.
func New(intake intakev1.IntakeServiceClient, gateway, session string) *Gateway {
	return &Gateway{intake: intake, gateway: gateway, session: session, clock: clock.System{}, notice: func(error) {}, sent: func(int64) {}}
}

// Deliver brings items in and returns when the last is acknowledged. Their sequences follow one another and what the session holds;
// items that it holds already are not registered again. taken is called with the result of each, in order and once; its error ends
// the delivery.
func (g *Gateway) Deliver(ctx context.Context, items []*intakev1.IntakeItem, taken func(*intakev1.IntakeResult) error) error {
	return g.Stream(ctx, func(yield func(*intakev1.IntakeItem, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}, taken)
}

// Stream is Deliver for items that are made on the way: no more of them are held than intake gives credit for. An error among them
// ends the delivery, once the items before it are acknowledged.
func (g *Gateway) Stream(ctx context.Context, items iter.Seq2[*intakev1.IntakeItem, error], taken func(*intakev1.IntakeResult) error) error {
	next, stop := iter.Pull2(items)
	defer stop()
	return g.deliver(ctx, &feed{next: next, taken: taken}, patience)
}

// deliver sends what src has, over as many streams as that takes, until src has no more. It gives up when nothing was settled for as
// long as patience; 0 never does.
func (g *Gateway) deliver(ctx context.Context, src source, patience time.Duration) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = firstPause, longestPause
	pause.Reset()
	settled, since := src.settled(), g.clock.Now()
	for {
		err := g.stream(ctx, src)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := g.clock.Now()
		if src.settled() > settled {
			settled, since = src.settled(), now
			pause.Reset()
		}
		wait := pause.NextBackOff()
		var away *goAwayError
		switch {
		case errors.As(err, &away):
			wait = jittered(away.delay)
		case !passing(err), patience > 0 && now.Sub(since) > patience:
			return err
		}
		g.notice(err)
		if err := g.clock.WaitUntil(ctx, now.Add(wait)); err != nil {
			return err
		}
	}
}

// jittered returns d, give or take a half, so that a thousand gateways do not come back at once.
func jittered(d time.Duration) time.Duration {
	return (&backoff.ExponentialBackOff{InitialInterval: d, MaxInterval: d, Multiplier: 1, RandomizationFactor: 0.5}).NextBackOff()
}

// passing tells whether another stream may fare better. What intake does not let in, and what fails here, will not.
func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.OutOfRange, codes.Internal, codes.ResourceExhausted, codes.DeadlineExceeded, codes.Canceled:
		return true
	default:
		return false
	}
}

// source keeps the items of a session until their results are known.
type source interface {
	// settled returns the last sequence whose result is known; the items from there on are sent.
	settled() int64
	// opened is told the session's watermark at every opening, and may refuse to go on.
	opened(acked int64) error
	// from returns items from sequence first on, waiting until there is one; none when there will be no more.
	from(ctx context.Context, first int64) ([]*intakev1.IntakeItem, error)
	// settle takes results in; they follow one another and what is settled.
	settle(results []*intakev1.IntakeResult) error
}

// feed is a source that holds in memory what it has handed out.
type feed struct {
	next  func() (*intakev1.IntakeItem, error, bool)
	taken func(*intakev1.IntakeResult) error

	mu   sync.Mutex // guards what follows: results come while items go
	held []*intakev1.IntakeItem
	done int64 // the sequence before that of held
	err  error // why there are no more
	end  bool
}

// settled looks at the first item, as that says where the session stands.
func (f *feed) settled() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == 0 && len(f.held) == 0 && !f.end {
		f.pull()
		if len(f.held) > 0 {
			f.done = f.held[0].GetSequence() - 1
		}
	}
	return f.done
}

// opened finds a session that ends before the items begin.
func (f *feed) opened(acked int64) error {
	if done := f.settled(); acked < done {
		return fmt.Errorf("%w: intake holds items up to %d, and the first one here is %d", ErrDiverged, acked, done+1)
	}
	return nil
}

func (f *feed) from(_ context.Context, first int64) ([]*intakev1.IntakeItem, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first == f.done+int64(len(f.held))+1 && !f.end {
		f.pull()
	}
	if rest := f.held[min(first-f.done-1, int64(len(f.held))):]; len(rest) > 0 {
		return slices.Clone(rest), nil
	}
	return nil, f.err
}

// pull takes one item more in.
func (f *feed) pull() {
	item, err, more := f.next()
	switch {
	case !more || err != nil:
		f.end, f.err = true, err
	case len(f.held)+int(f.done) > 0 && item.GetSequence() != f.done+int64(len(f.held))+1:
		f.end, f.err = true, fmt.Errorf("item %d does not follow item %d", item.GetSequence(), f.done+int64(len(f.held)))
	case item.GetSequence() < 1 || item.GetSequence() == math.MaxInt64:
		f.end, f.err = true, fmt.Errorf("item %d: sequences are 1, 2, 3 …", item.GetSequence())
	default:
		f.held = append(f.held, item)
	}
}

func (f *feed) settle(results []*intakev1.IntakeResult) error {
	for _, r := range results {
		if err := f.taken(r); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = slices.Delete(f.held, 0, len(results))
	f.done += int64(len(results))
	return nil
}
