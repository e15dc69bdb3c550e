// Package reporting is the service of timelines and figures: what happened, and how often.
package reporting

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/app"
	"redress.dev/pkg/editions"

	"redress.dev/services/reporting/internal/server"
	"redress.dev/services/reporting/internal/store"
)

// Name is the service's name, everywhere.
const Name = "reporting"

// Config is what reporting is told by its environment, each name with REPORTING_ before it. REPORTING_PEERS must name intake, routing,
// slatimer and followup.
type Config struct{ app.Config }

// LoadConfig reads the configuration from environ. Its error lists every problem.
func LoadConfig(environ []string) (Config, error) { return app.Load[Config](Name, environ) }

// Run serves reporting until ctx ends. It returns nil after an orderly stop. It publishes nothing, so no outbox is relayed.
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
		Pool: b.Pool, Log: rt.Log, Now: rt.Clock.Now,
		NewID:    func() string { return uuid.Must(uuid.NewV7()).String() },
		Editions: editions.New(b.Pool, editions.FromIntake(intake)),
	})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Serve(ctx, srv.Register, nil) })
	g.Go(func() error { return b.Bus.Consume(ctx, srv.Subscription()) })
	return g.Wait()
}
