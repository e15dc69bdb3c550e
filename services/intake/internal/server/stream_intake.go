package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

const (
	// creditItems is how many items a gateway may have on the way; while one batch is committed the next arrives.
	creditItems = 2 * maxBatchItems
	// maxItemBytes is the largest item.
	maxItemBytes = 64 << 10
	// reconnectDelay is what a gateway is asked to wait before it reconnects after a go-away.
	reconnectDelay = time.Second
	// drainGrace is how long a gateway may take to half-close after a go-away; what it sends until then is still committed.
	drainGrace = 10 * time.Second
)

const _ = uint(store.MaxCommitItems - creditItems) // a commit holds no more than the credit

// stream is a grpc stream of intake frames.
type stream = grpc.BidiStreamingServer[intakev1.StreamIntakeRequest, intakev1.StreamIntakeResponse]

// StreamIntake implements the RPC; its contract is in the .proto file.
//
// One goroutine receives, at most as much as the credit; this one commits whatever has arrived, with what other streams and calls bring, then
// what arrived meanwhile, and so on: an idle gateway's item does not wait for others, busy ones' share a transaction.
func (s *Server) StreamIntake(stream stream) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel() // lets the receiver go; it ends at the latest when the RPC has
	open, err := s.openStream(ctx, stream)
	if err != nil {
		return err
	}
	open.in = receive(ctx, stream, s.checks)
	draining := s.draining
	var grace <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-draining:
			draining, grace = nil, time.After(drainGrace)
			if err := stream.Send(goAway()); err != nil {
				return err
			}
		case <-grace:
			return nil // what was not acknowledged is sent again to another replica
		case first, more := <-open.in.frames:
			if !more {
				return open.in.err
			}
			if err := open.take(ctx, first); err != nil {
				return err
			}
		}
	}
}

// openStream answers the first frame, which must open a session.
func (s *Server) openStream(ctx context.Context, stream stream) (*openStream, error) {
	req, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	if req.GetOpen() == nil {
		return nil, notOpened("the first frame of a stream must be \"open\"")
	}
	if err := rpc.Check(req); err != nil {
		return nil, err
	}
	o := &openStream{Server: s, stream: stream}
	gateway, name := req.GetOpen().GetGatewayId(), req.GetOpen().GetSessionId()
	by := auth.From(ctx)
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) (err error) {
		var ours bool
		o.session, ours, err = store.OpenSession(ctx, tx, by.Tenant, gateway, name, by.Actor(), s.now())
		if err == nil && !ours {
			err = fault.New(fault.Denied, "SESSION_NOT_YOURS",
				"another caller opened this session of the gateway; open one with a session_id of your own, or show the token of who opened it").At("open.session_id")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	o.told = o.session.Acked
	return o, stream.Send(&intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_Opened{Opened: &intakev1.IntakeOpened{
		StreamEpoch: o.session.Epoch, AckedSequence: o.session.Acked, CreditCount: creditItems, MaxItemBytes: maxItemBytes,
	}}})
}

func notOpened(what string) error {
	return fault.New(fault.Invalid, "STREAM_NOT_OPENED", "%s; a stream is one \"open\", then items", what).At("open")
}

func goAway() *intakev1.StreamIntakeResponse {
	return &intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_GoAway{
		GoAway: &intakev1.IntakeGoAway{ReconnectDelay: durationpb.New(reconnectDelay)},
	}}
}
