package server_test

import (
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
)

func TestFoldTurnsALifeIntoClocks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"))
	f.in.Deliver(opened(c, "w", "2026-03-02 09:00"))
	if n := f.count(`SELECT count(*) FROM timer_armed WHERE shard = $1`, events.PartOf(c)); n != 2 {
		t.Errorf("%d timers are armed for two running clocks", n)
	}
	if len(f.armed) != 2 {
		t.Errorf("the engine was told of %d timers, want 2", len(f.armed))
	}
	f.in.Deliver(completed(c, "w", "2026-03-02 09:30"), draft(c, "2026-03-02 09:30", &routingv1.MilestoneReached{Milestone: "acted", Step: "act", Round: 1}))
	f.in.Deliver(draft(c, "2026-03-02 10:00", &intakev1.ContactRecorded{Purpose: "response", Content: []string{"progress"}}))
	f.in.Deliver(closed(c, "2026-03-02 11:00"))
	f.expect(c,
		"03-02 09:00 long started, due 03-02 17:00", "03-02 09:00 short started, due 03-02 10:00",
		"03-02 09:30 long met", "03-02 09:30 short met", "03-02 09:30 after started, due 03-02 11:30",
		"03-02 09:30 talk started, due 03-02 13:30", "03-02 10:00 talk met",
		"03-02 11:00 after cancelled", "03-02 11:00 archive started, due 03-03 11:00")
	if n := f.count(`SELECT count(*) FROM timer_armed`); n != 1 {
		t.Errorf("%d timers are armed, want that of the archive", n)
	}
	if n := f.count(`SELECT count(*) FROM clock WHERE state = 2 AND end_time IS NOT NULL AND next_time IS NULL`); n != 3 {
		t.Errorf("%d clocks are kept as met, want 3", n)
	}
}

// JetStream delivers at least once and in any order; the lanes put that right, many complaints to a batch.
func TestFoldTwiceAndShuffled(t *testing.T) {
	t.Parallel()
	f := newFixture(t, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(64))
	var complaints []string
	for range 40 {
		complaints = append(complaints, newID())
	}
	for _, stage := range []func(string) []events.Draft{
		func(c string) []events.Draft {
			return []events.Draft{f.registered(c, "2026-03-02 08:30"),
				draft(c, "2026-03-02 09:15", &intakev1.ContactRecorded{Purpose: "other"}), draft(c, "2026-03-02 09:40", &intakev1.ContactRecorded{Purpose: "response", Content: []string{"progress"}})}
		},
		func(c string) []events.Draft {
			return []events.Draft{opened(c, "w", "2026-03-02 09:00"), completed(c, "w", "2026-03-02 10:30"),
				draft(c, "2026-03-02 09:30", &routingv1.MilestoneReached{Milestone: "acted", Step: "act", Round: 1})}
		},
		func(c string) []events.Draft { return []events.Draft{closed(c, "2026-03-02 12:00")} },
	} {
		var drafts []events.Draft
		for _, c := range complaints {
			drafts = append(drafts, stage(c)...)
		}
		f.in.Deliver(drafts...)
	}
	for _, c := range complaints {
		f.expect(c,
			"03-02 09:00 long started, due 03-02 17:00", "03-02 09:00 short started, due 03-02 10:00",
			"03-02 10:30 long met", "03-02 10:00 short breached", "03-02 10:30 short stopped, late 30m0s", "03-02 10:30 after started, due 03-02 12:30",
			"03-02 09:30 talk started, due 03-02 13:30", "03-02 09:40 talk met",
			"03-02 12:00 after cancelled", "03-02 12:00 archive started, due 03-03 12:00")
	}
}

func TestFoldParksWhatCanNeverBeApplied(t *testing.T) {
	t.Parallel()
	f := newFixture(t, eventstest.Parks())
	good, twice := newID(), newID()
	f.in.Deliver(
		opened("no-uuid", "w", "2026-03-02 09:00"),
		opened(newID(), "w", "2026-03-02 09:00"),
		f.registered(twice, "2026-03-02 09:00"), f.registered(twice, "2026-03-02 09:00"), opened(twice, "w", "2026-03-02 09:00"),
		f.registered(good, "2026-03-02 09:00"), opened(good, "w", "2026-03-02 09:00"),
	)
	if n := len(f.in.Parked()); n != 4 {
		t.Errorf("%d events are parked, want those of unknown complaints, the second registration and what stands behind it", n)
	}
	if n := f.count(`SELECT count(*) FROM clock`); n != 2 {
		t.Errorf("%d clocks run, want the two of the good complaint", n)
	}
}

// Two tenants may use one id; their clocks have nothing to do with each other.
func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	theirs := func(d events.Draft) events.Draft { d.Tenant = "other"; return d }
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	f.in.Deliver(theirs(f.registered(c, "2026-03-02 08:30")), theirs(opened(c, "w", "2026-03-02 09:00")))
	f.in.Deliver(completed(c, "w", "2026-03-02 09:30"))
	if n := f.count(`SELECT count(*) FROM clock WHERE tenant = 'other' AND state = 1`); n != 2 {
		t.Errorf("%d clocks of the other tenant run, want 2", n)
	}
	if n := f.count(`SELECT count(*) FROM clock WHERE tenant = 'default' AND state = 2`); n != 2 {
		t.Errorf("%d clocks of the first are met, want 2", n)
	}
}

// What a guard and an agreed time see is kept between batches.
func TestFactsAreKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	agreed := &typev1.Value{Kind: &typev1.Value_Time{Time: timestamppb.New(at("2026-03-05 17:00"))}}
	f.in.Deliver(draft(c, "2026-03-02 08:30", &intakev1.ComplaintRegistered{
		Edition: &typev1.Edition{Digest: f.digest}, Channel: "agreed", Flow: "only", CountTime: timestamppb.New(at("2026-03-02 08:30")),
		Fields: map[string]*typev1.Value{"agreed": agreed},
	}))
	f.in.Deliver(draft(c, "2026-03-02 09:00", &routingv1.WorkCompleted{WorkId: "w", Step: "check", Round: 1, Fields: map[string]*typev1.Value{"agreed": agreed}}))
	f.expect(c, "03-02 08:30 agreed started, due 03-05 17:00")
	q := `SELECT count(*) FROM clock_file WHERE facts #>> '{Answers,check,agreed,time}' LIKE '2026-03-05T09:00:00%' AND facts ->> 'Channel' = 'agreed'`
	if n := f.count(q); n != 1 {
		t.Error("what completed work recorded is not kept")
	}
}
