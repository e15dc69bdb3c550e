package server

import (
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// progressEvery is how many events lie between two tellings of progress.
const progressEvery = 20_000

// frames sends the frames of an answer, for several parts at once: a stream takes one sender at a time.
type frames struct {
	mu   sync.Mutex
	send func(*slatimerv1.SimulatePolicyResponse) error
}

func (f *frames) put(frame *slatimerv1.SimulatePolicyResponse) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.send(frame)
}

func (f *frames) difference(d domain.Difference) error {
	return f.put(&slatimerv1.SimulatePolicyResponse{Frame: &slatimerv1.SimulatePolicyResponse_Difference{Difference: &slatimerv1.ClockDifference{
		ComplaintId: d.ComplaintID, Policy: d.Policy, Round: int32(d.Round), Kind: slatimerv1.DifferenceKind(d.Kind),
		Before: standingProto(d.Before), After: standingProto(d.After), Post: d.Post,
	}}})
}

func (f *frames) summary(s *slatimerv1.SimulationSummary) error {
	return f.put(&slatimerv1.SimulatePolicyResponse{Frame: &slatimerv1.SimulatePolicyResponse_Summary{Summary: s}})
}

// read counts events read, and tells of it now and then.
func (sim *simulation) read(n int) {
	if after := sim.readEvents.Add(int64(n)); after/progressEvery != (after-int64(n))/progressEvery {
		_ = sim.progress() // a caller that went away is noticed by the context
	}
}

// progress tells how far the simulation has come.
func (sim *simulation) progress() error {
	return sim.frames.put(&slatimerv1.SimulatePolicyResponse{Frame: &slatimerv1.SimulatePolicyResponse_Progress{Progress: &slatimerv1.SimulationProgress{
		EventCount: sim.readEvents.Load(), EventTotal: sim.total, ComplaintCount: sim.complaints.Load(), ClockCount: sim.clocks.Load(),
	}}})
}

func standingProto(s *domain.Standing) *slatimerv1.SimulatedClock {
	if s == nil {
		return nil
	}
	out := &slatimerv1.SimulatedClock{DueTime: timestamppb.New(s.DueTime), State: slatimerv1.ClockState(s.State)}
	if !s.BreachTime.IsZero() {
		out.BreachTime = timestamppb.New(s.BreachTime)
	}
	return out
}

// summaryProto returns what a simulation came to.
func summaryProto(sim *simulation, before, after store.LiveTables) *slatimerv1.SimulationSummary {
	t := sim.tally
	out := &slatimerv1.SimulationSummary{
		Digest: sim.procedure.Digest, UntilTime: timestamppb.New(time.UnixMicro(sim.until.Load())), ComplaintCount: t.Complaints,
		FailedComplaintCount: t.Failed, FirstFailure: t.FirstFailure, Total: countProto(t.Total),
		ByPolicy: groupProtos(t.ByPolicy), ByPost: groupProtos(t.ByPost),
		Live: &slatimerv1.LiveTables{DigestBefore: before.Digest, DigestAfter: after.Digest, WorkedMeanwhile: before.Work != after.Work},
	}
	for _, c := range t.Categories() {
		group := &slatimerv1.SimulationGroup{Target: c.Target, Key: c.Value, Count: countProto(*t.ByCategory[c])}
		out.ByCategory = append(out.ByCategory, group)
	}
	out.DifferencesCut = t.Total.Compared()-t.Total.Kinds[domain.Unchanged] > int64(sim.listed)
	return out
}

func groupProtos(counts map[string]*domain.Count) []*slatimerv1.SimulationGroup {
	var out []*slatimerv1.SimulationGroup
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, &slatimerv1.SimulationGroup{Key: key, Count: countProto(*counts[key])})
	}
	return out
}

func countProto(c domain.Count) *slatimerv1.SimulationCount {
	return &slatimerv1.SimulationCount{
		ComparedCount: c.Compared(), UnchangedCount: c.Kinds[domain.Unchanged], BreachWonCount: c.Kinds[domain.BreachWon],
		BreachLostCount: c.Kinds[domain.BreachLost], DueMovedCount: c.Kinds[domain.DueMoved], OnlyBeforeCount: c.Kinds[domain.OnlyBefore],
		OnlyAfterCount: c.Kinds[domain.OnlyAfter], StateChangedCount: c.Kinds[domain.StateChanged],
		BreachedBeforeCount: c.BreachedBefore, BreachedAfterCount: c.BreachedAfter,
	}
}
