package procedure_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// Each kind of limit, from Friday 2026-03-06 16:00; the office is open Monday to Friday 09:00 to 17:00, but not on Monday the 9th.
func TestScheduleOfEachLimit(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]string{
		"{hours: 1.5}":              "2026-03-06 17:30",
		"{working_hours: 8}":        "2026-03-10 16:00",
		"{calendar_days: 7}":        "2026-03-13 16:00",
		"{counted_days: 1}":         "2026-03-10 16:00",
		"{end_of_counted_day: 1}":   "2026-03-10 17:00",
		"{same_day: true}":          "2026-03-07 00:00",
		"{agreed: fields.happened}": "2026-03-08 12:00",
	} {
		p, err := build(strings.Replace(base, "{working_hours: 8}", limit, 1))
		if err != nil {
			t.Fatal(err)
		}
		f := procedure.Facts{Fields: map[string]procedure.Value{"happened": procedure.Time(beijing(t, "2026-03-08 12:00"))}}
		if got := due(t, p, "work", "2026-03-06 16:00", f); !got.Equal(beijing(t, want)) {
			t.Errorf("%s: due %v, want %v", limit, got, want)
		}
	}
}

func TestScheduleStartsAtNextOpening(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	clock, _ := p.Clock("work")
	got, err := clock.Schedule(beijing(t, "2026-03-06 18:00"), procedure.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	want := procedure.Schedule{
		StartTime: beijing(t, "2026-03-10 09:00").UTC(), DueTime: beijing(t, "2026-03-10 17:00").UTC(),
		WarnTimes: []time.Time{beijing(t, "2026-03-10 13:00").UTC(), beijing(t, "2026-03-10 16:00").UTC()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	for urgent, want := range map[bool]bool{true: true, false: false} {
		f := procedure.Facts{Fields: map[string]procedure.Value{"urgent": procedure.Flag(urgent)}}
		if got, err := clock.Applies(f, time.Time{}); got != want || err != nil {
			t.Errorf("urgent %v: the clock starts %v, %v", urgent, got, err)
		}
	}
}

// a call that begins in working time and ends after it was received in working time, whatever the limit counts from.
func TestClockSeesReceiptAndStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when, received, at string
		want               bool
	}{
		{"receipt.open", "2026-03-06 16:50", "2026-03-06 17:10", true},
		{"start.open", "2026-03-06 16:50", "2026-03-06 17:10", false},
		{"receipt.open", "2026-03-06 08:50", "2026-03-06 09:10", false},
		{"start.open", "2026-03-06 08:50", "2026-03-06 09:10", true},
		{"receipt.counted_day", "2026-03-06 23:50", "2026-03-07 00:10", true},
		{"start.counted_day", "2026-03-06 23:50", "2026-03-07 00:10", false},
	} {
		p, err := build(strings.Replace(base, "when: fields.urgent\n", "when: "+c.when+"\n", 1))
		if err != nil {
			t.Fatal(err)
		}
		clock, _ := p.Clock("work")
		got, err := clock.Applies(procedure.Facts{Received: beijing(t, c.received)}, beijing(t, c.at))
		if got != c.want || err != nil {
			t.Errorf("%s, received %s and counted from %s: %v, %v", c.when, c.received, c.at, got, err)
		}
	}
}

func TestScheduleBeyondWhatIsKnown(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	clock, _ := p.Clock("work")
	if s, err := clock.Schedule(beijing(t, "2031-03-06 10:00"), procedure.Facts{}); err != nil || !s.Provisional {
		t.Errorf("in a year without published holidays: %+v, %v", s, err)
	}
	if _, err := clock.Schedule(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), procedure.Facts{}); !errors.Is(err, calendar.ErrOutOfRange) {
		t.Errorf("past the end of the calendar: %v", err)
	}
	agreed, _ := p.Clock("agreed")
	if _, err := agreed.Schedule(beijing(t, "2026-03-06 10:00"), procedure.Facts{}); !errors.Is(err, procedure.ErrNotAgreed) {
		t.Errorf("nothing was agreed: %v", err)
	}
}

func TestVisitApplies(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	visit, _ := p.Visit("check")
	for round, want := range map[int]bool{1: true, 2: true, 3: false} {
		if got, err := visit.Applies(procedure.Facts{Round: round}); got != want || err != nil {
			t.Errorf("round %d: the visit is due %v, %v", round, got, err)
		}
	}
	if visit.MaxAttempts != 3 {
		t.Errorf("%d attempts where the pack does not say, want 3", visit.MaxAttempts)
	}
}

// A metric that cannot be worked out says where it stands.
func TestMetricError(t *testing.T) {
	t.Parallel()
	p, err := build(changed(t, "clocks.work.breached > 0", "contacts / rounds"))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := p.Metric("late")
	if _, _, err := m.Value(procedure.MetricFacts{}); err == nil || !strings.Contains(err.Error(), "metrics[late].numerator") {
		t.Errorf("division by zero: %v", err)
	}
	if n, d, err := m.Value(procedure.MetricFacts{Contacts: 4, Rounds: 2, Milestones: map[string]int{"worked": 3}}); n != 2 || d != 3 || err != nil {
		t.Errorf("%d/%d, %v, want 2/3", n, d, err)
	}
}
