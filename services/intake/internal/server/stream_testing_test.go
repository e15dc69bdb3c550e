package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
)

// patience is how long a test waits for what must come; it ends a test that would hang.
const patience = 30 * time.Second

// serve serves f on loopback and returns a client with a gateway's token, and what ends the service.
func (f fixture) serve(t *testing.T) (intakev1.IntakeServiceClient, context.CancelFunc) {
	t.Helper()
	clientOf, stop := f.serveAll(t)
	return clientOf("gateway-1"), stop
}

// serveAll serves f on loopback and returns what makes clients with a gateway's token, and what ends the service.
func (f fixture) serveAll(t *testing.T) (clientOf func(gateway string) intakev1.IntakeServiceClient, stop context.CancelFunc) {
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
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- rpc.Serve(ctx, rpc.ServerConfig{
			Service: Name, Listen: "127.0.0.1:0", Verifier: verifier, LocalTokens: true, Log: slog.New(slog.DiscardHandler),
			Ready: func(addr string) { ready <- addr }, Draining: f.Drain,
		}, f.Register)
	}()
	addr := <-ready
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
	return func(gateway string) intakev1.IntakeServiceClient {
		p := auth.Principal{Tenant: "default", Subject: gateway, Roles: []optionsv1.Role{optionsv1.Role_ROLE_INTEGRATION}}
		token, err := issuer.Token(p, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := rpc.Dial(addr, auth.Token{Value: token}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return intakev1.NewIntakeServiceClient(conn)
	}, cancel
}

// gateway is a client's end of a stream.
type gateway struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[intakev1.StreamIntakeRequest, intakev1.StreamIntakeResponse]
	drop   context.CancelFunc // breaks the connection off
}

// dial opens session "s1" and returns what the server answered.
func dial(t *testing.T, client intakev1.IntakeServiceClient) (*gateway, *intakev1.IntakeOpened) {
	t.Helper()
	g := start(t, client)
	g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: "s1"}}})
	opened := g.recv().GetOpened()
	if opened == nil {
		t.Fatal("the stream was not opened")
	}
	return g, opened
}

func start(t *testing.T, client intakev1.IntakeServiceClient) *gateway {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	stream, err := client.StreamIntake(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return &gateway{t, stream, cancel}
}

func (g *gateway) send(req *intakev1.StreamIntakeRequest) {
	g.t.Helper()
	if err := g.stream.Send(req); err != nil && !errors.Is(err, io.EOF) { // EOF: recv says why
		g.t.Fatal(err)
	}
}

// item sends one item; d is the draft as it is, or one that is good when it is nil.
func (g *gateway) item(sequence int64, d *intakev1.ComplaintDraft) {
	g.t.Helper()
	if d == nil {
		d = draft()
	}
	g.send(item(sequence, d))
}

func item(sequence int64, d *intakev1.ComplaintDraft) *intakev1.StreamIntakeRequest {
	return &intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: &intakev1.IntakeItem{Sequence: sequence, Draft: d}}}
}

func (g *gateway) recv() *intakev1.StreamIntakeResponse {
	g.t.Helper()
	resp, err := g.stream.Recv()
	if err != nil {
		g.t.Fatal(err)
	}
	return resp
}

// results receives acknowledgements until there are results for n items.
func (g *gateway) results(n int) []*intakev1.IntakeResult {
	g.t.Helper()
	var all []*intakev1.IntakeResult
	for len(all) < n {
		all = append(all, g.recv().GetAck().GetResults()...)
	}
	return all
}

// end receives until the stream ends and returns why; nil is a proper end.
func (g *gateway) end() error {
	for {
		switch _, err := g.stream.Recv(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
