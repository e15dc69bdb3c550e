package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
)

// limited registers a complaint whose clock is the one of its channel.
func (f *fixture) limited(complaint, channel, when string) events.Draft {
	return draft(complaint, when, &intakev1.ComplaintRegistered{
		Edition: &typev1.Edition{Digest: f.digest}, Channel: channel, Flow: "only", CountTime: timestamppb.New(at(when)),
	})
}

// feed is the holidays of 2027 as a feed could have them, with Friday January 1 off and Saturday January 2 worked.
const feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:Notice 2027\r\n" +
	"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20270101\r\nSUMMARY:元旦（休）\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20270102\r\nSUMMARY:元旦（班）\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func publish(feed string, first, last int32) *slatimerv1.PublishHolidaysRequest {
	return &slatimerv1.PublishHolidaysRequest{RequestId: uuid.NewString(), Key: "cn", Content: &slatimerv1.PublishHolidaysRequest_Icalendar{
		Icalendar: &slatimerv1.HolidayFile{Data: []byte(feed), FirstYear: first, LastYear: last},
	}}
}

func asOperator(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Principal{Tenant: "default", Subject: "ops"})
}

// When the year arrives, provisional deadlines are derived again, with an event; deadlines that it does not change say nothing.
func TestPublishedHolidaysMoveProvisionalDeadlines(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := asOperator(t.Context())
	if err := f.srv.ShipHolidays(ctx); err != nil {
		t.Fatal(err)
	}
	moved, same, night := newID(), newID(), newID()
	f.in.Deliver(f.limited(moved, "counted_days", "2026-12-31 10:00"), f.limited(same, "counted_days", "2026-12-29 15:00"), f.limited(night, "hours", "2026-12-31 10:00"))
	f.expect(moved, "12-31 10:00 counted_days started, due 01-04 10:00") // Friday and Monday
	f.clock.Set(at("2026-12-31 12:00"))
	req := publish(feed, 2027, 2027)
	for range 2 { // a retry changes nothing more
		res, err := f.srv.PublishHolidays(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if h := res.GetHolidays(); h.GetSource() != "Notice 2027" || len(h.GetDays()) != 2 || h.GetKnownThroughDate() != "2027-12-31" {
			t.Errorf("published %v", h)
		}
		if err := f.srv.RederiveAll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// Friday is off now and Saturday works: Saturday and Monday.
	f.expect(moved, "12-31 10:00 counted_days started, due 01-04 10:00", "12-31 12:00 counted_days replaced, due 01-04 10:00")
	f.expect(same, "12-29 15:00 counted_days started, due 12-31 15:00")
	f.expect(night, "12-31 10:00 hours started, due 01-01 22:00")
	clock := f.clockOf(ctx, moved, "counted_days")
	if clock.GetProvisional() || !clock.GetRevised() {
		t.Errorf("clock %v, want a revised one that is final", clock)
	}
	e, err := f.srv.ExplainClock(ctx, &slatimerv1.ExplainClockRequest{ComplaintId: moved, ClockId: clock.GetClockId()})
	if err != nil {
		t.Fatal(err)
	}
	if x := e.GetExplanation(); !x.GetVerified() || !strings.HasPrefix(x.GetHolidays(), "cn@2027-") || !strings.HasPrefix(x.GetRevisions()[0].GetPreviousHolidays(), "cn@2026-") {
		t.Errorf("explanation %v", x)
	}
	if en := strings.Join(e.GetExplanation().GetSentencesEn(), " "); !strings.Contains(en, "Closed as holidays: 2027-01-01 元旦.") || !strings.Contains(en, "Open as make-up or special days: 2027-01-02") {
		t.Errorf("sentences: %s", en)
	}
	// What starts from now on counts with the new year at once.
	late := newID()
	f.in.Deliver(f.limited(late, "counted_days", "2026-12-31 12:00"))
	f.expect(late, "12-31 12:00 counted_days started, due 01-04 12:00")
	if f.clockOf(ctx, late, "counted_days").GetProvisional() {
		t.Error("a deadline in a published year is provisional")
	}
	list, err := f.srv.ListHolidays(ctx, &slatimerv1.ListHolidaysRequest{Key: "cn"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list.GetHolidays()); n != 2 || !list.GetHolidays()[0].GetCurrent() || !list.GetHolidays()[1].GetShipped() {
		t.Errorf("holidays %v", list)
	}
}

// A bad feed is refused, and the last good holidays go on counting (lesson 25).
func TestHolidaysThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := asOperator(t.Context())
	if err := f.srv.ShipHolidays(ctx); err != nil {
		t.Fatal(err)
	}
	days := func(known string, dates ...string) *slatimerv1.PublishHolidaysRequest {
		d := &slatimerv1.HolidayDays{KnownThroughDate: known}
		for _, date := range dates {
			d.Days = append(d.Days, &slatimerv1.HolidayDay{Date: date, Off: true})
		}
		return &slatimerv1.PublishHolidaysRequest{RequestId: uuid.NewString(), Key: "cn", Content: &slatimerv1.PublishHolidaysRequest_Days{Days: d}}
	}
	for name, tt := range map[string]struct {
		req    *slatimerv1.PublishHolidaysRequest
		reason string
	}{
		"no calendar file":      {publish("holidays: none", 2027, 2027), "HOLIDAYS_INVALID"},
		"cut off":               {publish(feed[:120], 2027, 2027), "HOLIDAYS_INVALID"},
		"years the wrong way":   {publish(feed, 2028, 2027), "HOLIDAYS_INVALID"},
		"less than is known":    {days("2025-12-31", "2025-01-01"), "HOLIDAYS_SHORTENED"},
		"a date twice":          {days("2027-12-31", "2027-01-01", "2027-01-01"), "HOLIDAYS_INVALID"},
		"no such date":          {days("2027-12-31", "2027-02-30"), "HOLIDAYS_INVALID"},
		"past what is known":    {days("2027-12-31", "2028-01-01"), "HOLIDAYS_INVALID"},
		"known through nothing": {days("2027-13-31", "2027-01-01"), "HOLIDAYS_INVALID"},
	} {
		if _, err := f.srv.PublishHolidays(ctx, tt.req); fault.ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v, want %s", name, err, tt.reason)
		}
	}
	if n := f.count(`SELECT count(*) FROM holiday_edition`); n != 1 {
		t.Errorf("%d editions are kept, want the shipped one", n)
	}
}

// What one tenant publishes concerns its own clocks alone, and cut off anywhere the rest is derived later.
func TestHolidaysOfOneTenant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := asOperator(t.Context())
	if err := f.srv.ShipHolidays(ctx); err != nil {
		t.Fatal(err)
	}
	mine, theirs := newID(), newID()
	foreign := f.limited(theirs, "end_of_counted_day", "2026-12-31 10:00")
	foreign.Tenant = "other"
	f.in.Deliver(f.limited(mine, "end_of_counted_day", "2026-12-31 10:00"), foreign)
	if _, err := f.srv.PublishHolidays(ctx, publish(feed, 2027, 2027)); err != nil {
		t.Fatal(err)
	}
	if err := f.srv.RederiveAll(ctx); err != nil {
		t.Fatal(err)
	}
	f.expect(mine, "12-31 10:00 end_of_counted_day started, due 01-01 18:00", "03-02 08:00 end_of_counted_day replaced, due 01-02 18:00")
	if n := f.count(`SELECT count(*) FROM clock WHERE tenant = 'other' AND holidays LIKE 'cn@2026-%' AND provisional`); n != 1 {
		t.Errorf("the other tenant has %d provisional clocks, want 1", n)
	}
}
