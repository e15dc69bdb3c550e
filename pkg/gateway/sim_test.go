package gateway_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// simulated is an intake that keeps the contract of StreamIntake and nothing more of it, and breaks streams off wherever its seed says:
// before a commit, between commit and acknowledgement, in the middle of acknowledgements, or with a go-away.
type simulated struct {
	intakev1.UnimplementedIntakeServiceServer

	mu         sync.Mutex
	rand       *rand.Rand
	faults     float64 // probability at each place
	registered []string
	results    []*intakev1.IntakeResult
	epoch      int64
	opened     int
}

// serve returns a client of s.
func (s *simulated) serve(t testing.TB) intakev1.IntakeServiceClient {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	intakev1.RegisterIntakeServiceServer(srv, s)
	go func() { _ = srv.Serve(lis) }() // it ends with Stop
	t.Cleanup(srv.Stop)
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return intakev1.NewIntakeServiceClient(conn)
}

// fails tells whether the stream ends here.
func (s *simulated) fails() bool { return s.faults > 0 && s.rand.Float64() < s.faults }

var errBroken = status.Error(codes.Unavailable, "broken off")

func (s *simulated) StreamIntake(stream grpc.BidiStreamingServer[intakev1.StreamIntakeRequest, intakev1.StreamIntakeResponse]) error {
	req, err := stream.Recv()
	if err != nil {
		return err
	}
	if req.GetOpen() == nil {
		return status.Error(codes.InvalidArgument, "the first frame opens")
	}
	s.mu.Lock()
	s.epoch++
	s.opened++
	epoch := s.epoch
	opened := &intakev1.IntakeOpened{StreamEpoch: epoch, AckedSequence: int64(len(s.results)), CreditCount: int32(1 + s.rand.IntN(20)), MaxItemBytes: 64 << 10}
	s.mu.Unlock()
	if err := stream.Send(&intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_Opened{Opened: opened}}); err != nil {
		return err
	}
	in, ended := make(chan *intakev1.IntakeItem, opened.GetCreditCount()), error(nil)
	go func() {
		defer close(in)
		for {
			req, err := stream.Recv()
			if err != nil {
				ended = err
				return
			}
			select {
			case in <- req.GetItem():
			case <-stream.Context().Done():
				return
			}
		}
	}()
	for item := range in {
		var results []*intakev1.IntakeResult
		for more := true; more; {
			result, away, err := s.take(epoch, item)
			if err != nil {
				return err
			}
			results = append(results, result)
			if away {
				delay := durationpb.New(time.Millisecond)
				if err := stream.Send(&intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_GoAway{GoAway: &intakev1.IntakeGoAway{ReconnectDelay: delay}}}); err != nil {
					return err
				}
			}
			select {
			case item, more = <-in: // has arrived meanwhile
			default:
				more = false
			}
		}
		if err := s.acknowledge(stream, results); err != nil {
			return err
		}
	}
	if !errors.Is(ended, io.EOF) {
		return ended
	}
	return nil
}

// take registers an item, or finds what it became.
func (s *simulated) take(epoch int64, item *intakev1.IntakeItem) (result *intakev1.IntakeResult, away bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := item.GetSequence()
	switch {
	case s.fails():
		return nil, false, errBroken
	case epoch != s.epoch:
		return nil, false, status.Error(codes.Aborted, "another stream has opened the session")
	case seq < 1 || seq > int64(len(s.results))+1:
		return nil, false, status.Errorf(codes.OutOfRange, "item %d after %d", seq, len(s.results))
	case seq == int64(len(s.results))+1:
		s.results = append(s.results, s.register(item))
	}
	if s.fails() {
		return nil, false, errBroken
	}
	return s.results[seq-1], s.fails(), nil
}

func (s *simulated) register(item *intakev1.IntakeItem) *intakev1.IntakeResult {
	reference := item.GetDraft().GetExternalReference()
	if reference == "bad" {
		return &intakev1.IntakeResult{Sequence: item.GetSequence(), Error: &rpcstatus.Status{Code: int32(codes.InvalidArgument), Message: "bad"}}
	}
	s.registered = append(s.registered, reference)
	return &intakev1.IntakeResult{Sequence: item.GetSequence(), Number: reference}
}

// acknowledge answers in frames of one or more results, or breaks off between them.
func (s *simulated) acknowledge(stream grpc.BidiStreamingServer[intakev1.StreamIntakeRequest, intakev1.StreamIntakeResponse], results []*intakev1.IntakeResult) error {
	for len(results) > 0 {
		s.mu.Lock()
		n, broken := 1+s.rand.IntN(len(results)), s.fails()
		s.mu.Unlock()
		if broken {
			return errBroken
		}
		ack := &intakev1.IntakeAck{AckedSequence: results[n-1].GetSequence(), Results: results[:n]}
		if err := stream.Send(&intakev1.StreamIntakeResponse{Frame: &intakev1.StreamIntakeResponse_Ack{Ack: ack}}); err != nil {
			return err
		}
		results = results[n:]
	}
	return nil
}

// closed is an intake that opens no stream.
type closed struct {
	intakev1.IntakeServiceClient

	err    error
	called func()
}

func (c closed) StreamIntake(context.Context, ...grpc.CallOption) (intakev1.IntakeService_StreamIntakeClient, error) {
	if c.called != nil {
		c.called()
	}
	return nil, c.err
}

func (s *simulated) wantRegistered(t testing.TB, want []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.registered); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
}
