package followup_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"

	"redress.dev/services/followup"
)

// environ is a whole environment, with the public key of an issuer in the folder keys.
func environ(t *testing.T, keys, peers string) []string {
	t.Helper()
	return []string{
		"FOLLOWUP_DATABASE_URL=" + pgtest.NewDSN(t), "FOLLOWUP_NATS_URL=" + eventstest.NATS(t).URL(), "FOLLOWUP_PEERS=" + peers,
		"FOLLOWUP_OIDC_ISSUER=" + auth.LocalIssuer, "FOLLOWUP_OIDC_KEY_FILE=" + keys + "/issuer.pub",
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
	cfg, err := followup.LoadConfig(environ(t, keys, "intake=127.0.0.1:1,routing=127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready, done := make(chan string, 1), make(chan error, 1)
	rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
	go func() { done <- followup.Run(ctx, rt, cfg) }()
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
	_, err = followupv1.NewFollowupServiceClient(conn).ListVisits(t.Context(), &followupv1.ListVisitsRequest{})
	return err
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	_, err := followup.LoadConfig([]string{"FOLLOWUP_STREAM_REPLICAS=many"})
	for _, name := range []string{"FOLLOWUP_OIDC_ISSUER", "StreamReplicas"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	keys := t.TempDir()
	if _, err := auth.OpenIssuer(keys); err != nil {
		t.Fatal(err)
	}
	cfg, err := followup.LoadConfig(environ(t, keys, ""))
	if err != nil {
		t.Fatal(err)
	}
	err = followup.Run(t.Context(), app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}, cfg)
	if err == nil || !strings.Contains(err.Error(), "FOLLOWUP_PEERS") {
		t.Errorf("Run without intake's address = %v, want it to name the variable", err)
	}
}
