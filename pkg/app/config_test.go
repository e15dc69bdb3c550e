package app_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
)

// config is a service's configuration with something of its own.
type config struct {
	app.Config

	KeyFile string `env:"KEY_FILE,required"`
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	_, err := app.Load[config]("intake", []string{"INTAKE_REFLECTION=perhaps", "INTAKE_DRAIN_DELAY=soon"})
	for _, want := range []string{"INTAKE_KEY_FILE", "INTAKE_OIDC_ISSUER", "Reflection", "DrainDelay"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestLoadReadsAServicesOwnVariables(t *testing.T) {
	cfg, err := app.Load[config]("intake", []string{
		"INTAKE_KEY_FILE=/k", "INTAKE_OIDC_ISSUER=https://id.example.com", "INTAKE_PEERS=followup=127.0.0.1:1,routing=127.0.0.1:2", "ROUTING_LISTEN=:9",
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.KeyFile != "/k" || cfg.Peers["routing"] != "127.0.0.1:2" || cfg.Listen != "127.0.0.1:0" || cfg.Auth.Issuer != "https://id.example.com" {
		t.Errorf("cfg = %+v", cfg)
	}
}

func TestUsageNamesEveryVariable(t *testing.T) {
	var b bytes.Buffer
	if err := app.Usage[config](&b, "intake"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"INTAKE_LISTEN", "INTAKE_DATABASE_URL_FILE", "INTAKE_OIDC_ISSUER", "required", "default 127.0.0.1:0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("usage does not show %s:\n%s", want, b.String())
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		cfg  app.Config
		says string
	}{
		{"no database", app.Config{}, "INTAKE_DATABASE_URL"},
		{"no secret file", app.Config{DatabaseURLFile: filepath.Join(dir, "none")}, "INTAKE_DATABASE_URL_FILE"},
		{"no certificate", app.Config{DatabaseURL: "postgres:///x", TLSCertFile: filepath.Join(dir, "tls.crt")}, "certificate"},
		{"a key file that is none", app.Config{DatabaseURL: "postgres:///x", Auth: auth.Config{KeyFile: filepath.Join(dir, "none.pub")}}, "key that tokens are verified with"},
		{"no address at all", app.Config{DatabaseURL: "postgres://127.0.0.1:x/"}, "database address of intake"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rt := app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}
			b, err := app.Open(t.Context(), "intake", rt, tt.cfg)
			if err == nil {
				b.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Open = %v, want it to say %q", err, tt.says)
			}
		})
	}
}
