package hostile

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// quota is how many complaints the agent and the gateway each register beside an attack.
	quota = 40
	// maxMemory bounds what is alive in this process while attacks run: the suite, its neighbours, and the attackers themselves.
	maxMemory = 256 << 20
)

// beside lets neighbours work while an attack runs, round after round, one at least. It returns what is alive, in bytes, when they are done
// and the attack still runs.
func (t *target) beside(a attack, work func() error) (alive uint64, err error) {
	round := a.prepare(t)
	ctx, cancel := context.WithCancel(t.tb.Context())
	defer cancel()
	done, attacked := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			if err := round(ctx, done); err != nil {
				attacked <- err
				return
			}
			select {
			case <-done:
				attacked <- nil
				return
			default:
			}
		}
	}()
	err = work()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	close(done)
	if hostile := <-attacked; hostile != nil {
		err = fmt.Errorf("%s: %w", a.name, hostile)
	}
	return m.HeapAlloc + m.StackInuse, err
}

// TestHostileCallersAreRefused shows that each attack gets the answer that it must get, that an agent and a gateway beside it register all
// that they want, that nothing is registered of what was refused, and that memory stays within bounds.
func TestHostileCallersAreRefused(t *testing.T) {
	target := start(t)
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			before := target.complaints()
			alive, err := target.beside(a, func() error { return (&neighbours{}).work(t.Context(), target, quota) })
			if err != nil {
				t.Fatal(err)
			}
			if alive > maxMemory {
				t.Errorf("%d MiB are alive, want at most %d", alive>>20, maxMemory>>20)
			}
			if n := target.complaints() - before; n != 2*quota && a.barren {
				t.Errorf("%d complaints were registered, want the neighbours' %d", n, 2*quota)
			}
		})
	}
}

// BenchmarkHostile prints the neighbours' p99 alone, before and after all attacks, and the ratio to it beside each.
func BenchmarkHostile(b *testing.B) {
	const count, pace = 400, 15 * time.Millisecond
	target := start(b)
	measure := func(run func(work func() error) (uint64, error)) (p99 time.Duration, alive uint64) {
		n := neighbours{pace: pace}
		alive, err := run(func() error { return n.work(b.Context(), target, count) })
		if err != nil {
			b.Fatal(err)
		}
		lags := slices.Concat(n.agent, n.gateway)
		slices.Sort(lags)
		return lags[len(lags)*99/100], alive
	}
	alone := func(work func() error) (uint64, error) { return 0, work() }
	for b.Loop() {
		measure(alone) // the first run of every statement
		base, _ := measure(alone)
		fmt.Printf("%-36s p99 %8v\n", "alone", base.Round(10*time.Microsecond))
		for _, a := range attacks {
			p99, alive := measure(func(work func() error) (uint64, error) { return target.beside(a, work) })
			fmt.Printf("%-36s p99 %8v  ratio %5.2f  %3d MiB alive\n", a.name, p99.Round(10*time.Microsecond), p99.Seconds()/base.Seconds(), alive>>20)
		}
		again, _ := measure(alone)
		fmt.Printf("%-36s p99 %8v  ratio %5.2f\n", "alone again", again.Round(10*time.Microsecond), again.Seconds()/base.Seconds())
	}
}
