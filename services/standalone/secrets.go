package standalone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake"
)

const (
	// serviceTokenLife is how long the services' own tokens are good for; they are renewed at half of it.
	serviceTokenLife = 48 * time.Hour
	// Tenant is the tenant of a suite where nobody says another.
	Tenant = "default"
)

// secrets is the folder of keys and tokens, which only its owner may enter.
func (s *Suite) secrets() string { return filepath.Join(s.opts.Dir, "secrets") }

func (s *Suite) vaultKeys() string { return filepath.Join(s.secrets(), "vault.json") }

// openSecrets opens the issuer, writes each service's token, and makes intake's vault keys in a folder without data: beside
// data that is there new keys could read nothing.
func (s *Suite) openSecrets() error {
	if err := os.MkdirAll(s.secrets(), 0o700); err != nil {
		return fmt.Errorf("make folder of secrets: %w", err)
	}
	var err error
	if s.issuer, err = auth.OpenIssuer(s.secrets()); err != nil {
		return err
	}
	_, noKeys := os.Stat(s.vaultKeys())
	_, noData := os.Stat(filepath.Join(s.opts.Dir, postgresFolder))
	if errors.Is(noKeys, fs.ErrNotExist) && errors.Is(noData, fs.ErrNotExist) {
		if err := intake.CreateVaultKeys(s.vaultKeys()); err != nil {
			return err
		}
	}
	return s.writeTokens()
}

func (s *Suite) writeTokens() error {
	for _, svc := range services {
		token, err := s.Token(svc.name, serviceTokenLife, optionsv1.Role_ROLE_SERVICE)
		if err != nil {
			return err
		}
		if err := WriteToken(filepath.Join(s.secrets(), svc.name+".token"), token); err != nil {
			return err
		}
	}
	return nil
}

// renewTokens writes new tokens of the services for as long as they run.
func (s *Suite) renewTokens(ctx context.Context) error {
	system := clock.System{}
	for {
		if err := system.WaitUntil(ctx, system.Now().Add(serviceTokenLife/2)); err != nil {
			return nil //nolint:nilerr // ctx has ended: an orderly stop
		}
		if err := s.writeTokens(); err != nil {
			return err
		}
	}
}

// Token returns a bearer token of the suite's own tenant for subject, good for life from now by the machine's clock.
func (s *Suite) Token(subject string, life time.Duration, roles ...optionsv1.Role) (string, error) {
	return s.TenantToken(Tenant, subject, life, roles...)
}

// TenantToken is Token for any tenant: a tenant needs nothing but tokens that name it.
func (s *Suite) TenantToken(tenant, subject string, life time.Duration, roles ...optionsv1.Role) (string, error) {
	token, err := s.issuer.Token(auth.Principal{Tenant: tenant, Subject: subject, Roles: roles}, clock.System{}.Now(), life)
	if err != nil {
		return "", fmt.Errorf("token of %s: %w", subject, err)
	}
	return token, nil
}

// WriteToken writes a token to a file that only its owner may read, in one step: a reader finds the old one or the new one.
func WriteToken(file, token string) error {
	if err := os.WriteFile(file+".new", []byte(token+"\n"), 0o600); err != nil {
		return fmt.Errorf("write token: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write token: %w", err)
	}
	return nil
}

// Dial returns a connection to a service for whoever holds token.
func (s *Suite) Dial(service, token string) (*grpc.ClientConn, error) {
	return rpc.Dial(s.addresses[service], auth.Token{Value: token}, nil)
}
