package events

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"redress.dev/pkg/lease"
)

// consumption is a running Consume.
type consumption struct {
	bus    *Bus
	sub    Subscription
	keeper *lease.Keeper
	slots  *slots
	quick  *rate.Limiter

	mu    sync.Mutex
	lanes map[int]*Lane // those that run, by part
	heard map[string]time.Time

	running map[int]func() // by part: stops its lane and returns when it has ended
	pumps   func()         // the same for the pumps
	pumping map[int]bool   // the parts that the pumps bring
	links   uint64         // the count of reconnections when the pumps were started
}

// Consume applies the subscription's events, for the parts that this replica leases, each exactly once and in order. It returns
// nil when ctx ends, with the batches under way finished or rolled back.
//
// The position is in Postgres, in the transactions that apply. So JetStream is only read: one consumer for each producer brings all
// the parts of this replica; it is ephemeral, keeps its state in memory, asks for no acknowledgement and starts at the time of the
// oldest event still missed. That is the cheapest that two cores can do: durable consumers, one a part, would be 16 times as
// many, would each write their position to the server's disk, beside the one in Postgres that counts, and would bring nothing
// that the gap check and the feed do not. What JetStream does not bring is read from the producer's feed: what overflows a buffer,
// what is older than the stream, what it lost, and everything while NATS is away.
func (b *Bus) Consume(ctx context.Context, sub Subscription) error {
	b.sub.Store(&sub)
	c := &consumption{
		bus: b, sub: sub,
		keeper:  lease.New(lease.Config{Pool: b.cfg.Pool, Kind: "inbox", Shards: Parts, Owner: b.owner, Log: b.cfg.Log}),
		slots:   newSlots(b.cfg.Pool),
		quick:   rate.NewLimiter(quickRate, quickRate),
		lanes:   map[int]*Lane{},
		heard:   map[string]time.Time{},
		running: map[int]func(){},
		pumps:   func() {},
	}
	for _, producer := range sub.producers() {
		if b.cfg.Feed(producer) == nil {
			return fmt.Errorf("%s consumes the events of %s and does not know its address: name it among the peers", b.cfg.Service, producer)
		}
		beacons, err := b.cfg.NATS.Subscribe(beaconSubject(producer), func(m *nats.Msg) { c.onBeacon(producer, m.Data) })
		if err != nil {
			return fmt.Errorf("subscribe to beacons of %s: %w", producer, err)
		}
		defer func() { _ = beacons.Unsubscribe() }() // fails only when the connection is closed, and then it is gone too
	}
	// The keeper outlives ctx, so that lanes end before their leases.
	keeping, letGo := context.WithCancel(context.WithoutCancel(ctx))
	defer letGo()
	var kept errgroup.Group
	kept.Go(func() error { return c.keeper.Run(keeping) })
	stopReports := start(ctx, c.report)
	c.loop(ctx)
	stopReports()
	c.stopPumps()
	for _, stop := range c.running {
		stop()
	}
	letGo()
	return kept.Wait()
}

// loop keeps lanes and pumps in step with the leases and the connection until ctx ends.
func (c *consumption) loop(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.keeper.Changed():
		case <-tick.C:
			c.watch(ctx)
		}
		c.reconcile(ctx)
		c.repump(ctx)
	}
}

// reconcile starts the lanes of parts that were won and stops those of parts that were lost.
func (c *consumption) reconcile(ctx context.Context) {
	held := c.keeper.Held()
	for part, stop := range c.running {
		if _, ok := held[part]; !ok {
			stop()
			delete(c.running, part)
			c.mu.Lock()
			delete(c.lanes, part)
			c.mu.Unlock()
		}
	}
	for part := range held {
		if _, ok := c.running[part]; ok {
			continue
		}
		lane := NewLane(c.bus.cfg, c.sub, part)
		lane.slots, lane.quick, lane.crew, lane.handOver, lane.meter = c.slots, c.quick, c.crew, c.bus.handOver, c.bus.meter
		if err := lane.Load(ctx); err != nil {
			c.bus.cfg.Log.Warn("lane not started", slog.Int("part", part), slog.Any("error", err)) // again at the next tick
			return
		}
		c.running[part] = start(ctx, lane.run)
		c.mu.Lock()
		c.lanes[part] = lane
		c.mu.Unlock()
	}
}

// repump restarts the pumps when the parts have changed or NATS was away: their consumers know neither.
func (c *consumption) repump(ctx context.Context) {
	links := c.bus.cfg.NATS.Stats().Reconnects
	same := c.pumping != nil && links == c.links && len(c.pumping) == len(c.running)
	for part := range c.running {
		same = same && c.pumping[part]
	}
	if same {
		return
	}
	c.stopPumps()
	c.links, c.pumping = links, map[int]bool{}
	for part := range c.running {
		c.pumping[part] = true
	}
	if len(c.running) == 0 {
		return
	}
	lanes := c.snapshot()
	c.pumps = start(ctx, func(ctx context.Context) {
		var g errgroup.Group
		for _, producer := range c.sub.producers() {
			p := &pump{bus: c.bus, producer: producer, lanes: lanes, heads: c.learn}
			g.Go(func() error { p.run(ctx); return nil })
		}
		_ = g.Wait() // pumps end with ctx and report nothing
	})
}

func (c *consumption) stopPumps() {
	c.pumps()
	c.pumps = func() {}
}

// crew returns the running lanes.
func (c *consumption) crew() []*Lane { return slices.Collect(maps.Values(c.snapshot())) }

// snapshot returns the running lanes by part.
func (c *consumption) snapshot() map[int]*Lane {
	c.mu.Lock()
	defer c.mu.Unlock()
	lanes := make(map[int]*Lane, len(c.lanes))
	for part, lane := range c.lanes {
		lanes[part] = lane
	}
	return lanes
}

// start runs f until ctx ends or the returned function is called, which returns when f has.
func start(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}
