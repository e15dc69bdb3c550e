// Package apptest runs a service as its program does, in a test: on a database and a NATS of its own, while its neighbours are
// down.
package apptest

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"
)

// nobody is an address where nothing listens.
const nobody = "127.0.0.1:1"

// Service is a service as its program has it.
type Service[C any] struct {
	// Name, Load and Run are what its main hands to app.Main.
	Name string
	Load func(environ []string) (C, error)
	Run  func(context.Context, app.Runtime, C) error
	// Peers are the neighbours that it must know.
	Peers []string
	// Allowed and Denied are a role that may make Call, and one that may not.
	Allowed, Denied optionsv1.Role
	// Call makes a call that reads.
	Call func(ctx context.Context, conn *grpc.ClientConn) error
}

// environ is a whole environment, with the public key of an issuer in the folder keys.
func (s Service[C]) environ(t *testing.T, keys string, peers []string) []string {
	t.Helper()
	known := make([]string, len(peers))
	for i, p := range peers {
		known[i] = p + "=" + nobody
	}
	prefix := app.Prefix(s.Name)
	return []string{
		prefix + "DATABASE_URL=" + pgtest.NewDSN(t), prefix + "NATS_URL=" + eventstest.NATS(t).URL(), prefix + "PEERS=" + strings.Join(known, ","),
		prefix + "OIDC_ISSUER=" + auth.LocalIssuer, prefix + "OIDC_KEY_FILE=" + keys + "/issuer.pub",
	}
}

// ServesUntilStopped starts the service, makes the call in both roles, and stops it.
func (s Service[C]) ServesUntilStopped(t *testing.T) {
	t.Helper()
	keys := t.TempDir()
	issuer, err := auth.OpenIssuer(keys)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := s.Load(s.environ(t, keys, s.Peers))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, done := make(chan string, 1), make(chan error, 1)
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
	go func() { done <- s.Run(ctx, rt, cfg) }()
	select {
	case err := <-done:
		t.Fatalf("Run ended at once: %v", err)
	case addr := <-ready:
		for role, want := range map[optionsv1.Role]codes.Code{s.Allowed: codes.OK, s.Denied: codes.PermissionDenied} {
			if err := s.Call(t.Context(), dial(t, issuer, addr, role)); status.Code(err) != want {
				t.Errorf("%v gets %v, want %v", role, err, want)
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("an orderly stop returns %v", err)
	}
}

func dial(t *testing.T, issuer *auth.Issuer, addr string, role optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	token, err := issuer.Token(auth.Principal{Tenant: "default", Subject: "li.wei", Roles: []optionsv1.Role{role}}, clock.System{}.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(addr, auth.Token{Value: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// RefusesBadConfiguration shows that every wrong variable is named, and the neighbour that is missing.
func (s Service[C]) RefusesBadConfiguration(t *testing.T) {
	t.Helper()
	_, err := s.Load([]string{app.Prefix(s.Name) + "STREAM_REPLICAS=many"})
	for _, name := range []string{app.Prefix(s.Name) + "OIDC_ISSUER", "StreamReplicas"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	keys := t.TempDir()
	if _, err := auth.OpenIssuer(keys); err != nil {
		t.Fatal(err)
	}
	for i, missing := range s.Peers {
		others := append(append([]string{}, s.Peers[:i]...), s.Peers[i+1:]...)
		cfg, err := s.Load(s.environ(t, keys, others))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(t.Context(), app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}, cfg)
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("Run without the address of %s = %v, want it to be named", missing, err)
		}
	}
}
