package server

import (
	"testing"
	"time"

	"github.com/google/uuid"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
)

func closed(id string, at time.Time) events.Draft {
	return events.Draft{AggregateID: id, OccurTime: at, Message: &followupv1.ComplaintClosed{Round: 1}}
}

func reopened(id string) events.Draft {
	return events.Draft{AggregateID: id, OccurTime: now, Message: &followupv1.ComplaintReopened{Round: 2}}
}

func TestFollowupSaysWhetherAComplaintIsClosed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.register(t), f.register(t)
	in := eventstest.Deliver(t, f.pool, f.Fold, eventstest.Twice(), eventstest.Shuffled())
	in.Deliver(closed(a.GetComplaintId(), now), closed(b.GetComplaintId(), now.Add(time.Hour)), reopened(a.GetComplaintId()))
	for _, want := range []struct {
		id      string
		state   intakev1.ComplaintState
		version int64
		close   bool
	}{
		{a.GetComplaintId(), intakev1.ComplaintState_COMPLAINT_STATE_OPEN, 3, false},
		{b.GetComplaintId(), intakev1.ComplaintState_COMPLAINT_STATE_CLOSED, 2, true},
	} {
		got, err := f.GetComplaint(f.ctx, byID(want.id))
		if err != nil {
			t.Fatal(err)
		}
		c := got.GetComplaint()
		if c.GetState() != want.state || c.GetVersion() != want.version || (c.GetCloseTime() != nil) != want.close {
			t.Errorf("got %v at version %d, closed %v; want %+v", c.GetState(), c.GetVersion(), c.GetCloseTime(), want)
		}
	}
	if n := len(eventstest.Emitted(t, f.pool)); n != 2 {
		t.Errorf("%d events in the outbox, want the two registrations alone", n)
	}
}

func TestAWithdrawnComplaintStaysWithdrawn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	if _, err := f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId()}); err != nil {
		t.Fatal(err)
	}
	eventstest.Deliver(t, f.pool, f.Fold).Deliver(closed(c.GetComplaintId(), now))
	got, err := f.GetComplaint(f.ctx, byID(c.GetComplaintId()))
	if err != nil || got.GetComplaint().GetState() != intakev1.ComplaintState_COMPLAINT_STATE_WITHDRAWN {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestEventsOfUnknownComplaintsAreParked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	known := f.register(t).GetComplaintId()
	in := eventstest.Deliver(t, f.pool, f.Fold, eventstest.Parks())
	stranger := closed(known, now)
	stranger.Tenant = "other"
	in.Deliver(closed(uuid.NewString(), now), closed("not-an-id", now), stranger)
	if n := len(in.Parked()); n != 3 {
		t.Errorf("%d events are parked, want 3", n)
	}
	got, err := f.GetComplaint(f.ctx, byID(known))
	if err != nil || got.GetComplaint().GetVersion() != 1 {
		t.Errorf("another tenant's event changed %v, %v", got, err)
	}
}

// Where a complaint runs is decided elsewhere; intake keeps it, for closed complaints too.
func TestAComplaintIsPinnedAnew(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	open, done := f.register(t), f.register(t)
	next := f.activate(t, furniture("2026-02")).GetEdition()
	moved := func(c *intakev1.Complaint) events.Draft {
		return events.Draft{AggregateID: c.GetComplaintId(), OccurTime: now, Message: &followupv1.FollowupMigrated{Edition: next}}
	}
	in := eventstest.Deliver(t, f.pool, f.Fold, eventstest.Twice(), eventstest.Shuffled())
	in.Deliver(moved(open), closed(done.GetComplaintId(), now), moved(done), moved(done))
	for id, version := range map[string]int64{open.GetComplaintId(): 2, done.GetComplaintId(): 3} {
		got, err := f.GetComplaint(f.ctx, byID(id))
		if err != nil {
			t.Fatal(err)
		}
		if c := got.GetComplaint(); c.GetEdition().GetEdition() != "2026-02" || c.GetEdition().GetDigest() != next.GetDigest() || c.GetVersion() != version {
			t.Errorf("it runs by %v at version %d, want 2026-02 at %d", c.GetEdition(), c.GetVersion(), version)
		}
	}
}
