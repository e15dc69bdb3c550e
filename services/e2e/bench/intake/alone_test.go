package intake

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/gateway"
	"redress.dev/services/standalone"
)

// rounds is how often intake and its reference take turns; gateways is how many stream at once.
const (
	rounds   = 3
	gateways = 2
)

// BenchmarkIntakeAlone streams complaints into intake alone, its relay included, and inserts the rows that come of them by themselves, in turn:
// how much of what Postgres can take is left of it by the stream, the checks, the numbers, the vault and the answers.
func BenchmarkIntakeAlone(b *testing.B) {
	suite, err := standalone.Start(b.Context(), standalone.Options{Dir: b.TempDir(), Durable: true, SyncAlways: true, Only: []string{"intake"}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := suite.Stop(); err != nil {
			b.Error(err)
		}
	}()
	publish(b, suite)
	items := drafts(b)
	reference := newRaw(b, suite.DatabaseURL())
	client := intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_INTEGRATION))
	deliver(b, client, items[:2000]) // the first run of every statement
	for b.Loop() {
		var streamed, rawly time.Duration
		for range rounds {
			streamed += deliver(b, client, items)
			sequenced(b, suite)
			rawly += reference.insert(b, len(items), rawRows, rawConns)
		}
		b.ReportMetric(rounds*float64(len(items))/streamed.Seconds(), "acked/s")
		b.ReportMetric(rounds*float64(len(items))/rawly.Seconds(), "raw-inserts/s")
		fmt.Printf("ratio streamed_intake_to_raw_inserts %.3f\n", rawly.Seconds()/streamed.Seconds())
	}
}

// deliver streams items in by several gateways at once and returns how long it took until the last was acknowledged.
func deliver(b *testing.B, client intakev1.IntakeServiceClient, items []*intakev1.IntakeItem) time.Duration {
	b.Helper()
	g, ctx := errgroup.WithContext(b.Context())
	share := (len(items) + gateways - 1) / gateways
	start := time.Now()
	for at := 0; at < len(items); at += share {
		mine := make([]*intakev1.IntakeItem, 0, share)
		for i, item := range items[at:min(at+share, len(items))] {
			mine = append(mine, &intakev1.IntakeItem{Sequence: int64(i + 1), Draft: item.GetDraft()})
		}
		g.Go(func() error { return deliverShare(ctx, client, mine) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func deliverShare(ctx context.Context, client intakev1.IntakeServiceClient, items []*intakev1.IntakeItem) error {
	gw := gateway.New(client, "bench", uuid.NewString())
	defer gw.Close()
	return gw.Deliver(ctx, items, func(r *intakev1.IntakeResult) error {
		if r.GetError() != nil {
			return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
		}
		return nil
	})
}
