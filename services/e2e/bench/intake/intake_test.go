package intake

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/wire"
	"redress.dev/services/standalone"
)

// overload and half are how long complaints are streamed in each part of the benchmark.
const (
	overload = 60 * time.Second
	half     = 20 * time.Second
)

// required is how many complaints a second the five services have to sustain on two processors.
const required = 2500.0

// BenchmarkStreamedIntake streams real complaints into the whole suite: the gateways, the five services, Postgres with fsync and NATS with
// sync_interval always, all on this machine. First as fast as intake lets the gateways, then at half the required rate, or half of what they
// managed if that was less. It prints what was routed to a post and under its clocks each second, beside raw inserts of intake's rows alone,
// which tell how fast the machine is, and how long a complaint took from its sending until it was acknowledged and until it was there.
func BenchmarkStreamedIntake(b *testing.B) {
	for b.Loop() {
		suite, err := standalone.Start(b.Context(), standalone.Options{Dir: b.TempDir(), Durable: true, SyncAlways: true})
		if err != nil {
			b.Fatal(err)
		}
		ageLog(b, suite)
		fillPosts(b, suite, publish(b, suite))
		items := drafts(b)
		w := newWatch(b, suite)
		stream(b, suite, w, items, 4*time.Second, 0) // the first run of every statement, and tables that the planner knows

		full := stream(b, suite, w, items, overload, 0)
		rate := float64(len(full.armed)) / full.took.Seconds()
		b.ReportMetric(rate, "complaints/s")
		b.ReportMetric(full.settled.Seconds(), "s-until-all-is-folded")
		held, alive := memory()
		b.ReportMetric(held, "MiB-held")
		b.ReportMetric(alive, "MiB-alive")
		full.report(b, "full")
		fmt.Printf("ratio overload_p99_armed_to_p99_acked %.2f\n", at(full.armed, 99).Seconds()/at(full.acked, 99).Seconds())

		stream(b, suite, w, items, half, min(rate, required)/2).report(b, "half")
		w.stop()

		reference := newRaw(b, suite.DatabaseURL(), batched)
		var raw time.Duration
		for range rounds {
			raw += reference.insert(b, len(items))
		}
		inserts := rounds * float64(len(items)) / raw.Seconds()
		b.ReportMetric(inserts, "raw-inserts/s")
		fmt.Printf("ratio five_services_to_raw_inserts %.4f\n", rate/inserts)
		if err := suite.Stop(); err != nil {
			b.Fatal(err)
		}
	}
}

// outcome is what a run of stream has shown; the lags are in ascending order.
type outcome struct {
	took         time.Duration // from the first sending until the last complaint was armed
	settled      time.Duration // from then until every service had folded everything
	acked, armed []time.Duration
}

func (o outcome) report(b *testing.B, load string) {
	b.ReportMetric(ms(at(o.acked, 50)), "p50-acked-"+load+"-ms")
	b.ReportMetric(ms(at(o.acked, 99)), "p99-acked-"+load+"-ms")
	b.ReportMetric(ms(at(o.armed, 50)), "p50-armed-"+load+"-ms")
	b.ReportMetric(ms(at(o.armed, 99)), "p99-armed-"+load+"-ms")
}

// memory returns how much Go has from the system, and how much of it is in use, in MiB: by the five services, NATS, the gateways with 20,000
// complaints, and what the benchmark remembers of each.
func memory() (held, alive float64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	held = float64(m.Sys-m.HeapReleased) / (1 << 20)
	runtime.GC()
	runtime.ReadMemStats(&m)
	return held, float64(m.HeapAlloc) / (1 << 20)
}

// at returns a percentile of lags in ascending order.
func at(lags []time.Duration, percent int) time.Duration {
	return lags[min(len(lags)-1, len(lags)*percent/100)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// stream streams items in, again and again, for d, by all gateways together at rate a second, or, when that is 0, as fast as they are let. It
// returns when each complaint is routed and armed and the suite has nothing left to do.
func stream(b *testing.B, suite *standalone.Suite, w *watch, items []*intakev1.IntakeItem, d time.Duration, rate float64) outcome {
	b.Helper()
	client := intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_INTEGRATION))
	g, ctx := errgroup.WithContext(b.Context())
	feeds := make([]*feed, gateways)
	start := time.Now()
	for i := range feeds {
		feeds[i] = &feed{items: items[i*len(items)/gateways:], pace: rate / gateways}
		g.Go(func() error { return feeds[i].run(ctx, client, start.Add(d)) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	var out outcome
	var last time.Time
	for _, f := range feeds {
		for i, id := range f.ids {
			ready := w.await(b, id)
			out.acked, out.armed = append(out.acked, f.acked[i]-f.sent[i]), append(out.armed, ready.Sub(f.start)-f.sent[i])
			if ready.After(last) {
				last = ready
			}
		}
	}
	out.took = last.Sub(start)
	if err := suite.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	out.settled = time.Since(last)
	slices.Sort(out.acked)
	slices.Sort(out.armed)
	return out
}

// watch notes when each complaint was routed and when its first clock was armed, from the events that say so.
type watch struct {
	nc    *nats.Conn
	start time.Time
	mu    sync.Mutex
	seen  map[uuid.UUID]progress
	news  chan struct{} // something has come since it was looked at
}

// progress is how far a complaint has come. Like all that the benchmark remembers of each it holds no pointers, which Go's collector would follow in
// the time of the services.
type progress struct {
	steps int           // bit 1 routed, bit 2 armed
	ready time.Duration // when it was both, since the watch began
}

func newWatch(b *testing.B, suite *standalone.Suite) *watch {
	b.Helper()
	nc, err := suite.NATS()
	if err != nil {
		b.Fatal(err)
	}
	w := &watch{nc: nc, start: time.Now(), seen: map[uuid.UUID]progress{}, news: make(chan struct{}, 1)}
	for _, producer := range []string{"routing", "slatimer"} {
		sub, err := nc.Subscribe("redress.v1."+producer+".EventBatch", w.note)
		if err != nil {
			b.Fatal(err)
		}
		if err := sub.SetPendingLimits(-1, -1); err != nil {
			b.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		b.Fatal(err)
	}
	return w
}

func (w *watch) stop() { w.nc.Close() }

// steps are the events that are waited for, as bits.
var steps = map[string]int{"redress.routing.v1.WorkOpened": 1, "redress.slatimer.v1.ClockStarted": 2}

// note takes a message of events.
func (w *watch) note(m *nats.Msg) {
	now := time.Since(w.start)
	batch := &eventsv1.EventBatch{}
	if err := wire.Unmarshal(m.Data, batch); err != nil {
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, pe := range batch.GetParts() {
		for _, e := range pe.GetEvents() {
			if bit := steps[e.GetType()]; bit != 0 {
				w.step(uuid.MustParse(e.GetAggregateId()), bit, now)
			}
		}
	}
}

// step notes a step of a complaint; w.mu is held.
func (w *watch) step(id uuid.UUID, bit int, now time.Duration) {
	p := w.seen[id]
	if p.steps == 3 {
		return
	}
	if p.steps |= bit; p.steps == 3 {
		p.ready = now
	}
	w.seen[id] = p
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// await returns when a complaint was routed and armed.
func (w *watch) await(b *testing.B, id uuid.UUID) time.Time {
	b.Helper()
	patience := time.After(time.Minute)
	for {
		w.mu.Lock()
		p := w.seen[id]
		w.mu.Unlock()
		if p.steps == 3 {
			return w.start.Add(p.ready)
		}
		select {
		case <-w.news:
		case <-patience:
			b.Fatalf("complaint %s is not routed and armed after a minute", id)
		}
	}
}

// feed is one gateway's stream, with the time of everything.
type feed struct {
	items []*intakev1.IntakeItem
	pace  float64 // items a second; 0 is as fast as the credit lets it

	ids         []uuid.UUID // by sequence, from 0
	start       time.Time
	sent, acked []time.Duration // since then
}

// run streams until the given time and returns when all is acknowledged.
func (f *feed) run(ctx context.Context, client intakev1.IntakeServiceClient, until time.Time) error {
	stream, err := client.StreamIntake(ctx)
	if err != nil {
		return err
	}
	open := &intakev1.OpenIntake{GatewayId: "bench", SessionId: uuid.NewString()}
	if err := stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: open}}); err != nil {
		return err
	}
	opened, err := stream.Recv()
	if err != nil {
		return err
	}
	credit := make(chan struct{}, opened.GetOpened().GetCreditCount())
	var mu sync.Mutex // of sent, which one goroutine fills and the other reads
	f.start = time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for n := 0; time.Now().Before(until); n++ {
			if f.pace > 0 {
				time.Sleep(time.Until(f.start.Add(time.Duration(float64(n) / f.pace * float64(time.Second)))))
			}
			select {
			case credit <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			item := &intakev1.IntakeItem{Sequence: int64(n + 1), Draft: f.items[n%len(f.items)].GetDraft()}
			mu.Lock()
			f.sent = append(f.sent, time.Since(f.start))
			mu.Unlock()
			if err := stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: item}}); err != nil {
				return err
			}
		}
		return stream.CloseSend()
	})
	g.Go(func() error {
		for {
			frame, err := stream.Recv()
			now := time.Since(f.start)
			mu.Lock()
			all := len(f.sent) == len(f.acked)
			mu.Unlock()
			if err != nil && all && time.Now().After(until) {
				return nil // the end of the stream
			}
			if err != nil {
				return err
			}
			for _, r := range frame.GetAck().GetResults() {
				if r.GetError() != nil {
					return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
				}
				f.ids, f.acked = append(f.ids, uuid.MustParse(r.GetComplaintId())), append(f.acked, now)
				<-credit
			}
		}
	})
	return g.Wait()
}
