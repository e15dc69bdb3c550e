package procedure_test

import (
	"errors"
	"testing"
	"time"

	"redress.dev/pkg/calendar/holidays"
	"redress.dev/pkg/procedure"
)

// S1-39: two working days from the day on which the structure is fixed, Saturday counted, public holidays not.
func TestADirectoryIsRenewedInCountedDays(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	for _, c := range []struct {
		name, fixed, due string
		provisional      bool
	}{
		{"in the week", "2026-03-03 10:00", "2026-03-05 10:00", false},
		{"over a Sunday", "2026-03-06 15:00", "2026-03-09 15:00", false},
		{"on a Sunday", "2026-03-08 15:00", "2026-03-11 00:00", false},
		{"over the Spring Festival", "2026-02-13 09:00", "2026-02-24 09:00", false},
		{"in a year without holidays yet", "2032-03-03 10:00", "2032-03-05 10:00", true},
	} {
		got, err := p.RenewalDue(beijing(t, c.fixed))
		if err != nil || !got.DueTime.Equal(beijing(t, c.due)) || got.Provisional != c.provisional {
			t.Errorf("%s: fixed %s, due %v (provisional %v, %v), want %s", c.name, c.fixed, got.DueTime, got.Provisional, err, c.due)
		}
	}
}

func TestHeadsAndKeeper(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	for post, want := range map[string]string{"sales_dealer": "head_sales", "manufacturing_furniture": "head_manufacturing", "seat_agent": "", "head_sales": ""} {
		if got, ok := p.Post(post); !ok || got.Head != want {
			t.Errorf("the head of %s is %q, want %q", post, got.Head, want)
		}
	}
	if p.Directory.Keeper != "team_leader" || p.Directory.Deputies {
		t.Errorf("rules: %+v; S1 wants a keeper and no deputies", p.Directory)
	}
	plain := load(t, "handbook/2026-01")
	if _, err := plain.RenewalDue(time.Date(2026, 3, 3, 2, 0, 0, 0, time.UTC)); !errors.Is(err, procedure.ErrNoRenewal) {
		t.Errorf("a pack without a renewal: %v", err)
	}
}

// Holidays that were published later count for the renewal as for every clock.
func TestARenewalFollowsPublishedHolidays(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	none, err := p.WithHolidays(map[string]holidays.Set{"cn": {}})
	if err != nil {
		t.Fatal(err)
	}
	at := beijing(t, "2026-02-13 09:00")
	shipped, err := p.RenewalDue(at)
	if err != nil {
		t.Fatal(err)
	}
	other, err := none.RenewalDue(at)
	if err != nil || !other.DueTime.Before(shipped.DueTime) {
		t.Errorf("without the Spring Festival it is due %v (%v), with it %v", other.DueTime, err, shipped.DueTime)
	}
}
