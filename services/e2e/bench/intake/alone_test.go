package intake

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/gateway"
	"redress.dev/services/standalone"
)

const (
	// rounds is how often intake and its reference take turns.
	rounds = 3
	// gateways is how many stream at once, callers how many make single calls.
	gateways = 2
	callers  = 64
)

// BenchmarkIntakeAlone measures intake by itself, its relay included, beside what Postgres takes of the rows that come of it, in turn. Streamed: how
// much of raw batched inserts is left by the stream, the checks, the numbers, the vault and the answers. Unary: what single calls gain by
// being registered together, beside one transaction and one round trip for each complaint.
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
	ageLog(b, suite)
	publish(b, suite)
	items := drafts(b)
	rows, single := newRaw(b, suite.DatabaseURL(), batched), newRaw(b, suite.DatabaseURL(), pipelined)
	client := intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_INTEGRATION))
	b.Run("streamed", func(b *testing.B) {
		compare(b, suite, "streamed_intake_to_raw_inserts", len(items),
			func() time.Duration { return deliver(b, client, items) },
			func() time.Duration { return rows.insert(b, len(items)) })
	})
	b.Run("unary", func(b *testing.B) {
		agent := intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_AGENT))
		compare(b, suite, "unary_intake_to_pipelined_inserts", len(items),
			func() time.Duration { return call(b, agent, items) },
			func() time.Duration { return single.insert(b, len(items)) })
		bound(b, items, newRaw(b, suite.DatabaseURL(), grouped), single)
	})
}

// compare lets intake and its reference take turns, n complaints each, and prints the ratio of their rates. The first turns do not count: the first
// run of every statement and memory that nobody has touched yet are dear.
func compare(b *testing.B, suite *standalone.Suite, ratio string, n int, intake, reference func() time.Duration) {
	b.Helper()
	for b.Loop() {
		var ours, raw time.Duration
		for round := range 1 + rounds {
			taken := intake()
			sequenced(b, suite)
			if inserted := reference(); round > 0 {
				ours, raw = ours+taken, raw+inserted
			}
		}
		b.ReportMetric(rounds*float64(n)/ours.Seconds(), "registered/s")
		b.ReportMetric(rounds*float64(n)/raw.Seconds(), "raw-inserts/s")
		fmt.Printf("ratio %s %.3f\n", ratio, raw.Seconds()/ours.Seconds())
	}
}

// bound prints the ratio that calls would have if nothing was done but answering them and inserting their rows in groups, one after the other: what
// intake does for a complaint takes the rest.
func bound(b *testing.B, items []*intakev1.IntakeItem, groups, single *raw) {
	b.Helper()
	server := grpc.NewServer()
	intakev1.RegisterIntakeServiceServer(server, answering{})
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		b.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Stop()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	var answered, inserted, raw time.Duration
	for range rounds {
		answered += call(b, intakev1.NewIntakeServiceClient(conn), items)
		inserted += groups.insert(b, len(items))
		raw += single.insert(b, len(items))
	}
	n := rounds * float64(len(items))
	fmt.Printf("calls that are answered at once %.0f/s, their rows in groups of %d %.0f/s\n", n/answered.Seconds(), groups.rows, n/inserted.Seconds())
	fmt.Printf("ratio bound_of_unary_to_pipelined_inserts %.3f\n", raw.Seconds()/(answered+inserted).Seconds())
}

// answering answers each call at once.
type answering struct {
	intakev1.UnimplementedIntakeServiceServer
}

func (answering) RegisterComplaint(_ context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	return &intakev1.RegisterComplaintResponse{Complaint: &intakev1.Complaint{ComplaintId: req.GetRequestId(), Number: req.GetRequestId()}}, nil
}

// call registers items one by one, by many callers at once.
func call(b *testing.B, client intakev1.IntakeServiceClient, items []*intakev1.IntakeItem) time.Duration {
	b.Helper()
	waiting := make(chan *intakev1.IntakeItem, len(items))
	for _, item := range items {
		waiting <- item
	}
	close(waiting)
	g, ctx := errgroup.WithContext(b.Context())
	start := time.Now()
	for range callers {
		g.Go(func() error {
			for item := range waiting {
				if _, err := client.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: item.GetDraft()}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
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
	return gw.Deliver(ctx, items, func(r *intakev1.IntakeResult) error {
		if r.GetError() != nil {
			return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
		}
		return nil
	})
}
