package procedure

import (
	"testing"
	"time"
)

func TestCountsOverLinkedComplaints(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC) }
	linked := []Linked{
		{ComplaintID: "a", Complainant: "li", ReceiveTime: day(1)},
		{ComplaintID: "b", Complainant: "wang", ReceiveTime: day(2)},
		{ComplaintID: "c", Complainant: "li", ReceiveTime: day(10)},
		{ComplaintID: "d", Complainant: "zhao", ReceiveTime: day(11), NotCounted: true},
		{ComplaintID: "e", Complainant: "sun", ReceiveTime: day(11)},
	}
	tests := []struct {
		name   string
		of     countOf
		window int // days
		self   int // index in linked
		want   int
	}{
		{"all that count", complaints, 0, 0, 4},
		{"different people", complainants, 0, 0, 3},
		{"one not to be counted counts for itself", complaints, 0, 3, 5},
		{"within two days of the first", complaints, 2, 0, 2},
		{"people within two days of the third", complainants, 2, 2, 2},
		{"nine days reach from the second to the last", complaints, 9, 1, 4},
		{"none is before the first", earlier, 0, 0, 0},
		{"three are before the last, and one of them does not count", earlier, 0, 4, 3},
		{"of two at one instant the lesser id is the earlier", earlier, 0, 3, 3},
	}
	for _, tt := range tests {
		f := Facts{ComplaintID: linked[tt.self].ComplaintID, Received: linked[tt.self].ReceiveTime, Links: map[LinkKind][]Linked{SameMatter: linked}}
		c := count{key: "k", link: SameMatter, of: tt.of, window: time.Duration(tt.window) * 24 * time.Hour}
		if got := c.value(f); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	alone := Facts{ComplaintID: "x"}
	if got := (count{link: Group, of: complainants}).value(alone); got != 1 {
		t.Errorf("a complaint that is linked with none counts %d complainants, want 1", got)
	}
	if got := (count{link: RepeatOf, of: earlier}).value(alone); got != 0 {
		t.Errorf("a complaint that is linked with none counts %d earlier ones, want 0", got)
	}
}

func TestAddMonthsKeepsTheTimeOfDay(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		from   string
		months int
		want   string
	}{
		{"2023-03-03 10:00", 36, "2026-03-03 10:00"},
		{"2026-01-31 23:59", 1, "2026-02-28 23:59"},
		{"2024-02-29 08:00", 12, "2025-02-28 08:00"},
		{"2026-03-31 00:00", -1, "2026-02-28 00:00"},
		{"2026-03-01 00:30", 0, "2026-03-01 00:30"},
	}
	const layout = "2006-01-02 15:04"
	for _, tt := range tests {
		from, err := time.ParseInLocation(layout, tt.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := addMonths(from, tt.months).Format(layout); got != tt.want {
			t.Errorf("%d months after %s: %s, want %s", tt.months, tt.from, got, tt.want)
		}
	}
}
