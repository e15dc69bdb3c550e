package events_test

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkIdle measures what five services that hear each other cost while nothing happens, as a share of one core; one
// operation is a second. Postgres is not in it: it is another process.
func BenchmarkIdle(b *testing.B) {
	names := []string{"intake", "routing", "slatimer", "followup", "reporting"}
	w := newWorld(b, names...)
	for _, name := range names {
		s := w.services[name]
		s.relay()
		s.consume(record, slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })...)
	}
	w.services["intake"].emit(10)
	for _, name := range names[1:] {
		w.services[name].awaitApplied("intake", 10)
	}
	b.ResetTimer()
	before := cpuTime(b)
	<-time.After(time.Duration(b.N) * time.Second)
	b.ReportMetric(100*(cpuTime(b)-before).Seconds()/float64(b.N), "%core")
}

// cpuTime returns what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
