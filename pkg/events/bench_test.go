package events_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
)

const (
	benchBatch  = 250    // events in one emitting transaction
	eventsPerOp = 10_000 // events of one operation of BenchmarkEmitToApplied
)

// BenchmarkEmitToApplied measures the whole way, emit, sequence, publish, apply with an idle fold, with everything on this machine.
func BenchmarkEmitToApplied(b *testing.B) {
	w := newWorld(b, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	var applied atomic.Int64
	done := make(chan struct{})
	n := int64(b.N) * eventsPerOp
	intake.relay()
	routing.consume(counting(&applied, n, done), "intake")
	b.ResetTimer()
	emitMany(b, intake, n)
	<-done
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkApplyBacklog measures a consumer alone, that was away while the events were sequenced and published.
func BenchmarkApplyBacklog(b *testing.B) {
	w := newWorld(b, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	const n = 100_000
	stop := intake.relay()
	emitMany(b, intake, n)
	await(b, func() bool {
		return count(b, intake.pool, `SELECT sum(published_seq) FROM producer_head`) == n
	}, func() string { return "not published" })
	stop()
	for b.Loop() {
		var applied atomic.Int64
		done := make(chan struct{})
		if _, err := routing.pool.Exec(context.Background(), `DELETE FROM inbox_cursor`); err != nil {
			b.Fatal(err)
		}
		stop := routing.consume(counting(&applied, n, done), "intake")
		<-done
		stop()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkLatency measures one event at a time from the commit that emits it to the commit that applies it.
func BenchmarkLatency(b *testing.B) {
	w := newWorld(b, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	applied := make(chan struct{}, 1)
	intake.relay()
	routing.consume(func(context.Context, pgx.Tx, *events.Batch) error { applied <- struct{}{}; return nil }, "intake")
	intake.emit(1)
	<-applied
	var took []time.Duration
	for b.Loop() {
		begin := time.Now()
		intake.emitDrafts(draft(fmt.Sprint(begin.UnixNano()), 1))
		<-applied
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// counting returns a Fold that does nothing, and closes done when it has seen n events.
func counting(applied *atomic.Int64, n int64, done chan struct{}) events.Fold {
	return func(_ context.Context, _ pgx.Tx, batch *events.Batch) error {
		seen := int64(0)
		for range batch.All() {
			seen++
		}
		if now := applied.Add(seen); now >= n && now-seen < n {
			close(done)
		}
		return nil
	}
}

// emitMany commits n events from two connections.
func emitMany(b *testing.B, s *service, n int64) {
	var g errgroup.Group
	var next atomic.Int64
	for range 2 {
		g.Go(func() error {
			for {
				first := next.Add(benchBatch) - benchBatch
				if first >= n {
					return nil
				}
				ds := make([]events.Draft, min(benchBatch, n-first))
				for i := range ds {
					ds[i] = draft(fmt.Sprint("complaint-", first+int64(i)), 1)
				}
				err := postgres.InTx(context.Background(), s.pool, func(tx pgx.Tx) error {
					return events.Emit(context.Background(), tx, time.Now(), ds...)
				})
				if err != nil {
					return err
				}
				s.bus.Poke()
			}
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}
