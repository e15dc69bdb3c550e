// Package gateway brings complaints into intake as a call centre's gateway does: over one stream, within the credit that intake
// gives, and again after either side went away, without losing or repeating one.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// patience is how long a gateway reconnects to an intake that is away.
const patience = time.Minute

// errGoAway says that intake asks the gateway to reconnect.
var errGoAway = errors.New("intake is going away")

// Gateway is one session with intake. It is for one goroutine.
//
// What intake has acknowledged is not sent again, in this process or the next one: the session's watermark is intake's.
type Gateway struct {
	intake  intakev1.IntakeServiceClient
	gateway string
	session string
	stream  intakev1.IntakeService_StreamIntakeClient // nil until opened
	acked   int64                                     // every item up to this one is committed
	credit  int                                       // items that may be unacknowledged
}

// New returns a gateway for a session; nothing is sent yet.
func New(intake intakev1.IntakeServiceClient, gateway, session string) *Gateway {
	return &Gateway{intake: intake, gateway: gateway, session: session}
}

// Acked returns the sequence up to which every item is committed, opening the session if it is not open.
func (g *Gateway) Acked(ctx context.Context) (int64, error) {
	if g.stream == nil {
		if err := g.open(ctx); err != nil {
			return 0, err
		}
	}
	return g.acked, nil
}

// open opens the session, or resumes it.
func (g *Gateway) open(ctx context.Context) error {
	stream, err := g.intake.StreamIntake(ctx)
	if err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	opening := &intakev1.OpenIntake{GatewayId: g.gateway, SessionId: g.session}
	// A stream that is refused fails to send with EOF alone; Recv says why.
	_ = stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: opening}})
	frame, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	opened := frame.GetOpened()
	if opened == nil {
		return errGoAway
	}
	g.stream, g.acked, g.credit = stream, opened.GetAckedSequence(), int(opened.GetCreditCount())
	return nil
}

// Deliver brings items in and returns when the last is acknowledged; items acknowledged before are passed over. Their sequences
// follow one another and what was delivered before. taken is called with the result of each, unless that was lost with a
// connection; its error ends the delivery.
func (g *Gateway) Deliver(ctx context.Context, items []*intakev1.IntakeItem, taken func(*intakev1.IntakeResult) error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := g.try(ctx, items, taken)
		if err != nil {
			g.stream = nil
		}
		if code := status.Code(err); err != nil && !errors.Is(err, errGoAway) && code != codes.Unavailable && code != codes.Aborted {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(patience))
	return err
}

func (g *Gateway) try(ctx context.Context, items []*intakev1.IntakeItem, taken func(*intakev1.IntakeResult) error) error {
	if _, err := g.Acked(ctx); err != nil {
		return err
	}
	for len(items) > 0 && items[0].GetSequence() <= g.acked {
		items = items[1:]
	}
	if len(items) == 0 {
		return nil
	}
	onTheWay := make(chan struct{}, g.credit)
	sending, ctx := errgroup.WithContext(ctx)
	sending.Go(func() error { g.sendAll(ctx, items, onTheWay); return nil })
	sending.Go(func() error { return g.awaitAcks(items[len(items)-1].GetSequence(), onTheWay, taken) })
	return sending.Wait()
}

// sendAll sends items for as long as there is credit. When it cannot go on the receiver learns why.
func (g *Gateway) sendAll(ctx context.Context, items []*intakev1.IntakeItem, onTheWay chan<- struct{}) {
	for _, item := range items {
		select {
		case onTheWay <- struct{}{}:
		case <-ctx.Done():
			return
		}
		if err := g.stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: item}}); err != nil {
			return
		}
	}
}

// awaitAcks receives until the item last is acknowledged.
func (g *Gateway) awaitAcks(last int64, onTheWay <-chan struct{}, taken func(*intakev1.IntakeResult) error) error {
	for g.acked < last {
		frame, err := g.stream.Recv()
		if err != nil {
			return err
		}
		if frame.GetGoAway() != nil {
			return errGoAway
		}
		for _, res := range frame.GetAck().GetResults() {
			if err := taken(res); err != nil {
				return err
			}
		}
		for ; g.acked < frame.GetAck().GetAckedSequence(); g.acked++ {
			<-onTheWay
		}
	}
	return nil
}

// Close half-closes the stream. The session stays in intake: nothing depends on a tidy end.
func (g *Gateway) Close() {
	if g.stream != nil {
		_ = g.stream.CloseSend()
	}
}
