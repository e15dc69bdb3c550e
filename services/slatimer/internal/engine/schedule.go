package engine

import (
	"container/heap"
	"time"

	"redress.dev/services/slatimer/internal/domain"
)

// schedule holds timers in the order of their times. A clock has one timer at most: a new one replaces the one before.
type schedule struct {
	heap timerHeap
	live map[string]*domain.Timer // by clock: the one that counts; others of the heap are stale
}

func newSchedule() *schedule { return &schedule{live: map[string]*domain.Timer{}} }

// size returns how many entries are held, stale ones among them.
func (s *schedule) size() int { return len(s.heap) }

// add puts t in its place; a timer that is there already is not doubled.
func (s *schedule) add(t domain.Timer) {
	if known := s.live[t.ClockID]; known != nil && known.FireTime.Equal(t.FireTime) {
		return
	}
	s.live[t.ClockID] = &t
	heap.Push(&s.heap, &t)
}

// due takes out at most limit timers whose time has come by now, the earliest first.
func (s *schedule) due(now time.Time, limit int) []domain.Timer {
	var out []domain.Timer
	for len(out) < limit && s.drop() && !s.heap[0].FireTime.After(now) {
		t := heap.Pop(&s.heap).(*domain.Timer)
		delete(s.live, t.ClockID)
		out = append(out, *t)
	}
	return out
}

// within returns at most limit timers that are due by t, in no order. They stay where they are.
func (s *schedule) within(t time.Time, limit int) []domain.Timer {
	var out []domain.Timer
	for open := []int{0}; len(open) > 0 && len(out) < limit; open = open[1:] {
		i := open[0]
		if i >= len(s.heap) || s.heap[i].FireTime.After(t) {
			continue // and so are those below it
		}
		if t := s.heap[i]; s.live[t.ClockID] == t {
			out = append(out, *t)
		}
		open = append(open, 2*i+1, 2*i+2)
	}
	return out
}

// next returns the earliest time, and false when there is none.
func (s *schedule) next() (time.Time, bool) {
	if !s.drop() {
		return time.Time{}, false
	}
	return s.heap[0].FireTime, true
}

// drop removes stale entries from the front and reports whether something is left.
func (s *schedule) drop() bool {
	for len(s.heap) > 0 {
		if t := s.heap[0]; s.live[t.ClockID] == t {
			return true
		}
		heap.Pop(&s.heap)
	}
	return false
}

// recent remembers the timers that have fired since the last poll but one began.
type recent struct{ now, before map[string]time.Time }

func (r *recent) add(timers []domain.Timer) {
	if r.now == nil {
		r.now = map[string]time.Time{}
	}
	for _, t := range timers {
		r.now[t.ClockID] = t.FireTime
	}
}

// age forgets what was there before the last call.
func (r *recent) age() { r.now, r.before = nil, r.now }

// has reports whether t has fired.
func (r *recent) has(t domain.Timer) bool {
	return r.now[t.ClockID].Equal(t.FireTime) || r.before[t.ClockID].Equal(t.FireTime)
}

// timerHeap implements heap.Interface.
type timerHeap []*domain.Timer

// Len implements heap.Interface.
func (h timerHeap) Len() int { return len(h) }

// Less puts the earlier firing first.
func (h timerHeap) Less(i, j int) bool { return h[i].FireTime.Before(h[j].FireTime) }

// Swap implements heap.Interface.
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(*domain.Timer)) }

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil // lets it go
	*h = (*h)[:last]
	return t
}
