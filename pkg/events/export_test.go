package events

import (
	"context"

	"golang.org/x/time/rate"
)

// For tests in package events_test, which build on package eventstest, which imports this one.
var (
	BatchToProto   = batchToProto
	CheckBatch     = checkBatch
	EventFromProto = eventFromProto
	SubjectOf      = subjectOf
	BeaconFor      = beaconSubject
	StreamNameOf   = streamName
)

// Crew makes lanes those of one replica, whose events may share a transaction.
func Crew(lanes ...*Lane) {
	for _, l := range lanes {
		l.crew = func() []*Lane { return lanes }
	}
}

// Alone reports whether the bus's relay has every part.
func (b *Bus) Alone() bool { return b.alone.Load() }

// ApplyNext applies one transaction's worth of events.
func (l *Lane) ApplyNext(ctx context.Context) error { return l.applyNext(ctx) }

// Quick has the lane rest only after more than n events, and never be quick again once it has.
func (l *Lane) Quick(n int) { l.quick = rate.NewLimiter(0, n) }

// Resting reports whether the lane lets events gather.
func (l *Lane) Resting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.restsFor() > 0
}
