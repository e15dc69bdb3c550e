package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/services/slatimer/internal/domain"
)

// The schedule against a sorted list: what is due comes in order, once, and only at the last time that a clock was given.
func TestScheduleAgainstASortedList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, list := newSchedule(), map[string]int64{}
		instant := func(n int64) time.Time { return time.Unix(n, 0).UTC() }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				id, n := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "clock")), rapid.Int64Range(0, 50).Draw(t, "time")
				s.add(domain.Timer{ClockID: id, FireTime: instant(n)})
				list[id] = n
			},
			"due": func(t *rapid.T) {
				now, limit := rapid.Int64Range(0, 50).Draw(t, "now"), rapid.IntRange(1, 5).Draw(t, "limit")
				var want []int64
				for _, n := range list {
					if n <= now {
						want = append(want, n)
					}
				}
				slices.Sort(want)
				want = want[:min(limit, len(want))]
				var got []int64
				for _, timer := range s.due(instant(now), limit) {
					if list[timer.ClockID] != timer.FireTime.Unix() {
						t.Fatalf("clock %s comes at %v, its time is %d", timer.ClockID, timer.FireTime.Unix(), list[timer.ClockID])
					}
					delete(list, timer.ClockID)
					got = append(got, timer.FireTime.Unix())
				}
				if !slices.Equal(got, want) {
					t.Fatalf("due at %d: %v, want %v", now, got, want)
				}
			},
			"within": func(t *rapid.T) {
				by := rapid.Int64Range(0, 50).Draw(t, "by")
				want := 0
				for _, n := range list {
					if n <= by {
						want++
					}
				}
				got := s.within(instant(by), 100)
				for _, timer := range got {
					if n := timer.FireTime.Unix(); n > by || list[timer.ClockID] != n {
						t.Fatalf("within %d: clock %s at %d", by, timer.ClockID, n)
					}
				}
				if some := s.within(instant(by), 2); len(got) != want || len(some) != min(2, want) {
					t.Fatalf("within %d: %d timers, of at most two %d, want %d", by, len(got), len(some), want)
				}
			},
			"": func(t *rapid.T) {
				next, ok := s.next()
				if ok != (len(list) > 0) {
					t.Fatalf("next says %v with %d clocks", ok, len(list))
				}
				for _, n := range list {
					if instant(n).Before(next) {
						t.Fatalf("next is %d, there is an earlier %d", next.Unix(), n)
					}
				}
			},
		})
	})
}

// A poll may bring timers that fired while it lasted; the one after it does not.
func TestRecentFirings(t *testing.T) {
	t.Parallel()
	fired := domain.Timer{ClockID: "c", FireTime: time.Unix(1, 0)}
	anew := domain.Timer{ClockID: "c", FireTime: time.Unix(2, 0)}
	var r recent
	r.age()
	r.add([]domain.Timer{fired})
	for polls, want := range []bool{true, true, false} {
		if r.has(fired) != want || r.has(anew) {
			t.Errorf("after %d polls: %v of what has fired, %v of the clock's next timer", polls, r.has(fired), r.has(anew))
		}
		r.age()
	}
}
