package server

import (
	"strings"
	"sync"
	"time"

	"redress.dev/pkg/procedure"
)

// maxGuessed is how many series a replica remembers.
const maxGuessed = 10_000

// numbers guesses what the next number of a series is, where this replica was the last to take some. It only spares time: the table tells which
// numbers are given.
type numbers struct {
	mu     sync.Mutex
	series map[seriesKey]place
}

// seriesKey names a series of numbers.
type seriesKey struct{ tenant, series string }

// place is where a series was left.
type place struct {
	next int64
	met  bool // it was found where it had been left before
}

// guess returns the next number of each series; nil where another replica takes numbers, too.
func (n *numbers) guess(tenant string, counts map[string]int64) map[string]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	next := make(map[string]int64, len(counts))
	for name := range counts {
		p := n.series[seriesKey{tenant, name}]
		if !p.met {
			return nil
		}
		next[name] = p.next
	}
	return next
}

// learn notes that a transaction takes counts of each series, from first on.
func (n *numbers) learn(tenant string, first, counts map[string]int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.series == nil || len(n.series) > maxGuessed {
		n.series = map[seriesKey]place{}
	}
	for name, count := range counts {
		key := seriesKey{tenant, name}
		n.series[key] = place{next: first[name] + count, met: n.series[key].next == first[name]}
	}
}

// series returns what stands before the sequence in a number, prefix and period: procedures that share both share a series, so
// that a number is unique in the tenant.
func series(p *procedure.Procedure, now time.Time) string {
	n := p.Number(1, now)
	return n[:strings.LastIndexByte(n, '-')]
}
