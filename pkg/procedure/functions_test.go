package procedure_test

import (
	"testing"
	"time"

	"redress.dev/pkg/procedure"
)

// A warranty of three years compares dates; how long a date is, is known, so that its cost is bounded (S3-16).
func TestMonthsAfterAndDateOf(t *testing.T) {
	t.Parallel()
	p, err := build(changed(t, "\nposts:", `
  - target: warranty
    cases:
      - {when: "date_of(fields.happened) == ''", value: unknown}
      - {when: "date_of(received) <= date_of(months_after(fields.happened, 36))", value: inside}
      - {value: past}
posts:`))
	if err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("", 8*60*60)
	for _, c := range []struct {
		name           string
		from, received time.Time
		want           string
	}{
		{"no date", time.Time{}, time.Date(2026, 3, 9, 10, 0, 0, 0, shanghai), "unknown"},
		{"the last minute of the anniversary", time.Date(2023, 3, 10, 15, 0, 0, 0, shanghai), time.Date(2026, 3, 10, 23, 59, 0, 0, shanghai), "inside"},
		{"the day after in the numbering's zone", time.Date(2023, 3, 10, 15, 0, 0, 0, shanghai), time.Date(2026, 3, 11, 0, 0, 0, 0, shanghai), "past"},
		{"from the 29th of February to its month's end", time.Date(2024, 2, 29, 0, 0, 0, 0, shanghai), time.Date(2027, 2, 28, 12, 0, 0, 0, shanghai), "inside"},
		{"and not into March", time.Date(2024, 2, 29, 0, 0, 0, 0, shanghai), time.Date(2027, 3, 1, 0, 0, 0, 0, shanghai), "past"},
	} {
		f := procedure.Facts{Round: 1, Received: c.received.UTC()}
		if !c.from.IsZero() {
			f.Fields = map[string]procedure.Value{"happened": procedure.Time(c.from)}
		}
		got, err := p.Classify(f)
		if err != nil {
			t.Fatal(err)
		}
		if got["warranty"] != c.want {
			t.Errorf("%s: %q, want %q", c.name, got["warranty"], c.want)
		}
	}
}
