package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/server"
	"redress.dev/services/slatimer/internal/store"
)

// clocksEach is how many clocks every complaint has.
const clocksEach = 4

// BenchmarkSimulatePolicy replays a synthetic history straight into the replay's core: events are made in this process, live clocks are
// in Postgres, the answer goes over gRPC. SIMULATE_CLOCKS says how many clocks; 100,000 if unset, the goal's 1,000,000 take a minute to fill.
func BenchmarkSimulatePolicy(b *testing.B) {
	clocks := 100_000
	if s := os.Getenv("SIMULATE_CLOCKS"); s != "" {
		var err error
		if clocks, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	live, draft := parse(b, pack("1", 7)), parse(b, pack("2", 12))
	compiled, err := procedure.Compile(live)
	if err != nil {
		b.Fatal(err)
	}
	pool := pgtest.New(b, "slatimer", events.Migrations, editions.Migrations, store.Migrations)
	feeds := map[string]feed{}
	each := clocks / clocksEach / events.Parts
	for name, steps := range lives(&typev1.Edition{Procedure: "bench", Edition: "1", Digest: compiled.Digest}) {
		feeds[name] = feed{steps: steps, complaints: each}
	}
	now := begin.Add(400 * 24 * time.Hour)
	fill(b, pool, feeds, compiled, now)
	srv := server.New(server.Config{
		Pool: pool, Now: func() time.Time { return now },
		Feed: func(producer string) eventsv1.EventFeedServiceClient { return feeds[producer] },
	})
	api := slatimerv1.NewSlatimerServiceClient(serve(b, srv))
	b.ResetTimer()
	for b.Loop() {
		start, used := time.Now(), cpu(b)
		summary, heap := simulate(b, api, draft)
		took := time.Since(start).Seconds()
		total := summary.GetTotal()
		if total.GetComparedCount() != int64(each*events.Parts*clocksEach) || total.GetBreachWonCount() == 0 || total.GetBreachLostCount() > 0 || summary.GetFailedComplaintCount() > 0 {
			b.Fatalf("not what the history gives: %v", summary)
		}
		b.ReportMetric(float64(total.GetComparedCount())/took, "clocks/s")
		b.ReportMetric(float64(total.GetComparedCount())/(cpu(b)-used).Seconds(), "clocks/cpu-s")
		b.ReportMetric(float64(heap)/(1<<20), "peak-heap-MB")
		fmt.Printf("simulate: %d clocks of %d complaints in %.1f s, %d breaches won\n", total.GetComparedCount(), summary.GetComplaintCount(), took, total.GetBreachWonCount())
	}
}

// simulate runs one simulation and returns its summary and the largest heap that was seen.
func simulate(b *testing.B, api slatimerv1.SlatimerServiceClient, draft *procedurev1.Procedure) (*slatimerv1.SimulationSummary, uint64) {
	b.Helper()
	stream, err := api.SimulatePolicy(b.Context(), &slatimerv1.SimulatePolicyRequest{
		Edition: &slatimerv1.SimulatePolicyRequest_Draft{Draft: draft}, DifferenceLimit: 100,
	})
	if err != nil {
		b.Fatal(err)
	}
	var summary *slatimerv1.SimulationSummary
	var heap uint64
	var mem runtime.MemStats
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return summary, heap
		}
		if err != nil {
			b.Fatal(err)
		}
		if s := frame.GetSummary(); s != nil {
			summary = s
		}
		if frame.GetProgress() != nil {
			runtime.ReadMemStats(&mem)
			heap = max(heap, mem.HeapInuse)
		}
	}
}

// fill makes the live tables what the history made of them, and the cursors what was taken.
func fill(b *testing.B, pool *pgxpool.Pool, feeds map[string]feed, p *procedure.Procedure, now time.Time) {
	b.Helper()
	const cursor = `INSERT INTO inbox_cursor (producer, part, incarnation, seq) VALUES ($1, $2, 1, $3)`
	client := func(producer string) eventsv1.EventFeedServiceClient { return feeds[producer] }
	var positions []events.Position
	for name, f := range feeds {
		positions = append(positions, events.Position{Producer: name, Incarnation: 1, Seq: int64(len(f.steps) * f.complaints)})
	}
	for part := range events.Parts {
		histories := map[string][]procedure.Happening{}
		var order []string
		for e, err := range (events.History{Part: part, Positions: positions, Feed: client}).All(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			h, err := lifecycle.Of(e)
			if err != nil {
				b.Fatal(err)
			}
			if histories[e.AggregateID] == nil {
				order = append(order, e.AggregateID)
			}
			histories[e.AggregateID] = append(histories[e.AggregateID], h)
		}
		err := postgres.InTx(b.Context(), pool, func(tx pgx.Tx) error {
			var files []domain.File
			var changes []domain.Change
			save := func() error {
				err := store.Save(b.Context(), tx, files, changes)
				files, changes = nil, nil
				return err
			}
			for n, id := range order {
				f, err := domain.Replay(histories[id], nil, p, now)
				if err != nil {
					return err
				}
				for i := range f.Clocks {
					f.Clocks[i].ID = clockID(part, n, i)
				}
				files, changes = append(files, f), append(changes, domain.Diff(domain.File{}, f))
				if len(files) == 2000 {
					if err := save(); err != nil {
						return err
					}
				}
			}
			for _, p := range positions {
				if _, err := tx.Exec(b.Context(), cursor, p.Producer, part, p.Seq); err != nil {
					return err
				}
			}
			return save()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if _, err := pool.Exec(b.Context(), `ANALYZE`); err != nil {
		b.Fatal(err)
	}
}

func clockID(part, n, i int) string { return id(byte(100+i), part, n) }

func parse(b *testing.B, yaml string) *procedurev1.Procedure {
	b.Helper()
	p, err := procedure.Parse([]byte(yaml))
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// serve serves srv on loopback to a caller of the default tenant.
func serve(b *testing.B, srv *server.Server) *grpc.ClientConn {
	b.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := grpc.NewServer(grpc.StreamInterceptor(func(impl any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		return next(impl, caller{ss})
	}))
	srv.Register(s)
	go func() { _ = s.Serve(lis) }()
	b.Cleanup(s.Stop)
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

// caller is a stream whose caller is known.
type caller struct{ grpc.ServerStream }

func (c caller) Context() context.Context {
	return auth.With(c.ServerStream.Context(), auth.Principal{Tenant: "default"})
}

// cpu is the processor time of this process so far; Postgres is another.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
