package intake

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/gateway"
	"redress.dev/services/standalone"
)

// total is how many complaints are streamed.
const total = 20_000

// BenchmarkStreamedIntake streams 20,000 real complaints in and waits until each is routed to a post and its clocks are armed.
// Everything runs on this machine: the gateway, the five services, Postgres with fsync, NATS with sync_interval always.
func BenchmarkStreamedIntake(b *testing.B) {
	for b.Loop() {
		suite, err := standalone.Start(b.Context(), standalone.Options{Dir: b.TempDir(), Durable: true, SyncAlways: true})
		if err != nil {
			b.Fatal(err)
		}
		fillPosts(b, suite, publish(b, suite))
		items := drafts(b)
		acked, armed, lags := stream(b, suite, items)
		raw := newRaw(b, suite.DatabaseURL()).insert(b, len(items), rawRows, rawConns)
		if err := suite.Stop(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(total/acked.Seconds(), "acked/s")
		b.ReportMetric(total/armed.Seconds(), "armed/s")
		b.ReportMetric(total/raw.Seconds(), "raw-inserts/s")
		b.ReportMetric(ms(lags[total/2]), "p50-armed-ms")
		b.ReportMetric(ms(lags[total*99/100]), "p99-armed-ms")
		fmt.Printf("ratio streamed_intake_acked_to_raw_inserts %.3f\n", raw.Seconds()/acked.Seconds())
		fmt.Printf("ratio streamed_intake_armed_to_raw_inserts %.3f\n", raw.Seconds()/armed.Seconds())
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// watch notes when each complaint was routed and when its first clock was armed, from the events that say so.
type watch struct {
	mu     sync.Mutex
	seen   map[string]int // by complaint: bit 1 routed, bit 2 armed
	ready  map[string]time.Time
	all    chan struct{}
	wanted int
}

func (w *watch) note(bit int) nats.MsgHandler {
	return func(m *nats.Msg) {
		now := time.Now()
		id := m.Header.Get("ce-subject")
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.seen[id] |= bit; w.seen[id] != 3 || !w.ready[id].IsZero() {
			return
		}
		w.ready[id] = now
		if len(w.ready) == w.wanted {
			close(w.all)
		}
	}
}

// stream streams items in. It returns how long it took until the last was acknowledged, until the last was routed and armed,
// and for each, in ascending order, the time from its sending to that.
func stream(b *testing.B, suite *standalone.Suite, items []*intakev1.IntakeItem) (acked, armed time.Duration, lags []time.Duration) {
	b.Helper()
	w := &watch{seen: map[string]int{}, ready: map[string]time.Time{}, all: make(chan struct{}), wanted: len(items)}
	nc, err := suite.NATS()
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	for subject, bit := range map[string]int{"redress.v1.routing.*.WorkOpened": 1, "redress.v1.slatimer.*.ClockStarted": 2} {
		sub, err := nc.Subscribe(subject, w.note(bit))
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
	clocked := &clockedClient{
		IntakeServiceClient: intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_INTEGRATION)), sent: make([]time.Time, len(items)+1),
	}
	gw := gateway.New(clocked, "bench", uuid.NewString())
	ids := make([]string, len(items)+1)
	start := time.Now()
	err = gw.Deliver(b.Context(), items, func(r *intakev1.IntakeResult) error {
		if r.GetError() != nil {
			return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
		}
		ids[r.GetSequence()] = r.GetComplaintId()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	acked = time.Since(start)
	select {
	case <-w.all:
	case <-time.After(5 * time.Minute):
		b.Fatalf("%d of %d complaints are routed and armed after five minutes", len(w.ready), len(items))
	}
	armed = time.Since(start)
	w.mu.Lock()
	defer w.mu.Unlock()
	for seq := 1; seq < len(ids); seq++ {
		lags = append(lags, w.ready[ids[seq]].Sub(clocked.sent[seq]))
	}
	slices.Sort(lags)
	return acked, armed, lags
}

// clockedClient notes when each item is sent.
type clockedClient struct {
	intakev1.IntakeServiceClient

	sent []time.Time // by sequence
}

// StreamIntake opens a stream that notes.
func (c *clockedClient) StreamIntake(ctx context.Context, opts ...grpc.CallOption) (intakev1.IntakeService_StreamIntakeClient, error) {
	stream, err := c.IntakeServiceClient.StreamIntake(ctx, opts...)
	return clockedStream{stream, c.sent}, err
}

type clockedStream struct {
	intakev1.IntakeService_StreamIntakeClient

	sent []time.Time
}

// Send notes the time of an item and sends it.
func (s clockedStream) Send(req *intakev1.StreamIntakeRequest) error {
	if item := req.GetItem(); item != nil {
		s.sent[item.GetSequence()] = time.Now()
	}
	return s.IntakeService_StreamIntakeClient.Send(req)
}
