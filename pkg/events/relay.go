package events

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/lease"
)

const (
	// minPoll and maxPoll bound the time between looks at the outbox when nobody pokes: short after work, longer and longer
	// without.
	minPoll = 5 * time.Millisecond
	maxPoll = 200 * time.Millisecond
	// moveGap is the least time between two moves, in which many small transactions gather to one batch: each costs a commit
	// here, a write of JetStream's, and a transaction at every consumer. What comes after a rest does not wait.
	moveGap = 20 * time.Millisecond
	// publishGap is the least time between the beginnings of two publications: JetStream writes to the disk for each. On a busy machine
	// the publisher rests publishRest times as long as the last one took, at most maxPublishRest.
	publishGap     = 10 * time.Millisecond
	publishRest    = 1
	maxPublishRest = 40 * time.Millisecond
	// beaconEvery is the time between beacons, and between saves of the published sequences.
	beaconEvery = time.Second
	// flushPatience bounds what the relay still does after its context has ended.
	flushPatience = 3 * time.Second
	// retryPause follows a failure of the database or of NATS.
	retryPause = 200 * time.Millisecond
)

// relay sequences and publishes the parts that this replica leases: one loop sequences them all, another publishes. One loop for
// all parts, because idle parts then cost nothing, and busy ones share a statement and a commit.
type relay struct {
	bus    *Bus
	keeper *lease.Keeper
	seq    *sequencer
	pub    *publisher
}

// Relay sequences what the service emits and publishes it, for the parts that this replica leases, and tells the heads each second.
//
// It returns nil when ctx ends, after it has sequenced and published what was committed by then, or some 6 s later: 3 s for an
// acknowledgement that it waits for, 3 s for the rest. NATS being away stops only the publishing. Run it in every replica.
func (b *Bus) Relay(ctx context.Context) error {
	incarnation, err := b.awaitIncarnation(ctx)
	if err != nil {
		return nil // ctx has ended
	}
	pub, err := newPublisher(b, incarnation)
	if err != nil {
		return err
	}
	r := &relay{
		bus:    b,
		keeper: lease.New(lease.Config{Pool: b.cfg.Pool, Kind: "relay", Shards: Parts, Owner: b.owner, Log: b.cfg.Log}),
		seq:    &sequencer{pool: b.cfg.Pool, producer: b.cfg.Service, incarnation: incarnation},
		pub:    pub,
	}
	poke, err := b.cfg.NATS.Subscribe(pokeSubject(b.cfg.Service), func(*nats.Msg) { signal(b.wake) })
	if err != nil {
		return fmt.Errorf("subscribe to pokes: %w", err)
	}
	defer func() { _ = poke.Unsubscribe() }() // fails only when the connection is closed, and then it is gone too
	reports, err := b.cfg.NATS.Subscribe(progressSubject(b.cfg.Service, "*"), func(m *nats.Msg) { b.onProgress(m.Subject, m.Data) })
	if err != nil {
		return fmt.Errorf("subscribe to progress: %w", err)
	}
	defer func() { _ = reports.Unsubscribe() }()
	b.pub.Store(pub)
	defer b.alone.Store(false)

	// The keeper outlives ctx, so that the flush still has its leases.
	keeping, letGo := context.WithCancel(context.WithoutCancel(ctx))
	defer letGo()
	var kept errgroup.Group
	kept.Go(func() error { return r.keeper.Run(keeping) })
	var g errgroup.Group
	g.Go(func() error { r.pub.run(ctx); return nil })
	g.Go(func() error { r.loop(ctx); return nil })
	_ = g.Wait() // both loops end with ctx and report nothing
	r.flush(context.WithoutCancel(ctx))
	letGo()
	return kept.Wait()
}

// loop sequences until ctx ends.
func (r *relay) loop(ctx context.Context) {
	poll := minPoll
	timer := time.NewTimer(poll)
	defer timer.Stop()
	tick := time.NewTicker(beaconEvery)
	defer tick.Stop()
	for {
		var err error
		moved := 0
		select {
		case <-ctx.Done():
			return
		case <-r.keeper.Changed():
			if err = r.refence(ctx); err == nil {
				moved, err = r.drain(ctx)
			}
		case <-tick.C:
			r.beacon()
			signal(r.pub.wake) // also idle, it must notice a new connection: the stream may have been lost
			err = r.savePublished(ctx)
		case <-r.bus.wake:
			moved, err = r.catchUp(ctx)
		case <-timer.C:
			moved, err = r.catchUp(ctx)
			poll = min(2*poll, maxPoll)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			r.bus.cfg.Log.Warn("outbox not sequenced", slog.Any("error", err))
			poll = retryPause
		case moved > 0:
			poll = minPoll
			pause(ctx, moveGap)
		}
		timer.Reset(poll)
	}
}

// refence takes over what the keeper holds now. A failure is tried again with the keeper's next change or, through drain, at the
// next look: a part that is not fenced is not written.
func (r *relay) refence(ctx context.Context) error {
	held := r.keeper.Held()
	heads, err := r.seq.fence(ctx, held)
	if err != nil {
		return err
	}
	r.bus.alone.Store(len(heads) == Parts)
	r.pub.own(heads)
	return nil
}

// catchUp sequences what waits, and learns what transactions, here or elsewhere, have sequenced themselves.
func (r *relay) catchUp(ctx context.Context) (moved int, err error) {
	if !maps.Equal(r.seq.epochs, r.keeper.Held()) { // an earlier refence failed
		if err := r.refence(ctx); err != nil {
			return 0, err
		}
	}
	seqs, waiting, err := r.seq.look(ctx)
	if err != nil {
		return 0, err
	}
	r.pub.learn(seqs)
	if !waiting {
		return 0, nil
	}
	return r.drain(ctx)
}

// drain sequences until no part has more than one statement's worth left.
func (r *relay) drain(ctx context.Context) (moved int, err error) {
	for {
		events, err := r.seq.move(ctx)
		if err != nil || len(events) == 0 {
			return moved, err
		}
		moved += len(events)
		r.bus.meter.add(r.bus.meter.sequenced, r.bus.cfg.Service, len(events))
		r.pub.add(events)
		if len(events) < moveLimit {
			return moved, nil
		}
	}
}

// savePublished runs in the goroutine that sequences, so that two statements of one relay never lock the same heads. It
// remembers what was published since the last time; what a crash forgets of that is published twice.
func (r *relay) savePublished(ctx context.Context) error {
	changed := r.pub.changed()
	if len(changed) == 0 {
		return nil
	}
	if err := r.seq.save(ctx, changed); err != nil {
		return err
	}
	r.pub.setSaved(changed)
	return nil
}

// flush does what is left to do when the service stops.
func (r *relay) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushPatience)
	defer cancel()
	_, err := r.catchUp(ctx)
	for n := 1; n > 0 && err == nil; {
		n, err = r.pub.step(ctx)
	}
	if saveErr := r.savePublished(ctx); err == nil {
		err = saveErr
	}
	if err != nil {
		r.bus.cfg.Log.Info("relay stopped before everything was published; it goes on at the next start", slog.Any("error", err))
	}
}

// awaitIncarnation reads the incarnation, and waits for the database where it has to.
func (b *Bus) awaitIncarnation(ctx context.Context) (int32, error) {
	for {
		incarnation, err := readIncarnation(ctx, b.cfg.Pool)
		if err == nil || ctx.Err() != nil {
			return incarnation, err
		}
		b.cfg.Log.Warn("event stream not readable", slog.Any("error", err))
		pause(ctx, retryPause)
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
