package reporting_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"

	"redress.dev/services/reporting"
)

// environ is a whole environment, with the public key of an issuer in the folder keys.
func environ(t *testing.T, keys, peers string) []string {
	t.Helper()
	return []string{
		"REPORTING_DATABASE_URL=" + pgtest.NewDSN(t), "REPORTING_NATS_URL=" + eventstest.NATS(t).URL(), "REPORTING_PEERS=" + peers,
		"REPORTING_OIDC_ISSUER=" + auth.LocalIssuer, "REPORTING_OIDC_KEY_FILE=" + keys + "/issuer.pub",
	}
}

// TestRunServesUntilItIsStopped starts the service as its program does, while its neighbours are down.
func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	keys := t.TempDir()
	issuer, err := auth.OpenIssuer(keys)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := reporting.LoadConfig(environ(t, keys, "intake=127.0.0.1:1,routing=127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready, done := make(chan string, 1), make(chan error, 1)
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
	go func() { done <- reporting.Run(ctx, rt, cfg) }()
	select {
	case err := <-done:
		t.Fatalf("Run ended at once: %v", err)
	case addr := <-ready:
		if err := ask(t, issuer, addr); err != nil {
			t.Errorf("a supervisor's call: %v", err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("an orderly stop returns %v", err)
	}
}

// ask makes a call over the wire.
func ask(t *testing.T, issuer *auth.Issuer, addr string) error {
	t.Helper()
	who := auth.Principal{Tenant: "default", Subject: "zhou.min", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}}
	token, err := issuer.Token(who, time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(addr, auth.Token{Value: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = reportingv1.NewReportingServiceClient(conn).GetTotals(t.Context(), &reportingv1.GetTotalsRequest{})
	return err
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	_, err := reporting.LoadConfig([]string{"REPORTING_STREAM_REPLICAS=many"})
	for _, name := range []string{"REPORTING_OIDC_ISSUER", "StreamReplicas"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	keys := t.TempDir()
	if _, err := auth.OpenIssuer(keys); err != nil {
		t.Fatal(err)
	}
	cfg, err := reporting.LoadConfig(environ(t, keys, ""))
	if err != nil {
		t.Fatal(err)
	}
	err = reporting.Run(t.Context(), app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}, cfg)
	if err == nil || !strings.Contains(err.Error(), "REPORTING_PEERS") {
		t.Errorf("Run without intake's address = %v, want it to name the variable", err)
	}
}
