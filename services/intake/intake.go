// Package intake is the service that takes complaints in and keeps them, with everything personal about them.
package intake

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/app"
	"redress.dev/services/intake/internal/server"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// Name of the service everywhere: binary, schema, stream, variables.
const Name = server.Name

// Config is what intake is told by its environment, each name with INTAKE_ before it. INTAKE_PEERS must name followup and routing.
type Config struct {
	app.Config
	// VaultKeyFile holds the keys that personal data is encrypted with; CreateVaultKeys makes one.
	VaultKeyFile string `env:"VAULT_KEY_FILE,required"`
	// Search says what complaints are found by: off, fields (names of codes, numbers, references) or text (what complainants wrote,
	// too). All replicas have the same; with another one the index is made anew.
	Search server.SearchContent `env:"SEARCH" envDefault:"text"`
	// RevealQuota is how often a person may see the personal data of a complaint within an hour, FindQuota how often look for people; 0 or
	// less: nobody may.
	RevealQuota int `env:"REVEAL_QUOTA" envDefault:"60"`
	FindQuota   int `env:"FIND_QUOTA" envDefault:"120"`
	// Evidence says which files are kept with complaints, and where.
	Evidence Evidence `envPrefix:"EVIDENCE_"`
}

// LoadConfig reads the configuration from environ ("NAME=value"). Its error lists every problem at once.
func LoadConfig(environ []string) (Config, error) {
	cfg, err := app.Load[Config](Name, environ)
	if err != nil {
		return cfg, err
	}
	return cfg, cfg.Evidence.check()
}

// CreateVaultKeys writes new vault keys to file, readable by its owner alone. It fails when the file exists: keys are never
// replaced, as everything sealed with them would be lost.
func CreateVaultKeys(file string) error { return vault.Create(file) }

// Run serves intake until ctx ends. It returns nil after an orderly stop.
func Run(ctx context.Context, rt app.Runtime, cfg Config) error {
	keys, err := vault.Open(cfg.VaultKeyFile)
	if err != nil {
		return err
	}
	b, err := app.Open(ctx, Name, rt, cfg.Config, store.Migrations)
	if err != nil {
		return err
	}
	defer b.Close()
	followup, err := b.Peer("followup") // events that NATS lost are read from it too
	if err != nil {
		return err
	}
	routing, err := b.Peer("routing")
	if err != nil {
		return err
	}
	contents, err := cfg.Evidence.contents(b.Pool)
	if err != nil {
		return err
	}
	srv := server.New(server.Config{
		Pool: b.Pool, Keys: keys, Contents: contents, Evidence: cfg.Evidence.rules(), Log: rt.Log, Search: cfg.Search,
		Poke: b.Bus.Poke, InTx: b.Bus.InTx, Backlog: b.Bus.Backlog, Now: rt.Clock.Now, NewID: newID,
		Assigned: server.AskRouting(routing), VisitDue: server.AskFollowup(followup), RevealQuota: cfg.RevealQuota, FindQuota: cfg.FindQuota,
	})

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Serve(ctx, srv.Register, srv.Drain) })
	g.Go(func() error { return srv.SweepEvidence(ctx) })
	g.Go(func() error { return b.Bus.Relay(ctx) })
	g.Go(func() error { return srv.Index(ctx) })
	g.Go(func() error { return b.Bus.Consume(ctx, srv.Subscription()) })
	return g.Wait()
}

// newID returns a UUIDv7; within a process each is greater than the last.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
