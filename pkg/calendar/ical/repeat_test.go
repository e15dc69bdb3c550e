package ical

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
)

// list draws an RRULE's list of numbers from low to high, 0 left out.
func list(t *rapid.T, part string, low, high int) string {
	n := rapid.SliceOfNDistinct(rapid.IntRange(low, high).Filter(func(n int) bool { return n != 0 }), 1, 4, rapid.ID).Draw(t, part)
	var texts []string
	for _, n := range n {
		texts = append(texts, strconv.Itoa(n))
	}
	return ";" + part + "=" + strings.Join(texts, ",")
}

// Yearly rules are unrolled as rrule-go unrolls them, whose iterator is only
// trusted where it ends.
func TestYearlyRulesAgreeWithRruleGo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := calendar.Date{Year: 2020, Month: 1, Day: 1}.AddDays(rapid.IntRange(-3000, 3000).Draw(t, "first"))
		rule := "FREQ=YEARLY"
		some := func(part string, low, high int) {
			if rapid.IntRange(0, 2).Draw(t, "with "+part) == 0 {
				rule += list(t, part, low, high)
			}
		}
		// Not all at once: a rule that gives no date costs rrule-go eight
		// thousand years.
		if rapid.Bool().Draw(t, "by day of the year") {
			some("BYYEARDAY", -366, 366)
		} else {
			some("BYMONTH", 1, 12)
			some("BYMONTHDAY", -31, 31)
		}
		if rapid.Bool().Draw(t, "with BYDAY") {
			day := rapid.SampledFrom([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"})
			// All with a number or none: of "MO,1MO" rrule-go makes what is both.
			n := rapid.Just("")
			if rapid.Bool().Draw(t, "numbered") {
				n = rapid.SampledFrom([]string{"1", "2", "-1", "-2", "5", "-5"})
			}
			rule += fmt.Sprintf(";BYDAY=%s%s,%s%s", n.Draw(t, "n"), day.Draw(t, "day"), n.Draw(t, "n"), day.Draw(t, "day"))
		}
		some("BYSETPOS", -4, 4)
		if rapid.Bool().Draw(t, "with INTERVAL") {
			rule += fmt.Sprintf(";INTERVAL=%d", rapid.IntRange(1, 5).Draw(t, "interval"))
		}
		switch rapid.IntRange(0, 2).Draw(t, "end") {
		case 1:
			rule += fmt.Sprintf(";COUNT=%d", rapid.IntRange(1, 30).Draw(t, "count"))
		case 2:
			rule += ";UNTIL=" + compact(first.AddDays(rapid.IntRange(0, 9000).Draw(t, "until")))
		}
		const firstYear, lastYear = 2018, 2040
		got, _, err := yearly(rule, first, firstYear, lastYear)
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		r, err := rrule.StrToRRule(fmt.Sprintf("DTSTART:%sT000000Z\nRRULE:%s", compact(first), rule))
		if err != nil {
			t.Fatal(err)
		}
		var want []calendar.Date
		for _, at := range r.Between(time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(lastYear, 12, 31, 0, 0, 0, 0, time.UTC), true) {
			y, m, d := at.Date()
			want = append(want, calendar.Date{Year: y, Month: m, Day: d})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s from %v (-rrule-go +got):\n%s", rule, first, diff)
		}
	})
}
