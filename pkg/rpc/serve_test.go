package rpc_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

// followup is a service whose answers the tests choose.
type followup struct {
	followupv1.UnimplementedFollowupServiceServer
	answer error
	caller auth.Principal
	calls  atomic.Int64
	// arrived, if set, is told of each call; it then stays until hold is closed.
	arrived, hold chan struct{}
}

func (f *followup) RecordVisit(ctx context.Context, _ *followupv1.RecordVisitRequest) (*followupv1.RecordVisitResponse, error) {
	if f.arrived != nil {
		f.arrived <- struct{}{}
		<-f.hold
		return &followupv1.RecordVisitResponse{}, nil
	}
	f.calls.Add(1)
	f.caller = auth.From(ctx)
	if f.answer != nil && f.answer.Error() == "panic" {
		panic("secret detail")
	}
	return &followupv1.RecordVisitResponse{}, f.answer
}

type fixture struct {
	srv    *followup
	issuer *auth.Issuer
	addr   string
	health string // address of the health listener
}

func serve(t *testing.T) *fixture {
	t.Helper()
	return serveAt(t, 0)
}

// serveAt serves with a call rate.
func serveAt(t *testing.T, callRate int) *fixture {
	t.Helper()
	dir := t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.NewVerifier(issuer.Config(dir), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	f := &fixture{srv: &followup{}, issuer: issuer, health: free.Addr().String()}
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- rpc.Serve(ctx, rpc.ServerConfig{
			Service: "followup", Listen: "127.0.0.1:0", Verifier: verifier, LocalTokens: true, CallRate: callRate,
			HealthListen: f.health, Log: slog.New(slog.DiscardHandler), Ready: func(addr string) { ready <- addr },
		}, func(r grpc.ServiceRegistrar) {
			followupv1.RegisterFollowupServiceServer(r, f.srv)
			intakev1.RegisterIntakeServiceServer(r, streams{})
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
	f.addr = <-ready
	return f
}

// as returns a client with a token of the roles.
func (f *fixture) as(t *testing.T, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	token, err := f.issuer.Token(auth.Principal{Tenant: "acme", Subject: "li.wei", Roles: roles}, time.Now(), time.Minute)
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

func goodVisit() *followupv1.RecordVisitRequest {
	return &followupv1.RecordVisitRequest{
		RequestId: "0190c1de-0000-7000-8000-000000000001", VisitId: "0190c1de-0000-7000-8000-000000000002",
		Outcome: followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED,
	}
}

func TestTheDoorTellsTheHandlerWhoCalls(t *testing.T) {
	f := serve(t)
	_, err := followupv1.NewFollowupServiceClient(f.as(t, optionsv1.Role_ROLE_AGENT)).RecordVisit(t.Context(), goodVisit())
	if err != nil {
		t.Fatal(err)
	}
	if f.srv.caller.Subject != "li.wei" || f.srv.caller.Tenant != "acme" || f.srv.caller.Actor() != "person:li.wei" {
		t.Errorf("caller = %+v", f.srv.caller)
	}
}

func TestTheDoorRefuses(t *testing.T) {
	f := serve(t)
	agent := f.as(t, optionsv1.Role_ROLE_AGENT)
	noVisit := goodVisit()
	noVisit.VisitId, noVisit.Outcome = "", 0
	nul := goodVisit()
	nul.RequestId += "\x00"
	unknown := goodVisit()
	unknown.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
	forged, err := rpc.Dial(f.addr, auth.Token{Value: "eyJhbGciOiJub25lIn0.e30."}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		conn   *grpc.ClientConn
		req    *followupv1.RecordVisitRequest
		code   codes.Code
		reason string
		says   string
	}{
		{"a role that the method does not list", f.as(t, optionsv1.Role_ROLE_AUDITOR), goodVisit(), codes.PermissionDenied, "ROLE_REQUIRED", "agent, supervisor, integration"},
		{"a token without a signature", forged, goodVisit(), codes.Unauthenticated, "TOKEN_INVALID", "not valid"},
		{"a broken field rule", agent, noVisit, codes.InvalidArgument, "REQUEST_INVALID", "visit_id"},
		{"a NUL", agent, nul, codes.InvalidArgument, "REQUEST_INVALID", "request_id holds a NUL"},
		{"a field of a newer contract", agent, unknown, codes.InvalidArgument, "FIELD_NUMBER_UNKNOWN", "99"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := followupv1.NewFollowupServiceClient(tt.conn).RecordVisit(t.Context(), tt.req)
			st := status.Convert(err)
			if st.Code() != tt.code || reason(st) != tt.reason || !strings.Contains(st.Message(), tt.says) {
				t.Errorf("got %v %s %q, want %v %s saying %q", st.Code(), reason(st), st.Message(), tt.code, tt.reason, tt.says)
			}
		})
	}
	if _, err := healthv1.NewHealthClient(forged).Check(t.Context(), &healthv1.HealthCheckRequest{}); err != nil {
		t.Errorf("health needs a token: %v", err)
	}
}

func TestErrorsLeaveTheDoor(t *testing.T) {
	f := serve(t)
	client := followupv1.NewFollowupServiceClient(f.as(t, optionsv1.Role_ROLE_AGENT))
	tests := []struct {
		name   string
		err    error
		code   codes.Code
		reason string
	}{
		{"a fault keeps its reason", fault.New(fault.Precondition, "VISIT_NOT_DUE", "it has ended").At("visit_id"), codes.FailedPrecondition, "VISIT_NOT_DUE"},
		{"anything else is internal", errors.New("secret detail"), codes.Internal, "INTERNAL"},
		{"so is a panic", errors.New("panic"), codes.Internal, "INTERNAL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.srv.answer = tt.err
			_, err := client.RecordVisit(t.Context(), goodVisit())
			st := status.Convert(err)
			if st.Code() != tt.code || reason(st) != tt.reason || strings.Contains(st.Message(), "secret") {
				t.Errorf("got %v %s %q", st.Code(), reason(st), st.Message())
			}
		})
	}
}

func TestProbesAreAnsweredOnAListenerOfTheirOwn(t *testing.T) {
	f := serve(t)
	conn, err := rpc.Dial(f.health, auth.Token{Value: "none"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	resp, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil || resp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("the probe gets %v, %v", resp.GetStatus(), err)
	}
	_, err = followupv1.NewFollowupServiceClient(conn).RecordVisit(t.Context(), goodVisit())
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("the health listener serves more than health: %v", err)
	}
}

func reason(st *status.Status) string {
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func TestServeFailsAtOnce(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	nothing := func(grpc.ServiceRegistrar) {}
	unruled := func(r grpc.ServiceRegistrar) {
		desc := eventsv1.EventFeedService_ServiceDesc
		desc.ServiceName = "grpc.channelz.v1.Channelz"
		r.RegisterService(&desc, eventsv1.UnimplementedEventFeedServiceServer{})
	}
	tests := []struct {
		name, listen, says string
		local              bool
		register           func(grpc.ServiceRegistrar)
	}{
		{"the port is taken", taken.Addr().String(), "port taken", true, nothing},
		{"local tokens beyond loopback", "0.0.0.0:0", "loopback only", true, nothing},
		{"no host:port", "8443", "not host:port", false, nothing},
		{"a method without a rule", "127.0.0.1:0", "descriptor", false, unruled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := rpc.Serve(t.Context(), rpc.ServerConfig{
				Service: "followup", Listen: tt.listen, LocalTokens: tt.local, Log: slog.New(slog.DiscardHandler),
			}, tt.register)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Serve = %v, want it to say %q", err, tt.says)
			}
		})
	}
}
