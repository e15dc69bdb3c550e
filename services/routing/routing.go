// Package routing assembles the routing service: cases, their work and the duty directory.
package routing

import (
	"context"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/app"
	"redress.dev/pkg/editions"

	"redress.dev/services/routing/internal/server"
	"redress.dev/services/routing/internal/store"
)

// Name of the service: its schema, its events' producer, the prefix of its variables.
const Name = "routing"

// Config is what the service is told by its environment.
type Config struct{ app.Config }

// LoadConfig reads the configuration from environ ("NAME=value").
func LoadConfig(environ []string) (Config, error) { return app.Load[Config](Name, environ) }

// Run serves routing until ctx ends. It returns nil after an orderly stop.
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
	procedures := procedures{intakev1.NewProcedureServiceClient(intake)}
	srv := server.New(server.Config{
		Pool: b.Pool, Poke: b.Bus.Poke, Now: rt.Clock.Now, NewID: newID,
		Editions: editions.New(b.Pool, editions.FromIntake(intake)), Published: procedures.published,
		Standing: editions.StandingAtIntake(intake),
	})

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Serve(ctx, srv.Register, nil) })
	g.Go(func() error { return b.Bus.Relay(ctx) })
	g.Go(func() error { return b.Bus.Consume(ctx, srv.Subscription()) })
	return g.Wait()
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// procedures asks intake, which owns them.
type procedures struct {
	client intakev1.ProcedureServiceClient
}

// published asks for a tenant's editions: routing works for all tenants, under the token of one.
func (p procedures) published(ctx context.Context, tenant, code string) ([]*intakev1.PublishedEdition, error) {
	resp, err := p.client.ListProcedures(ctx, &intakev1.ListProceduresRequest{Procedure: code, Tenant: tenant})
	return resp.GetEditions(), err
}
