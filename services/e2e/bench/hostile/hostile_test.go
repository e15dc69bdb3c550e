package hostile

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// quota is how many complaints the desk system and the gateway each register beside an attack.
	quota = 40
	// maxMemory bounds what is alive in this process while an attack runs: the suite and the neighbours.
	maxMemory = 128 << 20
)

// beside lets neighbours work while an attack runs in a process of its own. It returns what is alive here, in bytes, when they are done
// and the attack still runs.
func (v *victim) beside(a attack, work func() error) (alive uint64, err error) {
	end, err := v.attack(a)
	if err != nil {
		return 0, err
	}
	err = work()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if hostile := end(); hostile != nil {
		err = fmt.Errorf("%s: %w", a.name, hostile)
	}
	return m.HeapAlloc + m.StackInuse, err
}

// TestHostileCallersAreRefused shows that each attack gets the answer that it must get, that a desk system and a gateway beside it register all
// that they want, that nothing is registered of what was refused, and that memory stays within bounds.
func TestHostileCallersAreRefused(t *testing.T) {
	victim := start(t)
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			before := victim.complaints()
			alive, err := victim.beside(a, func() error { return (&neighbours{}).work(t.Context(), victim.target, quota) })
			if err != nil {
				t.Fatal(err)
			}
			if alive > maxMemory {
				t.Errorf("%d MiB are alive, want at most %d", alive>>20, maxMemory>>20)
			}
			if n := victim.complaints() - before; n != 2*quota && a.barren {
				t.Errorf("%d complaints were registered, want the neighbours' %d", n, 2*quota)
			}
		})
	}
}

// BenchmarkHostile prints the neighbours' p99 alone, before and after all attacks, and the ratio to it beside each, and beside a process that
// only keeps the processors busy: where that is not about 1, the machine does not tell what an attack costs.
func BenchmarkHostile(b *testing.B) {
	const count, pace = 400, 15 * time.Millisecond
	victim := start(b)
	measure := func(run func(work func() error) (uint64, error)) (p99 time.Duration, alive uint64) {
		n := neighbours{pace: pace}
		alive, err := run(func() error { return n.work(b.Context(), victim.target, count) })
		if err != nil {
			b.Fatal(err)
		}
		lags := slices.Concat(n.desk, n.gateway)
		slices.Sort(lags)
		return lags[len(lags)*99/100], alive
	}
	alone := func(work func() error) (uint64, error) { return 0, work() }
	for b.Loop() {
		// The first run of every statement on every connection, of which an attack would else be the first to need several.
		var warm errgroup.Group
		for range 6 {
			warm.Go(func() error { return (&neighbours{}).work(b.Context(), victim.target, quota/2) })
		}
		if err := warm.Wait(); err != nil {
			b.Fatal(err)
		}
		base, _ := measure(alone)
		fmt.Printf("%-36s p99 %8v\n", "alone", base.Round(10*time.Microsecond))
		for _, a := range append([]attack{control}, attacks...) {
			p99, alive := measure(func(work func() error) (uint64, error) { return victim.beside(a, work) })
			fmt.Printf("%-36s p99 %8v  ratio %5.2f  %3d MiB alive\n", a.name, p99.Round(10*time.Microsecond), p99.Seconds()/base.Seconds(), alive>>20)
		}
		again, _ := measure(alone)
		fmt.Printf("%-36s p99 %8v  ratio %5.2f\n", "alone again", again.Round(10*time.Microsecond), again.Seconds()/base.Seconds())
	}
}
