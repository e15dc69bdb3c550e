package intake_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake"
)

func TestConfigurationNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := intake.LoadConfig([]string{"INTAKE_STREAM_REPLICAS=many"})
	for _, name := range []string{"VAULT_KEY_FILE", "OIDC_ISSUER", "StreamReplicas"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	cfg, err := intake.LoadConfig([]string{"INTAKE_VAULT_KEY_FILE=/etc/vault.json", "INTAKE_OIDC_ISSUER=https://issuer"})
	if err != nil || cfg.VaultKeyFile != "/etc/vault.json" {
		t.Errorf("got %+v, %v", cfg, err)
	}
}

func TestConfigurationOfEvidence(t *testing.T) {
	t.Parallel()
	base := []string{"INTAKE_VAULT_KEY_FILE=/etc/vault.json", "INTAKE_OIDC_ISSUER=https://issuer"}
	tests := []struct{ variable, wantErr string }{
		{"STORE=postgres", ""},
		{"STORE=s3://evidence/prefix?endpoint=https://minio:9000", ""},
		{"STORE=s3://evidence?key=secret", "INTAKE_EVIDENCE_STORE"},
		{"STORE=/var/lib/evidence", "INTAKE_EVIDENCE_STORE"},
		{"MAX_FILES=0", "_MAX_FILES"},
		{"MAX_FILE_BYTES=209715201", "_MAX_BYTES"},
		{"MEDIA_TYPES=image/jpeg,image/*", `"image/*"`},
		{"MEDIA_TYPES=application/pdf", ""},
	}
	for _, test := range tests {
		_, err := intake.LoadConfig(append([]string{"INTAKE_EVIDENCE_" + test.variable}, base...))
		if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("%s gives %v, want %q", test.variable, err, test.wantErr)
		}
	}
}

func TestItDoesNotStartWithoutItsVaultKeys(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "vault.json")
	err := intake.Run(t.Context(), app.Runtime{}, intake.Config{VaultKeyFile: missing})
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestItDoesNotStartWithoutTheAddressesOfItsNeighbours(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := intake.Config{VaultKeyFile: filepath.Join(dir, "vault.json")}
	if err := intake.CreateVaultKeys(cfg.VaultKeyFile); err != nil {
		t.Fatal(err)
	}
	cfg.DatabaseURL, cfg.NATSURL, cfg.Auth = pgtest.NewDSN(t), "nats://127.0.0.1:1", issuer.Config(dir)
	err = intake.Run(t.Context(), app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}, cfg)
	if err == nil || !strings.Contains(err.Error(), "INTAKE_PEERS") {
		t.Errorf("got %v, want an error that names INTAKE_PEERS", err)
	}
}

// TestRun starts the service as its program does, registers a complaint, and stops it.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := intake.Config{VaultKeyFile: filepath.Join(dir, "vault.json")}
	if err := intake.CreateVaultKeys(cfg.VaultKeyFile); err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.DatabaseURL, cfg.NATSURL, cfg.Auth = "127.0.0.1:0", pgtest.NewDSN(t), eventstest.NATS(t).URL(), issuer.Config(dir)

	cfg.Peers = map[string]string{"followup": "127.0.0.1:1", "routing": "127.0.0.1:1"} // down: services start in any order

	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, Ready: func(addr string) { ready <- addr }}
		done <- intake.Run(ctx, rt, cfg)
	}()
	var addr string
	select {
	case addr = <-ready:
	case err := <-done:
		t.Fatalf("it ended with %v", err)
	}
	conn := dial(t, issuer, addr, "author")
	if _, err := editions.Publish(t.Context(), editions.As(conn), editions.As(dial(t, issuer, addr, "approver")), smallest()); err != nil {
		t.Fatal(err)
	}
	resp, err := intakev1.NewIntakeServiceClient(conn).RegisterComplaint(t.Context(), &intakev1.RegisterComplaintRequest{
		RequestId: uuid.NewString(), Draft: &intakev1.ComplaintDraft{Procedure: "small", Channel: "hotline"},
	})
	if err != nil || !strings.HasSuffix(resp.GetComplaint().GetNumber(), "-000001") {
		t.Errorf("got %v, %v", resp, err)
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("it stopped with %v", err)
	}
}

func dial(t *testing.T, issuer *auth.Issuer, addr, subject string) *grpc.ClientConn {
	t.Helper()
	p := auth.Principal{Tenant: "default", Subject: subject, Roles: []optionsv1.Role{optionsv1.Role_ROLE_PROCEDURE_AUTHOR, optionsv1.Role_ROLE_AGENT}}
	token, err := issuer.Token(p, clock.System{}.Now(), time.Hour)
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

// smallest is the least that a procedure can be.
func smallest() *procedurev1.Procedure {
	task := &procedurev1.Task{Assignee: &procedurev1.Assignee{Who: &procedurev1.Assignee_Post{Post: "clerk"}}}
	return &procedurev1.Procedure{
		Code: "small", Edition: "1", Name: &procedurev1.Label{Zh: "小"}, Numbering: &procedurev1.Numbering{Prefix: "S", Zone: "Asia/Shanghai"},
		Posts: []*procedurev1.Post{{Key: "clerk"}},
		Flows: []*procedurev1.Flow{{Key: "only", Steps: []*procedurev1.Step{{Key: "do", Kind: &procedurev1.Step_Task{Task: task}}}}},
		Calendars: []*procedurev1.Calendar{{
			Key: "office", Zone: "Asia/Shanghai", Week: []*procedurev1.WeekdayHours{{Days: []string{"mon"}, Hours: []string{"09:00-17:00"}}},
		}},
		Clocks: []*procedurev1.ClockPolicy{{
			Key: "answer", Calendar: "office",
			Start: &procedurev1.Trigger{On: &procedurev1.Trigger_Registered{Registered: true}},
			Limit: &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 24}},
			Stop:  []*procedurev1.Trigger{{On: &procedurev1.Trigger_WorkCompleted{WorkCompleted: "do"}}},
		}},
		Closing: &procedurev1.Closing{On: []*procedurev1.Trigger{{On: &procedurev1.Trigger_WorkCompleted{WorkCompleted: "do"}}}},
	}
}
