package engine

import (
	"container/heap"
	"time"

	"redress.dev/services/slatimer/internal/domain"
)

// schedule holds timers in the order of their times. A clock has one timer at most: a new one replaces the one before.
type schedule struct {
	heap timerHeap
	at   map[string]time.Time // by clock: the time that counts; entries of the heap with another are stale
}

func newSchedule() *schedule { return &schedule{at: map[string]time.Time{}} }

// size returns how many entries are held, stale ones among them.
func (s *schedule) size() int { return len(s.heap) }

// add puts t in its place; a timer that is there already is not doubled.
func (s *schedule) add(t domain.Timer) {
	if known, ok := s.at[t.ClockID]; ok && known.Equal(t.FireTime) {
		return
	}
	s.at[t.ClockID] = t.FireTime
	heap.Push(&s.heap, t)
}

// due takes out at most limit timers whose time has come by now, the earliest first.
func (s *schedule) due(now time.Time, limit int) []domain.Timer {
	var out []domain.Timer
	for len(out) < limit && s.drop() && !s.heap[0].FireTime.After(now) {
		t := heap.Pop(&s.heap).(domain.Timer)
		delete(s.at, t.ClockID)
		out = append(out, t)
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
		t := s.heap[0]
		if at, ok := s.at[t.ClockID]; ok && at.Equal(t.FireTime) {
			return true
		}
		heap.Pop(&s.heap)
	}
	return false
}

// timerHeap implements heap.Interface.
type timerHeap []domain.Timer

// Len implements heap.Interface.
func (h timerHeap) Len() int { return len(h) }

// Less puts the earlier firing first.
func (h timerHeap) Less(i, j int) bool { return h[i].FireTime.Before(h[j].FireTime) }

// Swap implements heap.Interface.
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(domain.Timer)) }

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = domain.Timer{} // lets its strings go
	*h = (*h)[:last]
	return t
}
