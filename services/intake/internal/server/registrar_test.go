package server

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/store"
)

// BenchmarkRegister registers full batches, as a busy stream does, without gRPC. It prints complaints a second.
func BenchmarkRegister(b *testing.B) {
	f := newFixture(b)
	for b.Loop() {
		batch := make([]*candidate, maxBatchItems)
		for i := range batch {
			batch[i] = &candidate{draft: draft(), by: auth.From(f.ctx)}
		}
		err := postgres.InTx(f.ctx, f.pool, func(tx pgx.Tx) error {
			return f.registerBatch(f.ctx, tx, batch)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*maxBatchItems)/b.Elapsed().Seconds(), "complaints/s")
}

// registerBatch registers a batch in tx, by what is decided about its procedures.
func (f fixture) registerBatch(ctx context.Context, tx pgx.Tx, batch []*candidate) error {
	decisions, err := store.Decisions(ctx, tx, batch[0].by.Tenant, proceduresOf(batch), now)
	if err != nil {
		return err
	}
	return f.registrar.register(ctx, tx, now, batch[0].by.Tenant, batch, decisions, nothing)
}
