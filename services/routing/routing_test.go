package routing_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"

	"redress.dev/services/routing"
)

// config is a whole configuration on the database and the keys of a test; intake is down.
func config(t *testing.T, issuerDir, peers string) routing.Config {
	t.Helper()
	cfg, err := routing.LoadConfig([]string{
		"ROUTING_DATABASE_URL=" + pgtest.NewDSN(t), "ROUTING_NATS_URL=" + eventstest.NATS(t).URL(), "ROUTING_PEERS=" + peers,
		"ROUTING_OIDC_ISSUER=" + auth.LocalIssuer, "ROUTING_OIDC_KEY_FILE=" + issuerDir + "/issuer.pub",
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, dir, "intake=127.0.0.1:1,slatimer=127.0.0.1:1,followup=127.0.0.1:1")
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
	go func() { done <- routing.Run(ctx, rt, cfg) }()
	select {
	case err := <-done:
		t.Fatalf("Run ended at once: %v", err)
	case addr := <-ready:
		for role, want := range map[optionsv1.Role]codes.Code{
			optionsv1.Role_ROLE_HANDLER: codes.OK, optionsv1.Role_ROLE_OPERATOR: codes.PermissionDenied,
		} {
			if err := list(t, issuer, addr, role); status.Code(err) != want {
				t.Errorf("%v lists work: %v, want %v", role, err, want)
			}
		}
	}
	stop()
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
	_, err = routingv1.NewRoutingServiceClient(conn).ListWork(t.Context(), &routingv1.ListWorkRequest{})
	return err
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	_, err := routing.LoadConfig([]string{"ROUTING_STREAM_REPLICAS=many"})
	for _, name := range []string{"OIDC_ISSUER", "StreamReplicas"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	dir := t.TempDir()
	if _, err := auth.OpenIssuer(dir); err != nil {
		t.Fatal(err)
	}
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}
	if err := routing.Run(t.Context(), rt, config(t, dir, "")); err == nil || !strings.Contains(err.Error(), "ROUTING_PEERS") {
		t.Errorf("Run without intake's address = %v, want it to name the variable", err)
	}
}
