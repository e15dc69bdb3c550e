package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

func TestAgreeDueTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	f.clock.Set(at("2026-03-02 09:10"))
	ctx := auth.With(t.Context(), auth.Principal{Tenant: "default", Subject: "li"})
	long, short := f.clockOf(ctx, c, "long"), f.clockOf(ctx, c, "short")
	req := &slatimerv1.AgreeDueTimeRequest{
		RequestId: uuid.NewString(), ComplaintId: c, ClockId: long.GetClockId(), DueTime: timestamppb.New(at("2026-03-05 17:00")), Reason: "data_to_be_collected",
	}
	for range 2 { // a retry gets the same answer and changes nothing
		res, err := f.srv.AgreeDueTime(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.GetClock(); !got.GetDueTime().AsTime().Equal(at("2026-03-05 17:00")) || !got.GetRevised() {
			t.Errorf("clock = %v", got)
		}
	}
	replaced := slices.DeleteFunc(f.emitted(c), func(line string) bool { return !strings.Contains(line, "replaced") })
	if len(replaced) != 1 {
		t.Errorf("replacements told: %q, want one", replaced)
	}
	if last := f.armed[len(f.armed)-1]; !last.FireTime.Equal(at("2026-03-04 01:00")) {
		t.Errorf("armed for %v, want the warning at half the time", last.FireTime)
	}
	e, err := f.srv.ExplainClock(ctx, &slatimerv1.ExplainClockRequest{ComplaintId: c, ClockId: long.GetClockId()})
	if err != nil {
		t.Fatal(err)
	}
	if r := e.GetExplanation().GetRevisions(); len(r) != 1 || r[0].GetActor() != "person:li" || r[0].GetReason() != "data_to_be_collected" ||
		!r[0].GetPreviousDueTime().AsTime().Equal(at("2026-03-02 17:00")) || r[0].GetEventId() != req.GetRequestId() {
		t.Errorf("revisions = %v", r)
	}

	before := f.emitted(c)
	for reason, bad := range map[string]*slatimerv1.AgreeDueTimeRequest{
		"CLOCK_NOT_FOUND":     {ComplaintId: c, ClockId: uuid.NewString(), DueTime: req.GetDueTime()},
		"CLOCK_NOT_AGREEABLE": {ComplaintId: c, ClockId: short.GetClockId(), DueTime: req.GetDueTime()},
		"DUE_TIME_INVALID":    {ComplaintId: c, ClockId: long.GetClockId(), DueTime: timestamppb.New(at("2026-03-02 09:10"))},
	} {
		bad.RequestId, bad.Reason = uuid.NewString(), "x"
		if _, err := f.srv.AgreeDueTime(ctx, bad); fault.ReasonOf(err) != reason {
			t.Errorf("%v, want %s", err, reason)
		}
	}
	f.clock.Set(at("2026-03-06 09:00")) // past the due time, though no timer has fired yet
	late := &slatimerv1.AgreeDueTimeRequest{
		RequestId: uuid.NewString(), ComplaintId: c, ClockId: long.GetClockId(), DueTime: timestamppb.New(at("2026-03-09 09:00")), Reason: "x",
	}
	if _, err := f.srv.AgreeDueTime(ctx, late); fault.ReasonOf(err) != "CLOCK_NOT_PENDING" {
		t.Errorf("after the due time: %v", err)
	}
	if after := f.emitted(c); len(after) != len(before) {
		t.Errorf("refusals left events: %q", after[len(before):])
	}
}
