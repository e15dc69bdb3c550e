// Package slatimer assembles the service that keeps time limits.
package slatimer

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/app"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lease"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/engine"
	"redress.dev/services/slatimer/internal/server"
	"redress.dev/services/slatimer/internal/store"
)

// Name is the service's name everywhere.
const Name = "slatimer"

// Config is what slatimer is told by its environment.
type Config struct {
	app.Config
}

// LoadConfig reads the configuration from environ ("NAME=value").
func LoadConfig(environ []string) (Config, error) { return app.Load[Config](Name, environ) }

// Run serves slatimer until ctx ends. It returns nil after an orderly stop.
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

	shards := lease.New(lease.Config{
		Pool: b.Pool, Kind: "timer", Shards: events.Parts, Owner: Name + "-" + newID(), Log: rt.Log,
	})
	firing, err := store.FiringPool(ctx, b.Pool)
	if err != nil {
		return fmt.Errorf("open connections for timers: %w", err)
	}
	defer firing.Close()
	var timers *engine.Engine
	srv := server.New(server.Config{
		Pool: b.Pool, Firing: firing, Editions: editions.New(b.Pool, editions.FromIntake(intake)), Now: rt.Clock.Now, NewID: newID, Poke: b.Bus.Poke,
		Armed: func(armed []domain.Timer) { timers.Armed(armed) }, Log: rt.Log,
		Fetch: editions.FromIntake(intake), Feed: b.Feed,
	})
	if err := srv.ShipHolidays(ctx); err != nil {
		return fmt.Errorf("ship holidays: %w", err)
	}
	timers = engine.New(engine.Config{
		Pool: b.Pool, Clock: rt.Clock, Shards: shards, AllShards: events.Parts, Prepare: srv.Prepare, Fire: srv.Fire, Log: rt.Log,
	})

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.Bus.Relay(ctx) })
	g.Go(func() error { return b.Bus.Consume(ctx, srv.Subscription()) })
	g.Go(func() error { return shards.Run(ctx) })
	g.Go(func() error { return timers.Run(ctx) })
	g.Go(func() error { return srv.Rederive(ctx) })
	g.Go(func() error { return b.Serve(ctx, srv.Register, nil) })
	return g.Wait()
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
