package engine_test

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// tally notes when each timer fired.
type tally struct {
	mu    sync.Mutex
	due   map[string]time.Time
	fired map[string]time.Time
	want  int
	full  chan struct{}
}

// expect forgets everything and waits for n timers from now on.
func (t *tally) expect(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due, t.fired, t.want, t.full = map[string]time.Time{}, map[string]time.Time{}, n, make(chan struct{})
}

// add notes that the timer of id fired. One that is noted again fired then: it had been passed over the first time.
func (t *tally) add(id string, due, fired time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due[id], t.fired[id] = due, fired
	if len(t.fired) == t.want {
		close(t.full)
		t.want = -1
	}
}

func (t *tally) await(b *testing.B) {
	b.Helper()
	select {
	case <-t.full:
	case <-time.After(2 * time.Minute):
		b.Fatal("timers do not fire")
	}
}

// lags returns how late each timer fired that was due after from, in ascending order.
func (t *tally) lags(from time.Time) []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lags []time.Duration
	for id, due := range t.due {
		if due.After(from) {
			lags = append(lags, t.fired[id].Sub(due))
		}
	}
	slices.Sort(lags)
	return lags
}

// figures are what one measurement shows.
type figures struct {
	p50, p99, max float64 // lag in milliseconds
	rate          float64 // fires a second
	cpu           float64 // processors used
}

func figuresOf(lags []time.Duration) figures {
	at := func(percent int) float64 { return ms(lags[min(len(lags)-1, len(lags)*percent/100)]) }
	return figures{p50: at(50), p99: at(99), max: at(100), rate: float64(len(lags)) / lags[len(lags)-1].Seconds()}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func p50(f figures) float64  { return f.p50 }
func p99(f figures) float64  { return f.p99 }
func most(f figures) float64 { return f.max }
func rate(f figures) float64 { return f.rate }
func cpus(f figures) float64 { return f.cpu }

// medianOf returns the figure that of picks out of each, in the middle.
func medianOf(all []figures, of func(figures) float64) float64 {
	var values []float64
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
