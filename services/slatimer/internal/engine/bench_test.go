package engine_test

import (
	"testing"
	"time"
)

// Ten thousand clocks that are due at one instant, among a hundred thousand others. The report says how long until the last has
// fired, and how fast they were armed.
func BenchmarkStorm(b *testing.B) {
	const storm, others = 10_000, 100_000
	for b.Loop() {
		r := newRig(b)
		due := begin.Add(time.Minute)
		dues := make([]time.Time, 0, others)
		for i := range others {
			dues = append(dues, begin.Add(time.Hour+time.Duration(i)*time.Second))
		}
		start := time.Now()
		for len(dues) > 0 {
			n := min(500, len(dues))
			r.arm(dues[:n]...)
			dues = dues[n:]
		}
		b.ReportMetric(others/time.Since(start).Seconds(), "armed/s")
		for range storm / 500 {
			equal := make([]time.Time, 500)
			for i := range equal {
				equal[i] = due
			}
			r.arm(equal...)
		}
		r.arm(begin)
		r.start()
		r.awaitNoneDue()
		start = time.Now()
		r.clock.Set(due)
		r.awaitNoneDue()
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "storm-ms")
		b.ReportMetric(storm/time.Since(start).Seconds(), "fires/s")
		r.check()
	}
}
