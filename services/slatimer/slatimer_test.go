package slatimer_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"
	"redress.dev/services/slatimer"
)

// environ is a whole environment on the databases and keys of a test.
func environ(t *testing.T, keys, intake string) []string {
	t.Helper()
	return []string{
		"SLATIMER_DATABASE_URL=" + pgtest.NewDSN(t), "SLATIMER_NATS_URL=" + eventstest.NATS(t).URL(), "SLATIMER_PEERS=" + intake,
		"SLATIMER_OIDC_ISSUER=" + auth.LocalIssuer, "SLATIMER_OIDC_KEY_FILE=" + keys + "/issuer.pub",
	}
}

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	issuer, err := auth.OpenIssuer(keys)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := slatimer.LoadConfig(environ(t, keys, "intake=127.0.0.1:1,routing=127.0.0.1:1,followup=127.0.0.1:1")) // intake is down
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
	go func() { done <- slatimer.Run(ctx, rt, cfg) }()
	select {
	case err := <-done:
		t.Fatalf("Run ended at once: %v", err)
	case addr := <-ready:
		if err := list(t, issuer, addr, optionsv1.Role_ROLE_AGENT); err != nil {
			t.Errorf("an agent lists clocks: %v", err)
		}
		if err := list(t, issuer, addr, optionsv1.Role_ROLE_SERVICE); status.Code(err) != codes.PermissionDenied {
			t.Errorf("a role that the contract does not list gets %v, want PermissionDenied", err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("an orderly stop returns %v", err)
	}
}

func list(t *testing.T, issuer *auth.Issuer, addr string, role optionsv1.Role) error {
	t.Helper()
	token, err := issuer.Token(auth.Principal{Tenant: "default", Subject: "li.wei", Roles: []optionsv1.Role{role}}, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(addr, auth.Token{Value: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = slatimerv1.NewSlatimerServiceClient(conn).ListClocks(t.Context(), &slatimerv1.ListClocksRequest{})
	return err
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	if _, err := slatimer.LoadConfig([]string{"SLATIMER_REFLECTION=perhaps"}); err == nil ||
		!strings.Contains(err.Error(), "SLATIMER_OIDC_ISSUER") || !strings.Contains(err.Error(), "Reflection") {
		t.Errorf("LoadConfig = %v, want it to name every variable that is wrong", err)
	}
	keys := t.TempDir()
	if _, err := auth.OpenIssuer(keys); err != nil {
		t.Fatal(err)
	}
	cfg, err := slatimer.LoadConfig(environ(t, keys, ""))
	if err != nil {
		t.Fatal(err)
	}
	err = slatimer.Run(t.Context(), app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}, cfg)
	if err == nil || !strings.Contains(err.Error(), "SLATIMER_PEERS") {
		t.Errorf("Run without intake's address = %v, want it to name the variable", err)
	}
}
