package hostile

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/procedure"
)

// neverReading sends for as long as it may and takes no acknowledgement. Each item breaks 200 rules: its answer is larger than it is.
func neverReading(t *target) func(context.Context, <-chan struct{}) error {
	client, broken := t.gateway("gateway-deaf"), draft()
	for i := range 200 {
		broken.Fields[fmt.Sprint(i)] = procedure.ToProto(procedure.Code(""))
	}
	return func(ctx context.Context, done <-chan struct{}) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var g errgroup.Group
		for range 8 {
			g.Go(func() error {
				s, _, err := open(ctx, client, uuid.NewString())
				if err != nil {
					return err
				}
				for i := int64(1); err == nil; i++ {
					err = s.Send(item(i, broken))
				}
				if ctx.Err() == nil {
					return fmt.Errorf("a deaf stream ended: %w", ending(s))
				}
				return nil
			})
		}
		<-done
		cancel()
		return g.Wait()
	}
}

// silentStreams opens what it may and says nothing more; what is more is refused.
func silentStreams(t *target) func(context.Context, <-chan struct{}) error {
	client := t.gateway("gateway-silent")
	return func(ctx context.Context, done <-chan struct{}) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		busy := 0
		for i := range 16 {
			_, _, err := open(ctx, client, fmt.Sprint("silent-", i%8))
			if err == nil {
				continue
			}
			if err := refused("a stream after the eighth", err, codes.ResourceExhausted, "CALLER_BUSY"); err != nil {
				return err
			}
			busy++
		}
		if busy != 8 {
			return fmt.Errorf("of 16 streams of one caller %d were refused, want 8", busy)
		}
		<-done
		return nil
	}
}

// rapidConns is how many connections of one caller are flooded at once.
const rapidConns = 32

// rapidCancel opens streams and resets them at once, on many connections.
func rapidCancel(t *target) func(context.Context, <-chan struct{}) error {
	var clients []intakev1.IntakeServiceClient
	for range rapidConns {
		clients = append(clients, t.gateway("gateway-rapid"))
	}
	return func(ctx context.Context, _ <-chan struct{}) error {
		var wg sync.WaitGroup
		for _, client := range clients {
			wg.Go(func() {
				for range 200 {
					ctx, cancel := context.WithCancel(ctx)
					s, err := client.StreamIntake(ctx)
					if err == nil {
						_ = s.Send(opening("rapid"))
					}
					cancel()
				}
			})
		}
		wg.Wait()
		return nil
	}
}

// cancelAfterFrames breaks off after each frame. What was committed is known when it comes back.
func cancelAfterFrames(t *target) func(context.Context, <-chan struct{}) error {
	client := t.gateway("gateway-broken")
	return func(ctx context.Context, _ <-chan struct{}) error {
		session, known := uuid.NewString(), int64(0)
		once := func() error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			s, acked, err := open(ctx, client, session)
			switch {
			case status.Code(err) == codes.ResourceExhausted:
				return nil // those before are being taken down
			case err != nil:
				return err
			case acked < known || acked > known+1:
				return fmt.Errorf("the watermark is %d after %d", acked, known)
			}
			known = acked
			return send(s, item(known+1, draft()))
		}
		for range 10 {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}
}

// misplacedFrames sends what does not follow.
func misplacedFrames(t *target) func(context.Context, <-chan struct{}) error {
	client := t.gateway("gateway-wild")
	return func(ctx context.Context, _ <-chan struct{}) error {
		for _, sequence := range []int64{0, -1, 2, math.MinInt64, math.MaxInt64} {
			s, _, err := openWhenLetIn(ctx, client, "wild")
			if err != nil {
				return err
			}
			if err := send(s, item(sequence, draft())); err != nil {
				return err
			}
			if err := refused(fmt.Sprint("item ", sequence), ending(s), codes.OutOfRange, "SEQUENCE_GAP"); err != nil {
				return err
			}
		}
		for _, frame := range []*request{item(1, draft()), {}} {
			err := letIn(ctx, func() error {
				s, err := client.StreamIntake(ctx)
				if err != nil {
					return err
				}
				if err := send(s, frame); err != nil {
					return err
				}
				return ending(s)
			})
			if err := refused("a first frame that does not open", err, codes.InvalidArgument, "STREAM_NOT_OPENED"); err != nil {
				return err
			}
		}
		s, _, err := openWhenLetIn(ctx, client, "wild")
		if err != nil {
			return err
		}
		if err := send(s, opening("wild")); err != nil {
			return err
		}
		return refused("a second opening", ending(s), codes.InvalidArgument, "STREAM_NOT_OPENED")
	}
}

// spoilt are drafts that are each refused as an item's result.
var spoilt = []struct {
	reason string
	spoil  func(*intakev1.ComplaintDraft)
}{
	{"REQUEST_INVALID", func(d *intakev1.ComplaintDraft) { pad(d, 64<<10) }}, // 64 KiB and more: too large
	{"FIELD_NUMBER_UNKNOWN", func(d *intakev1.ComplaintDraft) { pad(d, 60<<10) }},
	{"REQUEST_INVALID", func(d *intakev1.ComplaintDraft) { d.Complainant.Name = "王\x00" }},
	{"REQUEST_INVALID", func(d *intakev1.ComplaintDraft) { d.Content = strings.Repeat("字", 8001) }},
	{"PROCEDURE_UNKNOWN", func(d *intakev1.ComplaintDraft) { d.Procedure = "'; drop table complaint; --" }},
}

// pad adds n bytes in a field that nobody knows.
func pad(d *intakev1.ComplaintDraft, n int) {
	d.ProtoReflect().SetUnknown(protowire.AppendBytes(protowire.AppendTag(nil, 99, protowire.BytesType), make([]byte, n)))
}

// brokenItems sends items that are each refused as a result; the stream goes on.
func brokenItems(t *target) func(context.Context, <-chan struct{}) error {
	client := t.gateway("gateway-odd")
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		s, _, err := openWhenLetIn(ctx, client, uuid.NewString())
		if err != nil {
			return err
		}
		deliver := func(sequence int, d *intakev1.ComplaintDraft) (*intakev1.IntakeResult, error) {
			if err := send(s, item(int64(sequence), d)); err != nil {
				return nil, err
			}
			resp, err := s.Recv()
			if err != nil || len(resp.GetAck().GetResults()) != 1 {
				return nil, surprise(fmt.Sprint("item ", sequence), resp, err)
			}
			return resp.GetAck().GetResults()[0], nil
		}
		for i, want := range spoilt {
			d := draft()
			want.spoil(d)
			result, err := deliver(i+1, d)
			if err != nil {
				return err
			}
			st := status.FromProto(result.GetError())
			if err := refused(fmt.Sprint("item ", i+1), st.Err(), st.Code(), want.reason); err != nil {
				return err
			}
		}
		d := draft()
		d.Complainant.Name = "\u202e王\u200b小明"
		result, err := deliver(len(spoilt)+1, d)
		if err != nil || result.GetNumber() == "" {
			return surprise("a good item after broken ones", result, err)
		}
		shown, err := client.GetComplaint(ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: result.GetComplaintId()}})
		if name := shown.GetComplaint().GetComplainant().GetName(); err != nil || strings.ContainsAny(name, "\u202e\u200b小") {
			return surprise("a name with characters that nobody sees", fmt.Sprintf("%+q", name), err)
		}
		return nil
	}
}

// foreignSession opens a session that another gateway has opened.
func foreignSession(t *target) func(context.Context, <-chan struct{}) error {
	owner, thief := t.gateway("gateway-robbed"), t.gateway("gateway-thief")
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		session := uuid.NewString()
		mine, _, err := openWhenLetIn(ctx, owner, session)
		if err != nil {
			return err
		}
		_, _, err = openWhenLetIn(ctx, thief, session)
		if err := refused("another's session", err, codes.PermissionDenied, "SESSION_NOT_YOURS"); err != nil {
			return err
		}
		if err := send(mine, item(1, draft())); err != nil {
			return err
		}
		if resp, err := mine.Recv(); err != nil || resp.GetAck().GetAckedSequence() != 1 {
			return surprise("the owner's stream after the attempt", resp, err)
		}
		return nil
	}
}
