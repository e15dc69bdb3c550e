package calendar_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar"
)

func TestEndOfDay(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	got, err := c.EndOfDay(at(t, c, "2026-03-07 10:00"))
	expect(t, c, "the end of a Saturday", got, err, "2026-03-08 00:00")
	got, err = c.EndOfDay(at(t, c, "2026-03-07 00:00"))
	expect(t, c, "the end of a day that has just begun", got, err, "2026-03-08 00:00")
}

func TestAddDaysCountsEveryDate(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	got, err := c.AddDays(at(t, c, "2026-09-30 10:00"), 15)
	expect(t, c, "fifteen calendar days over a holiday", got, err, "2026-10-15 10:00")
	got, err = c.AddDays(at(t, c, "2026-09-30 10:00"), 0)
	expect(t, c, "no days", got, err, "2026-09-30 10:00")
}

func TestProvisionalPastTheLastAnnouncedYear(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t) // known through 2026-12-31
	start := at(t, c, "2026-12-30 10:00")
	for end, want := range map[string]bool{
		"2026-12-31 18:00": false, "2026-12-31 23:59": false, "2027-01-01 00:00": true, "2027-01-04 10:00": true,
	} {
		if got := c.Provisional(start, at(t, c, end)); got != want {
			t.Errorf("Provisional until %s = %v, want %v", end, got, want)
		}
		if got := c.Provisional(at(t, c, end), start); got != want {
			t.Errorf("Provisional backward from %s = %v, want %v", end, got, want)
		}
	}
	c = newYorkOffice(t) // everything is known
	if c.Provisional(start, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error("Provisional in a calendar without a last known date")
	}
}

func TestTraceNamesWhatItMet(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	start := at(t, c, "2026-02-13 17:00") // Friday before Spring Festival
	pause := calendar.Pause{From: at(t, c, "2026-02-14 10:00"), To: at(t, c, "2026-02-14 15:00")}
	due, err := c.AddWorking(start, 6*time.Hour, pause)
	expect(t, c, "the deadline", due, err, "2026-02-24 10:00")
	spans, err := c.Trace(start, due, pause)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range spans {
		got = append(got, s.From.Format("01-02 15:04 ")+s.To.Format("01-02 15:04 ")+s.Kind.String()+s.Name)
	}
	want := []string{
		"02-13 17:00 02-13 18:00 counted",
		"02-14 00:00 02-15 00:00 extra day春节",
		"02-14 09:00 02-14 10:00 counted",
		"02-14 10:00 02-14 15:00 paused",
		"02-14 15:00 02-14 18:00 counted",
		"02-15 00:00 02-16 00:00 holiday春节", "02-16 00:00 02-17 00:00 holiday春节", "02-17 00:00 02-18 00:00 holiday春节",
		"02-18 00:00 02-19 00:00 holiday春节", "02-19 00:00 02-20 00:00 holiday春节", "02-20 00:00 02-21 00:00 holiday春节",
		"02-21 00:00 02-22 00:00 holiday春节", "02-22 00:00 02-23 00:00 holiday春节", "02-23 00:00 02-24 00:00 holiday春节",
		"02-24 09:00 02-24 10:00 counted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}

func TestTraceListsTheExceptionItEndsOn(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	spans, err := c.Trace(at(t, c, "2026-02-13 17:00"), at(t, c, "2026-02-14 10:00"))
	if err != nil || len(spans) != 3 || spans[1].Kind != calendar.ExtraDay || spans[1].Name != "春节" {
		t.Errorf("trace to a make-up day = %v, %v, want it listed between the two counted spans", spans, err)
	}
}

func TestDatesAndTimesOfDayReadWhatTheyWrite(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"00:00", "08:30", "23:59:59", "24:00"} {
		if tod, err := calendar.ParseTimeOfDay(s); err != nil || tod.String() != s {
			t.Errorf("ParseTimeOfDay(%q) = %v, %v", s, tod, err)
		}
	}
	for _, s := range []string{"", "8:30", "24:01", "08:30:00.5", "25:00", "08h30"} {
		if tod, err := calendar.ParseTimeOfDay(s); err == nil {
			t.Errorf("ParseTimeOfDay(%q) = %v, want an error", s, tod)
		}
	}
	for _, s := range []string{"", "2026-2-3", "2026-02-30", "20260203"} {
		if d, err := calendar.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
	var d calendar.Date
	if err := d.UnmarshalText([]byte("2024-02-29")); err != nil || d.String() != "2024-02-29" || d.IsZero() {
		t.Errorf("UnmarshalText = %v, %v", d, err)
	}
	if text, err := d.MarshalText(); err != nil || string(text) != "2024-02-29" {
		t.Errorf("MarshalText = %s, %v", text, err)
	}
}
