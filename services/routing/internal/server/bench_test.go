package server_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
)

// BenchmarkFold is what a registered complaint costs routing, in batches as the backbone brings them: one case, one piece of work
// and two events each.
func BenchmarkFold(b *testing.B) {
	const size = 256
	bench := newBench(b)
	ctx := context.Background()
	seq := int64(0)
	for b.Loop() {
		batch := make([]events.Event, size)
		for i := range batch {
			seq++
			d := bench.registered(newID())
			payload, err := proto.Marshal(d.Message)
			if err != nil {
				b.Fatal(err)
			}
			batch[i] = events.Event{
				Tenant: "default", AggregateID: d.AggregateID, Seq: seq, Payload: payload, OccurTime: d.OccurTime,
				Type: string(d.Message.ProtoReflect().Descriptor().FullName()),
			}
		}
		err := postgres.InTx(ctx, bench.pool, func(tx pgx.Tx) error {
			return bench.Fold(ctx, tx, events.NewBatch(batch))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "complaints/s")
}
