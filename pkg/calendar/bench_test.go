package calendar_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

// benchmarkAdd measures deadlines a second on one core: starts at random
// in 2026, by day and night, in the week 9:00-12:00, 13:30-18:00 with China's
// holidays.
func benchmarkAdd(b *testing.B, c *calendar.Calendar, amount time.Duration) {
	b.Helper()
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, c.Location())
	rng := rand.New(rand.NewPCG(1, 2)) // so many that no branch is learnt by heart
	starts := make([]time.Time, 1<<14)
	for i := range starts {
		starts[i] = first.Add(time.Duration(rng.IntN(365*24*60)) * time.Minute)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.AddWorking(starts[i&(len(starts)-1)], amount); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deadlines/s")
}

func BenchmarkAddWorking16h(b *testing.B)  { benchmarkAdd(b, chinaOffice(b), 16*time.Hour) }
func BenchmarkAddWorking720h(b *testing.B) { benchmarkAdd(b, chinaOffice(b), 720*time.Hour) }

// Two hundred years of office hours lie past the holiday table.
func BenchmarkAddWorking200000h(b *testing.B) {
	benchmarkAdd(b, chinaOffice(b), 200_000*time.Hour)
}

func BenchmarkAddWorkingNewYork16h(b *testing.B) {
	benchmarkAdd(b, newYorkOffice(b), 16*time.Hour)
}

func BenchmarkAddWorkingNewYork720h(b *testing.B) {
	benchmarkAdd(b, newYorkOffice(b), 720*time.Hour)
}

func BenchmarkAddCountedDays2(b *testing.B) {
	c := chinaOffice(b)
	start := time.Date(2026, 3, 6, 10, 0, 0, 0, c.Location())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.AddCountedDays(start, 2, calendar.RollMidnight, calendar.AsIs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deadlines/s")
}

func BenchmarkNewChina(b *testing.B) {
	spec := chinaSpec(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := calendar.New(spec); err != nil {
			b.Fatal(err)
		}
	}
}
