package events

import (
	"context"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/lease"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// Parts that were lost and won back, as many as before, are fenced at the next look when the database was away meanwhile.
func TestPartsThatCameBackAreFencedAgain(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", Migrations)
	bus := NewBus(Config{Service: "intake", Pool: pool, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	r := &relay{
		bus:    bus,
		keeper: lease.New(lease.Config{Pool: pool, Kind: "relay", Shards: Parts, Owner: "this", Log: bus.cfg.Log}),
		seq:    &sequencer{pool: pool, producer: "intake", incarnation: 1},
		pub:    &publisher{bus: bus, wake: make(chan struct{}, 1), parts: map[int]*outPart{}},
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.keeper.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	for len(r.keeper.Held()) < Parts {
		<-r.keeper.Changed()
	}
	if err := r.refence(ctx); err != nil {
		t.Fatal(err)
	}
	before := r.keeper.Held()
	// Another replica had every part for a while.
	if _, err := pool.Exec(ctx, `WITH taken AS (UPDATE lease SET epoch = epoch + 2) UPDATE producer_head SET epoch = epoch + 1`); err != nil {
		t.Fatal(err)
	}
	for maps.Equal(r.keeper.Held(), before) {
		<-r.keeper.Changed()
	}
	away, end := context.WithCancel(ctx)
	end()
	if err := r.refence(away); err == nil {
		t.Fatal("parts were fenced without the database")
	}
	err := postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
		return Emit(ctx, tx, time.Now(), Draft{Tenant: "default", AggregateID: "c", Version: 1, OccurTime: time.Now(), Message: &intakev1.ComplaintWithdrawn{}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if moved, err := r.catchUp(ctx); moved != 1 || err != nil {
		t.Errorf("%d events got their sequence (%v), want 1", moved, err)
	}
}
