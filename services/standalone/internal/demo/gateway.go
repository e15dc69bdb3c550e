package demo

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
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

const (
	gatewayID = "call-centre-gateway"
	// gatewayPatience is how long the gateway reconnects to an intake that is away.
	gatewayPatience = time.Minute
	notRecorded     = "Not recorded" // channel of a record without one
)

// errGoAway says that intake asks the gateway to reconnect.
var errGoAway = errors.New("intake is going away")

// gateway streams complaints into intake, as a call centre's does. A session is as long as the file; what intake has
// acknowledged is not sent again, in this process or the next one.
type gateway struct {
	intake  intakev1.IntakeServiceClient
	session string
	stream  intakev1.IntakeService_StreamIntakeClient // nil until opened
	acked   int64                                     // every item up to this one is committed
	credit  int                                       // items that may be unacknowledged
}

// open opens the session, or resumes it.
func (g *gateway) open(ctx context.Context) error {
	stream, err := g.intake.StreamIntake(ctx)
	if err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	opening := &intakev1.OpenIntake{GatewayId: gatewayID, SessionId: g.session}
	if err := stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: opening}}); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
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

// deliver brings the items in and returns when the last is acknowledged; items acknowledged before are passed over. taken is
// called with the result of each, unless that was lost with a connection.
func (g *gateway) deliver(ctx context.Context, items []*intakev1.IntakeItem, taken func(*intakev1.IntakeResult) error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := g.try(ctx, items, taken)
		if err != nil {
			g.stream = nil
		}
		if code := status.Code(err); err != nil && !errors.Is(err, errGoAway) && code != codes.Unavailable && code != codes.Aborted {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(gatewayPatience))
	return err
}

func (g *gateway) try(ctx context.Context, items []*intakev1.IntakeItem, taken func(*intakev1.IntakeResult) error) error {
	if g.stream == nil {
		if err := g.open(ctx); err != nil {
			return err
		}
	}
	for len(items) > 0 && items[0].GetSequence() <= g.acked {
		items = items[1:]
	}
	if len(items) == 0 {
		return nil
	}
	onTheWay := make(chan struct{}, g.credit)
	sending, ctx := errgroup.WithContext(ctx)
	sending.Go(func() error { return g.sendAll(ctx, items, onTheWay) })
	sending.Go(func() error { return g.awaitAcks(items[len(items)-1].GetSequence(), onTheWay, taken) })
	return sending.Wait()
}

// sendAll sends items for as long as there is credit.
func (g *gateway) sendAll(ctx context.Context, items []*intakev1.IntakeItem, onTheWay chan<- struct{}) error {
	for _, item := range items {
		select {
		case onTheWay <- struct{}{}:
		case <-ctx.Done():
			return nil // the receiver says why
		}
		frame := &intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: item}}
		if err := g.stream.Send(frame); errors.Is(err, io.EOF) {
			return nil // the stream has ended, and the receiver learns why
		} else if err != nil {
			return fmt.Errorf("send item %d: %w", item.GetSequence(), err)
		}
	}
	return nil
}

// awaitAcks receives until the item last is acknowledged.
func (g *gateway) awaitAcks(last int64, onTheWay <-chan struct{}, taken func(*intakev1.IntakeResult) error) error {
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

// close half-closes the stream.
func (g *gateway) close() {
	if g.stream != nil {
		_ = g.stream.CloseSend() // the session is in intake, nothing depends on a tidy end
	}
}

// draft is the record as a gateway hands it over: no name, and the narrative as the consumer's words.
func draft(r Record, receive time.Time) *intakev1.ComplaintDraft {
	d := &intakev1.ComplaintDraft{
		Procedure: procedureCode, Channel: r.Via, ReceiveTime: timestamppb.New(receive), ExternalReference: r.ID,
		Complainant: &intakev1.Party{Kind: "consumer"}, Content: r.Narrative, Fields: map[string]*typev1.Value{},
	}
	if d.Channel == "" {
		d.Channel = notRecorded
	}
	for key, code := range map[string]string{
		"product": r.Product, "sub_product": r.SubProduct, "issue": r.Issue, "sub_issue": r.SubIssue,
		"company": r.Company, "state": r.State, "zip3": r.ZIP, "tags": r.Tags,
	} {
		if code != "" {
			d.Fields[key] = &typev1.Value{Kind: &typev1.Value_Code{Code: code}}
		}
	}
	return d
}
