// Package followup is the service of return visits (回访), of closing and of reopening.
package followup

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/app"
	"redress.dev/pkg/editions"

	"redress.dev/services/followup/internal/server"
	"redress.dev/services/followup/internal/store"
)

// Name is the service's name, everywhere.
const Name = "followup"

// Config is what followup is told by its environment, each name with FOLLOWUP_ before it. FOLLOWUP_PEERS must name intake and routing.
type Config struct{ app.Config }

// LoadConfig reads the configuration from environ. Its error lists every problem.
func LoadConfig(environ []string) (Config, error) { return app.Load[Config](Name, environ) }

// Run serves followup until ctx ends. It returns nil after an orderly stop.
func Run(ctx context.Context, rt app.Runtime, cfg Config) error {
	b, err := app.Open(ctx, Name, rt, cfg.Config, editions.Migrations, store.Migrations)
	if err != nil {
		return err
	}
	defer b.Close()
	intake, err := b.Peer("intake")
	if err != nil {
		return err
	}
	srv := server.New(server.Config{
		Pool: b.Pool, Poke: b.Bus.Poke, Now: rt.Clock.Now,
		NewID:    func() string { return uuid.Must(uuid.NewV7()).String() },
		Editions: editions.New(b.Pool, editions.FromIntake(intake)), Standing: editions.StandingAtIntake(intake),
	})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Serve(ctx, srv.Register, nil) })
	g.Go(func() error { return b.Bus.Relay(ctx) })
	g.Go(func() error { return b.Bus.Consume(ctx, srv.Subscription()) })
	return g.Wait()
}
