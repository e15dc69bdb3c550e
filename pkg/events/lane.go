package events

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// bufferLimit is the most events of one producer that wait in a lane. What does not fit is read from the producer later.
	bufferLimit = 1024
	// causeGrace is how long a lane waits for an event that another one shows to exist, before it asks the producer: most
	// often it is on its way.
	causeGrace = 10 * time.Millisecond
)

// Lane applies the events of one part, from all producers of a subscription, in an order that never shows an effect before its
// cause. Lanes of one replica share transactions where each has little. It is exported for package eventstest; services call Bus.Consume.
//
// Order. Events of one producer are applied by sequence. An event also carries how far its producer had itself applied other
// producers when it was sequenced (Event.After), and a lane that follows those too waits until it has come as far. This covers
// what a service does because of an event that it applied. What it learned in another way, by a call, is not covered; nor is a
// cause at two removes, through a producer that this consumer does not follow.
//
// No deadlock. Say that event x needs y when x may not be applied before y: y is the event before x of the same producer, or named
// by x's After. Either way y had its sequence, durably, before x got its own: a producer numbers upwards, and After names
// what the producer had applied, which is sequenced events only. So needing follows the order of sequencing in real time and
// has no circle, and among the events that a lane has not applied, the one sequenced first needs none of the others. That event
// is the next of its producer; the lane has it buffered or reads it from the producer's database, where it stays for ever. So
// as long as the producers answer now and then, some event can always be applied. What waits, waits in the lane's bounded
// buffers and never keeps a message pump: a full buffer lets go of the message, which is read again later.
type Lane struct {
	part     int
	cfg      Config
	sub      Subscription
	meter    *meter
	slots    *slots           // shared with the other lanes: bounds transactions at once; nil means no bound
	quick    *rate.Limiter    // shared with the other lanes: what it lets through is followed by no rest; nil lets nothing through
	crew     func() []*Lane   // the lanes of this replica, in no order, whose events may share a transaction; nil means none
	handOver func(*sequenced) // tells the relay what a Fold emitted

	wake chan struct{}

	applying sync.Mutex // held by whoever applies the lane's events, its own goroutine or that of another of the crew, or reads what is missing

	mu      sync.Mutex
	sources []*source // by producer name
	turn    int       // which source is looked at first, so that none starves another
	alone   bool      // a transaction with others failed: the next is of this lane's events alone
	restEnd time.Time // until then events gather, where the subscription wants that
	holdEnd time.Time // until then events are held back for what others do because of them, where the subscription wants that
}

// NewLane returns the lane of part. Load it before use.
func NewLane(cfg Config, sub Subscription, part int) *Lane {
	l := &Lane{part: part, cfg: cfg, sub: sub, meter: newMeter(cfg.Service), handOver: func(*sequenced) {}, wake: make(chan struct{}, 1)}
	for _, producer := range sub.producers() {
		l.sources = append(l.sources, newSource(producer, sub.batchSize()))
	}
	return l
}

// Load reads how far the lane's events have been applied.
func (l *Lane) Load(ctx context.Context) error {
	cursors, err := loadCursors(ctx, l.cfg.Pool, l.part, l.sub.producers())
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sources {
		s.setCursor(cursors[s.producer])
	}
	return nil
}

// Offer gives the lane an event. It returns false when there is no room for it, which is no loss: the lane will read it from
// the producer.
func (l *Lane) Offer(e Event) bool { return l.offer(arrival{Event: e, came: realTime.Now()}) }

func (l *Lane) offer(a arrival) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(a.Producer)
	if s == nil || s.halted {
		return true
	}
	switch s.place(a) {
	case placeDuplicate:
		l.meter.add(l.meter.duplicates, s.producer, 1)
	case placeFull:
		s.need(a.Seq)
		return false
	case placeRestored:
		l.halt(s, a.Incarnation)
	case placeKept:
		signal(l.wake)
	}
	return true
}

// Drain applies what can be applied now, reading gaps from the producers. It returns the first failure that another try might not
// meet; an event that can never be applied is parked and no failure.
func (l *Lane) Drain(ctx context.Context) error {
	for {
		worked, wait, err := l.step(ctx)
		switch {
		case err != nil && transient(err):
			return err
		case worked:
		case wait > 0:
			pause(ctx, wait)
		default:
			return ctx.Err()
		}
	}
}

// run applies events until ctx ends.
func (l *Lane) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		worked, wait, err := l.step(ctx)
		if worked || err != nil {
			continue // a failure makes its source wait, and no other
		}
		var due <-chan time.Time
		if wait > 0 {
			timer.Reset(wait)
			due = timer.C
		}
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-due:
		}
	}
}

// step applies one batch or reads one page. It returns whether it did either, and, if not, after what time it should be tried
// again without a signal; 0 means never.
func (l *Lane) step(ctx context.Context) (worked bool, wait time.Duration, err error) {
	if l.waits() {
		return true, 0, l.applyNext(ctx)
	}
	l.applying.Lock() // what is missing now is missing until it has been read
	defer l.applying.Unlock()
	s, wait := l.missing()
	if s == nil {
		return false, wait, nil
	}
	err = l.backfill(ctx, s)
	if err != nil {
		l.postpone(ctx, s, "events not read from their producer", err)
	}
	return true, 0, err
}

// applyNext applies the next batch when one of the transactions that lanes may have at once is free. It is chosen only then:
// meanwhile more events gather for it, and others of the crew may have taken them along.
func (l *Lane) applyNext(ctx context.Context) error {
	free, err := l.slots.take(ctx, l.backlog())
	if err != nil {
		return err
	}
	if !l.applying.TryLock() {
		free(true)
		l.applying.Lock()   // until they have been applied
		l.applying.Unlock() //nolint:staticcheck // nothing is done meanwhile
		return nil
	}
	defer l.applying.Unlock()
	stretches, done := l.gather()
	defer func() { free(len(stretches) == 0 || l.backlog()) }()
	defer done()
	if len(stretches) == 0 {
		return nil // another of the crew has applied them, or the producer was found restored meanwhile
	}
	for i, st := range stretches {
		if i == 0 || stretches[i-1].lane != st.lane {
			st.lane.served(st.source)
		}
	}
	finish, cancel := outlive(ctx, finishPatience)
	defer cancel()
	began := realTime.Now()
	err = l.apply(finish, stretches)
	if err == nil && l.sub.gathers() && !l.isQuick(count(stretches)) {
		rest(stretches, realTime.Now().Sub(began)*time.Duration(l.sub.Rest))
	}
	if err != nil && len(stretches) > 1 {
		for _, st := range stretches { // one or more are to blame
			st.lane.setAlone()
		}
		return err
	}
	for _, st := range stretches {
		err = st.lane.settle(ctx, st.source, st.events, err)
	}
	return err
}

// setAlone has the lane's next events go into a transaction of their own.
func (l *Lane) setAlone() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alone = true
	signal(l.wake)
}

// settle notes the outcome of applying events, and returns the failure that is left.
func (l *Lane) settle(ctx context.Context, s *source, events []arrival, err error) error {
	if errors.Is(err, errMoved) {
		if err = l.Load(ctx); err == nil {
			return nil
		}
	}
	l.mu.Lock()
	if err == nil {
		s.applied(events)
		l.mu.Unlock()
		l.meter.add(l.meter.applied, s.producer, len(events))
		signal(l.wake)
		return nil
	}
	retry := !transient(err) && s.failed(len(events), err)
	l.mu.Unlock()
	if !retry {
		l.postpone(ctx, s, "events not applied", err)
	}
	return err
}

// postpone lets a source rest after a failure, longer after each, and logs the first of a row.
func (l *Lane) postpone(ctx context.Context, s *source, what string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := s.failures == 0
	s.rest()
	if first && ctx.Err() == nil {
		l.cfg.Log.Warn(what, slog.String("producer", s.producer), slog.Int("part", l.part),
			slog.Int64("seq", s.cursor.seq+1), slog.Any("error", err))
	}
}

// halt stops a source for good: its producer was restored from a backup, and its sequences may mean other events now.
func (l *Lane) halt(s *source, incarnation int32) {
	s.halted = true
	l.cfg.Log.Error("producer was restored from a backup; its events are not applied any more until the consumer is reconciled with it",
		slog.String("producer", s.producer), slog.Int("part", l.part),
		slog.Int("incarnation", int(incarnation)), slog.Int("followed", int(s.cursor.incarnation)))
}

// source returns what the lane knows of a producer, or nil.
func (l *Lane) source(producer string) *source {
	for _, s := range l.sources {
		if s.producer == producer {
			return s
		}
	}
	return nil
}
