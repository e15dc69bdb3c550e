package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// goAwayError says that intake asks the gateway to reconnect.
type goAwayError struct{ delay time.Duration }

// Error says what will be done.
func (e *goAwayError) Error() string {
	return fmt.Sprintf("intake is going away; reconnecting in %v", e.delay)
}

// errEnded says that intake has ended a stream that was not at its end.
var errEnded = status.Error(codes.Unavailable, "intake has ended the stream")

// streaming is one stream of a session.
type streaming struct {
	*Gateway
	wire intakev1.IntakeService_StreamIntakeClient
	src  source
	// room has an element for every item on the way; it takes no more than the credit.
	room chan struct{}
	// next is the item to be sent. It is the sender's, as the two below, until the stream is over.
	next int64
	// complete is set when the source has no more; failed is why, nil at its proper end.
	complete bool
	failed   error
}

// stream sends what src has over one stream. It returns nil once src has no more and everything is settled.
func (g *Gateway) stream(ctx context.Context, src source) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := g.open(ctx, src)
	if err != nil {
		return err
	}
	g.notice(nil)
	both, bothCtx := errgroup.WithContext(ctx)
	sending, halt := context.WithCancel(bothCtx)
	defer halt()
	both.Go(func() error { s.sendAll(sending); return nil })
	both.Go(func() error {
		defer halt()
		err := s.receiveAll(halt)
		if err != nil {
			cancel() // a sender that waits for room on the wire gets none any more
		}
		return err
	})
	err = both.Wait()
	var failed *backoff.PermanentError
	var away *goAwayError
	switch {
	case errors.As(err, &failed):
		return failed.Err
	case (err == nil || errors.As(err, &away)) && s.complete && src.settled() == s.next-1:
		return s.failed
	case err == nil:
		return errEnded
	}
	return err
}

// open opens the session, or resumes it.
func (g *Gateway) open(ctx context.Context, src source) (*streaming, error) {
	wire, err := g.intake.StreamIntake(ctx)
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	opening := &intakev1.OpenIntake{GatewayId: g.gateway, SessionId: g.session}
	// A stream that is refused fails to send with EOF alone; Recv says why.
	_ = wire.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: opening}})
	frame, err := wire.Recv()
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	if away := frame.GetGoAway(); away != nil {
		return nil, &goAwayError{away.GetReconnectDelay().AsDuration()}
	}
	opened := frame.GetOpened()
	if opened == nil {
		return nil, errEnded
	}
	if err := src.opened(opened.GetAckedSequence()); err != nil {
		return nil, err
	}
	return &streaming{Gateway: g, wire: wire, src: src, room: make(chan struct{}, max(1, opened.GetCreditCount())), next: src.settled() + 1}, nil
}

// sendAll sends for as long as there are items, and credit, and then half-closes. When it cannot go on the receiver learns why.
func (s *streaming) sendAll(ctx context.Context) {
	defer func() { _ = s.wire.CloseSend() }()
	for {
		items, err := s.src.from(ctx, s.next)
		if ctx.Err() != nil {
			return
		}
		if len(items) == 0 || err != nil {
			s.complete, s.failed = true, err
			return
		}
		for _, item := range items {
			select {
			case s.room <- struct{}{}:
			case <-ctx.Done():
				return
			}
			if err := s.wire.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: item}}); err != nil {
				return
			}
			s.sent(s.next)
			s.next++
		}
	}
}

// receiveAll settles results until the stream ends. At a go-away it halts the sender and takes what is still acknowledged.
func (s *streaming) receiveAll(halt func()) error {
	var away *goAwayError
	for {
		frame, err := s.wire.Recv()
		switch {
		case errors.Is(err, io.EOF) && away == nil:
			return nil
		case err != nil && away != nil:
			return away
		case err != nil:
			return err
		case frame.GetGoAway() != nil:
			away = &goAwayError{frame.GetGoAway().GetReconnectDelay().AsDuration()}
			halt()
		default:
			if err := s.acknowledged(frame.GetAck().GetResults()); err != nil {
				return err
			}
		}
	}
}

// acknowledged settles results and gives their room back.
func (s *streaming) acknowledged(results []*intakev1.IntakeResult) error {
	for i, settled := 0, s.src.settled(); i < len(results); i++ {
		if seq := results[i].GetSequence(); seq != settled+1 {
			return fmt.Errorf("%w: intake answers item %d, and item %d was next", ErrDiverged, seq, settled+1)
		}
		settled++
	}
	if err := s.src.settle(results); err != nil {
		return backoff.Permanent(err)
	}
	for range results {
		select {
		case <-s.room:
		default:
			return fmt.Errorf("%w: intake answers items that were not sent", ErrDiverged)
		}
	}
	return nil
}
