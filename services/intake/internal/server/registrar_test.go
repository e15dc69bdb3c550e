package server

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
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
			return f.registrar.register(f.ctx, tx, now, batch[0].by.Tenant, batch, nothing)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*maxBatchItems)/b.Elapsed().Seconds(), "complaints/s")
}
