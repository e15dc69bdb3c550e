package standalone

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"redress.dev/pkg/app"
	"redress.dev/services/followup"
	"redress.dev/services/intake"
	"redress.dev/services/reporting"
	"redress.dev/services/routing"
	"redress.dev/services/slatimer"
)

// service is one of the five, with its own type of configuration hidden.
type service struct {
	name string
	run  func(ctx context.Context, rt app.Runtime, environ []string) error
}

// services are the five, in the order of their ports.
var services = []service{
	of(intake.Name, intake.LoadConfig, intake.Run),
	of(routing.Name, routing.LoadConfig, routing.Run),
	of(slatimer.Name, slatimer.LoadConfig, slatimer.Run),
	of(followup.Name, followup.LoadConfig, followup.Run),
	of(reporting.Name, reporting.LoadConfig, reporting.Run),
}

func of[C any](name string, load func([]string) (C, error), run func(context.Context, app.Runtime, C) error) service {
	return service{name, func(ctx context.Context, rt app.Runtime, environ []string) error {
		cfg, err := load(environ)
		if err != nil {
			return err
		}
		return run(ctx, rt, cfg)
	}}
}

// Names returns the names of the five services.
func Names() []string {
	names := make([]string, len(services))
	for i, svc := range services {
		names[i] = svc.name
	}
	return names
}

// environ is the environment that a service reads its configuration from; of two equal variables the later one holds.
func (s *Suite) environ(name string) []string {
	peers := make([]string, 0, len(services))
	for _, svc := range services {
		peers = append(peers, svc.name+"="+s.addresses[svc.name])
	}
	issuer := s.issuer.Config(s.secrets())
	prefix := app.Prefix(name)
	return append([]string{
		prefix + "LISTEN=" + s.addresses[name],
		prefix + "DATABASE_URL=" + s.databaseURL(name),
		prefix + "NATS_URL=nats://in-process",
		prefix + "PEERS=" + strings.Join(peers, ","),
		prefix + "CALL_RATE=0", // nobody calls but who sits at the machine
		prefix + "TOKEN_FILE=" + filepath.Join(s.secrets(), name+".token"),
		prefix + "OIDC_ISSUER=" + issuer.Issuer,
		prefix + "OIDC_AUDIENCE=" + issuer.Audience,
		prefix + "OIDC_KEY_FILE=" + issuer.KeyFile,
		"INTAKE_VAULT_KEY_FILE=" + s.vaultKeys(),
	}, s.opts.Environ...)
}

// databaseURL is the address of the database for a service's role.
func (s *Suite) databaseURL(name string) string {
	return s.postgres.DSNFor(name, database) + "&pool_max_conns=" + strconv.Itoa(poolConns)
}

// NATS connects to the embedded server, as one who looks at events does.
func (s *Suite) NATS() (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(s.nats.server))
}

// DatabaseURL is the address of the database for its superuser: for those who look after the installation, or test it.
func (s *Suite) DatabaseURL() string { return s.postgres.DSNFor("postgres", database) }
