package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

// streams is a service whose streams say that they are there, and stay.
type streams struct {
	intakev1.UnimplementedIntakeServiceServer
}

func (streams) StreamIntake(s grpc.BidiStreamingServer[intakev1.StreamIntakeRequest, intakev1.StreamIntakeResponse]) error {
	if err := s.Send(&intakev1.StreamIntakeResponse{}); err != nil {
		return err
	}
	_, err := s.Recv()
	return err
}

func (streams) WatchComplaints(_ *intakev1.WatchComplaintsRequest, s grpc.ServerStreamingServer[intakev1.WatchComplaintsResponse]) error {
	if err := s.Send(&intakev1.WatchComplaintsResponse{}); err != nil {
		return err
	}
	<-s.Context().Done()
	return s.Context().Err()
}

// dialAs returns a client with a token of a caller.
func (f *fixture) dialAs(t *testing.T, subject string, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	token, err := f.issuer.Token(auth.Principal{Tenant: "acme", Subject: subject, Roles: roles}, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(f.addr, auth.Token{Value: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func wantBusy(t *testing.T, what string, err error, want, limit string) {
	t.Helper()
	st := status.Convert(err)
	var info *errdetails.ErrorInfo
	var retry *errdetails.RetryInfo
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.RetryInfo:
			retry = d
		}
	}
	if st.Code() != codes.ResourceExhausted || info.GetReason() != want || info.GetMetadata()["limit"] != limit || retry.GetRetryDelay().AsDuration() <= 0 {
		t.Errorf("%s: got %v with %v and %v; want %s with limit %s", what, err, info, retry, want, limit)
	}
}

func TestCallsThatRunAtOnceAreCounted(t *testing.T) {
	t.Parallel()
	f := serve(t)
	f.srv.arrived, f.srv.hold = make(chan struct{}), make(chan struct{})
	visit := func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := followupv1.NewFollowupServiceClient(conn).RecordVisit(ctx, goodVisit())
		return err
	}
	g, ctx := errgroup.WithContext(t.Context())
	clients := make([]*grpc.ClientConn, 5)
	for i := range clients {
		clients[i] = f.dialAs(t, fmt.Sprint("agent-", i), optionsv1.Role_ROLE_AGENT)
	}
	for _, conn := range clients[:4] {
		for range 64 {
			g.Go(func() error { return visit(ctx, conn) })
			<-f.srv.arrived
		}
		if conn == clients[0] {
			wantBusy(t, "a caller's call 65", visit(t.Context(), conn), "CALLER_BUSY", "64")
		}
	}
	wantBusy(t, "the replica's call 257", visit(t.Context(), clients[4]), "SERVER_BUSY", "256")
	close(f.srv.hold)
	if err := g.Wait(); err != nil {
		t.Errorf("a call within the limit failed: %v", err)
	}
	go func() { <-f.srv.arrived }()
	if err := visit(t.Context(), clients[4]); err != nil {
		t.Errorf("there is room again, and yet: %v", err)
	}
}

// Our clients wait as they are asked to, and go on: who calls faster than it may, one call after the other, is slowed down and sees no error.
// A quota is no such limit.
func TestAClientWaitsWhereItHasBegunTooMuch(t *testing.T) {
	t.Parallel()
	f := serveAt(t, 100)
	client := followupv1.NewFollowupServiceClient(f.dialAs(t, "agent-fast", optionsv1.Role_ROLE_AGENT)) // 64 at once, then ten a second
	for i := range 70 {
		if _, err := client.RecordVisit(t.Context(), goodVisit()); err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
	}
	f.srv.answer = fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "60 an hour")
	before := f.srv.calls.Load()
	_, err := client.RecordVisit(t.Context(), goodVisit())
	if n := f.srv.calls.Load() - before; status.Code(err) != codes.ResourceExhausted || n != 1 {
		t.Errorf("a quota that is used up is asked %d times: %v", n, err)
	}
}

// A connection too many is refused with a reason.
func TestAConnectionTooManyIsTold(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for i := range 65 {
		_, err := followupv1.NewFollowupServiceClient(f.dialAs(t, "agent-many", optionsv1.Role_ROLE_AGENT)).RecordVisit(t.Context(), goodVisit())
		if i < 64 && err != nil {
			t.Fatalf("connection %d: %v", i+1, err)
		}
		if i == 64 {
			wantBusy(t, "a caller's connection 65", err, "CALLER_BUSY", "64")
		}
	}
}

// Calls of methods that nobody has are refused like others: who makes many loses its connections.
func TestMethodsThatAreNotThereAreCounted(t *testing.T) {
	t.Parallel()
	f := serve(t)
	var conns []*grpc.ClientConn
	for range 8 {
		conn := f.dialAs(t, "agent-lost", optionsv1.Role_ROLE_AGENT)
		if _, err := followupv1.NewFollowupServiceClient(conn).RecordVisit(t.Context(), goodVisit()); err != nil {
			t.Fatal(err) // now it is known whose connection this is
		}
		conns = append(conns, conn)
	}
	began := time.Now()
	var g errgroup.Group
	for i := range 3000 {
		g.Go(func() error {
			err := conns[i%len(conns)].Invoke(t.Context(), "/redress.followup.v1.FollowupService/DropVisits", &structpb.Struct{}, &structpb.Struct{})
			if status.Code(err) != codes.Unimplemented {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 5*time.Second { // then the rest came on other connections
		t.Errorf("no connection was lost: all were answered after %v", took)
	}
}

func TestStreamsOfOneCallerAreCounted(t *testing.T) {
	t.Parallel()
	f := serve(t)
	feed := func(ctx context.Context, c intakev1.IntakeServiceClient) error {
		s, err := c.StreamIntake(ctx)
		if err != nil {
			return err
		}
		_, err = s.Recv()
		return err
	}
	view := func(ctx context.Context, c intakev1.IntakeServiceClient) error {
		s, err := c.WatchComplaints(ctx, &intakev1.WatchComplaintsRequest{})
		if err != nil {
			return err
		}
		_, err = s.Recv()
		return err
	}
	tests := []struct {
		name string
		open func(context.Context, intakev1.IntakeServiceClient) error
		n    int
	}{{"feeds", feed, 8}, {"views", view, 64}}
	one := intakev1.NewIntakeServiceClient(f.dialAs(t, "gateway-1", optionsv1.Role_ROLE_INTEGRATION))
	two := intakev1.NewIntakeServiceClient(f.dialAs(t, "gateway-2", optionsv1.Role_ROLE_INTEGRATION))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			for i := range tt.n {
				if err := tt.open(ctx, one); err != nil {
					t.Fatalf("stream %d: %v", i+1, err)
				}
			}
			wantBusy(t, "one stream more", tt.open(ctx, one), "CALLER_BUSY", fmt.Sprint(tt.n))
			if err := tt.open(ctx, two); err != nil {
				t.Errorf("the neighbour's stream: %v", err)
			}
		})
	}
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                       { return "proto" }
func (raw) Marshal(v any) ([]byte, error)      { return v.([]byte), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*[]byte) = bytes.Clone(data); return nil }

func TestMessagesThatCannotBeReadAreInvalid(t *testing.T) {
	t.Parallel()
	f := serve(t)
	agent := f.dialAs(t, "agent-1", optionsv1.Role_ROLE_AGENT)
	gateway := f.dialAs(t, "gateway-1", optionsv1.Role_ROLE_INTEGRATION)
	good, err := proto.Marshal(goodVisit())
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), s)
	}
	largest := text(strings.Repeat("x", 256<<10-4))
	tests := []struct {
		name    string
		message []byte
		opts    []grpc.CallOption
		says    string
	}{
		{"no protobuf", []byte{0xff}, nil, "cannot be read"},
		{"text that is not UTF-8", text("\xff\xfe"), nil, "not UTF-8"},
		{"10,001 groups in each other", bytes.Repeat(protowire.AppendTag(nil, 99, protowire.StartGroupType), 10_001), nil, "nests too deeply"},
		{"the largest message", largest, nil, "request_id"}, // is read, and its content refused
		{"one byte more", append(largest, 0), nil, "larger than max"},
		{"a bomb", bytes.Repeat(good, 1<<14), []grpc.CallOption{grpc.UseCompressor(gzip.Name)}, "larger than max"},
	}
	if len(largest) != 256<<10 {
		t.Fatalf("the largest message has %d bytes", len(largest))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want, why := codes.InvalidArgument, "REQUEST_INVALID"
			if tt.says == "larger than max" {
				want, why = codes.ResourceExhausted, "" // gRPC's own answer
			}
			opts := append(tt.opts, grpc.ForceCodec(raw{}))
			var got []byte
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := agent.Invoke(ctx, followupv1.FollowupService_RecordVisit_FullMethodName, tt.message, &got, opts...)
			if st := status.Convert(err); st.Code() != want || reason(st) != why || !strings.Contains(st.Message(), tt.says) {
				t.Errorf("a call ends with %v, want %v that says %q", err, want, tt.says)
			}
			if tt.says == "request_id" {
				return
			}
			stream, err := gateway.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, intakev1.IntakeService_StreamIntake_FullMethodName, opts...)
			if err != nil {
				t.Fatal(err)
			}
			_ = stream.SendMsg(tt.message) // RecvMsg says why
			for err == nil {
				err = stream.RecvMsg(&got)
			}
			if st := status.Convert(err); st.Code() != want || reason(st) != why || !strings.Contains(st.Message(), tt.says) {
				t.Errorf("a stream ends with %v, want %v that says %q", err, want, tt.says)
			}
		})
	}
}

func TestWhatAStreamIsAskedForIsHeldAgainstTheContract(t *testing.T) {
	t.Parallel()
	client := intakev1.NewIntakeServiceClient(serve(t).dialAs(t, "agent-1", optionsv1.Role_ROLE_AGENT))
	for _, tt := range []struct {
		id   string
		want codes.Code
	}{{"", codes.OK}, {"no uuid", codes.InvalidArgument}, {"\x00", codes.InvalidArgument}} {
		s, err := client.WatchComplaints(t.Context(), &intakev1.WatchComplaintsRequest{ComplaintId: tt.id})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Recv(); status.Code(err) != tt.want || err != nil && reason(status.Convert(err)) != "REQUEST_INVALID" {
			t.Errorf("%q: %v, want %v", tt.id, err, tt.want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	nested := func(messages int) proto.Message { // in the outermost, each list is two: a value and what it holds
		v := structpb.NewBoolValue(true)
		for range messages / 2 {
			v = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{v}})
		}
		return v
	}
	if err := rpc.Check(nested(64)); err != nil {
		t.Errorf("64 messages in a message: %v", err)
	}
	if err := rpc.Check(nested(66)); fault.ReasonOf(err) != "REQUEST_INVALID" || !strings.Contains(err.Error(), "deeper than 64") {
		t.Errorf("66 messages in a message: %v", err)
	}
	if err := rpc.Check(&structpb.ListValue{Values: []*structpb.Value{nested(64).(*structpb.Value)}}); fault.ReasonOf(err) != "REQUEST_INVALID" {
		t.Errorf("65 messages in a message: %v", err)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	f := serve(t)
	client := followupv1.NewFollowupServiceClient(f.dialAs(t, "agent-1", optionsv1.Role_ROLE_AGENT))
	for size, want := range map[int]codes.Code{14 << 10: codes.OK, 16 << 10: codes.Internal} { // the client knows the limit, and refuses by itself
		ctx := metadata.AppendToOutgoingContext(t.Context(), "note", strings.Repeat("x", size))
		if _, err := client.RecordVisit(ctx, goodVisit()); status.Code(err) != want {
			t.Errorf("a header of %d bytes: %v, want %v", size, err, want)
		}
	}
}
