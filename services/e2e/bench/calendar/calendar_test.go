package calendar

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
)

// rounds are interleaved, so that a busy moment of the machine meets all alike; the median of them counts.
const rounds = 5

// amounts are limits of two days and of most of a year: a cost that grows with the length shows between them.
var amounts = []time.Duration{16 * time.Hour, 720 * time.Hour}

// BenchmarkAddWorking measures deadlines a CPU-second, from starts at random by day and night in 2026 with China's holidays and
// make-up days. The reference knows one interval a day, so it is compared on 9:00-16:30, where both must answer alike; the
// office with a lunch break, 9:00-12:00 and 13:30-18:00, is what is promised.
func BenchmarkAddWorking(b *testing.B) {
	set, err := holidays.China()
	if err != nil {
		b.Fatal(err)
	}
	lunch := office(b, set, calendar.Interval{From: calendar.At(9, 0), To: calendar.At(12, 0)}, calendar.Interval{From: calendar.At(13, 30), To: calendar.At(18, 0)})
	plain := office(b, set, calendar.Interval{From: calendar.At(9, 0), To: calendar.At(16, 30)})
	rickar := reference(set)
	starts := starts(plain.Location())
	for b.Loop() {
		for _, amount := range amounts {
			hours := fmt.Sprintf("%.0fh", amount.Hours())
			sameAnswers(b, plain, rickar, starts, amount)
			add := func(c *calendar.Calendar) float64 {
				return rate(b, 64*len(starts), func(i int) error {
					_, err := c.AddWorking(starts[i%len(starts)], amount)
					return err
				})
			}
			var withLunch, withoutLunch, theirs []float64
			for range rounds {
				withLunch = append(withLunch, add(lunch))
				withoutLunch = append(withoutLunch, add(plain))
				theirs = append(theirs, rate(b, len(starts), func(i int) error {
					rickar.AddWorkHours(starts[i], amount)
					return nil
				}))
			}
			b.ReportMetric(median(withLunch), "lunch-"+hours+"/cpu-s")
			b.ReportMetric(median(withoutLunch), "plain-"+hours+"/cpu-s")
			b.ReportMetric(median(theirs), "rickar-"+hours+"/cpu-s")
			fmt.Printf("ratio calendar_%s_lunch_to_rickar %.0f\n", hours, median(withLunch)/median(theirs))
			fmt.Printf("ratio calendar_%s_plain_to_rickar %.0f\n", hours, median(withoutLunch)/median(theirs))
		}
	}
}

// office is a Monday-to-Friday office in Shanghai with the hours given.
func office(b *testing.B, set holidays.Set, hours ...calendar.Interval) *calendar.Calendar {
	b.Helper()
	week := make(map[time.Weekday][]calendar.Interval)
	for day := time.Monday; day <= time.Friday; day++ {
		week[day] = hours
	}
	c, err := calendar.New(set.Apply(calendar.Spec{Zone: "Asia/Shanghai", Week: week}, hours))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// starts are minutes at random in 2026, so many that no branch is learnt by heart.
func starts(zone *time.Location) []time.Time {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	rng := rand.New(rand.NewPCG(1, 2))
	starts := make([]time.Time, 1<<14)
	for i := range starts {
		starts[i] = first.Add(time.Duration(rng.IntN(365*24*60)) * time.Minute)
	}
	return starts
}

// rate returns how many calls of f a CPU-second holds, the collector's share included.
func rate(b *testing.B, calls int, f func(i int) error) float64 {
	b.Helper()
	before := cpu(b)
	for i := range calls {
		if err := f(i); err != nil {
			b.Fatal(err)
		}
	}
	return float64(calls) / (cpu(b) - before).Seconds()
}

// cpu is the processor time of this process so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func median(figures []float64) float64 {
	return slices.Sorted(slices.Values(figures))[len(figures)/2]
}
