package events

import (
	"slices"
	"time"
)

// maxLaneRest bounds how long a lane lets events gather.
const maxLaneRest = time.Second

// stretch is consecutive events of one source of a lane, from its cursor on.
type stretch struct {
	lane   *Lane
	source *source
	from   cursor
	events []arrival
	// alone says that they go into a transaction of their own: what stood in one with them, or they themselves, failed.
	alone bool
}

// next returns what may be applied now, at most room events: of each source in turn what follows its cursor, and what that lets others
// follow with, in this order. A source that had a failure, and a lane whose last transaction had one, go alone.
func (l *Lane) next(room int) []stretch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.restsFor() > 0 {
		return nil
	}
	var taken []stretch
	ahead := make(map[string]cursor, len(l.sources)) // where the sources stand behind what is taken
	for _, s := range l.sources {
		ahead[s.producer] = s.cursor
	}
	now := realTime.Now()
	ready := func(a arrival) bool { return l.ready(a.Event, ahead) && l.holdsFor(a, now) == 0 }
	for more := true; more; {
		more = false
		for i := range l.sources {
			s := l.sources[(l.turn+i)%len(l.sources)]
			alone := l.alone || s.troubled()
			if s.halted || s.restsFor() > 0 || (alone && len(taken) > 0) {
				continue
			}
			from := ahead[s.producer]
			events := s.run(from, room, ready)
			if len(events) == 0 {
				continue
			}
			taken = append(taken, stretch{l, s, from, events, alone})
			if alone {
				return taken
			}
			last := events[len(events)-1]
			ahead[s.producer] = cursor{incarnation: last.Incarnation, seq: last.Seq}
			room -= len(events)
			more = true
		}
	}
	return taken
}

// waits tells whether there is something that may be applied now.
func (l *Lane) waits() bool { return len(l.next(1)) > 0 }

// gather returns what one transaction applies: the lane's next events, and those of the other lanes of this replica that have some and
// apply none at the moment. So a transaction is worth its cost also where each part has little. What it returns is not applied by
// anybody else until done is called.
func (l *Lane) gather() (stretches []stretch, done func()) {
	room := l.sub.batchSize()
	stretches = l.next(room)
	if len(stretches) == 0 || stretches[0].alone || l.crew == nil {
		return stretches, func() {}
	}
	room -= count(stretches)
	var others []*Lane
	for _, other := range l.crew() {
		if room <= 0 {
			break
		}
		if other == l || !other.applying.TryLock() {
			continue
		}
		if theirs := other.next(room); len(theirs) > 0 && !theirs[0].alone {
			stretches, others = append(stretches, theirs...), append(others, other)
			room -= count(theirs)
		} else {
			other.applying.Unlock()
		}
	}
	return stretches, func() {
		for _, other := range others {
			other.applying.Unlock()
		}
	}
}

// backlog tells whether the lanes of this replica together hold a batch or more that wait to be applied.
func (l *Lane) backlog() bool {
	if l.crew == nil {
		return false
	}
	waiting := 0
	for _, lane := range l.crew() {
		lane.mu.Lock()
		waiting += lane.waiting()
		lane.mu.Unlock()
	}
	return waiting >= l.sub.batchSize()
}

// count returns how many events stretches are.
func count(stretches []stretch) int {
	n := 0
	for _, st := range stretches {
		n += len(st.events)
	}
	return n
}

// served says that a source had its turn, the first of its lane in a transaction. A look alone takes none: a step looks twice, and of two
// sources would always serve the second.
func (l *Lane) served(s *source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn = slices.Index(l.sources, s) + 1
	l.alone = false
}

// restsFor returns how long the lane still lets events gather; 0 when it does not, or one transaction's worth is there.
func (l *Lane) restsFor() time.Duration {
	if l.restEnd.IsZero() || l.alone {
		return 0
	}
	if l.waiting() >= l.sub.batchSize() {
		return 0
	}
	return max(0, l.restEnd.Sub(realTime.Now()))
}

// waiting returns how many events wait for nothing but a transaction.
func (l *Lane) waiting() int {
	n := 0
	for _, s := range l.sources {
		here := int64(len(s.buffer))
		if realTime.Now().Before(l.holdEnd) {
			for _, producer := range l.sub.Together[s.producer] {
				here = min(here, max(0, l.source(producer).acted[s.producer]-s.cursor.seq))
			}
		}
		n += int(here)
	}
	return n
}

// holdsFor returns how long the lane still holds a back for what others do because of it; 0 when it does not, or they have done it.
func (l *Lane) holdsFor(a arrival, now time.Time) time.Duration {
	for _, producer := range l.sub.Together[a.Producer] {
		if s := l.source(producer); !s.halted && s.acted[a.Producer] < a.Seq {
			return max(0, min(l.holdEnd.Sub(now), a.came.Add(maxLaneRest).Sub(now)))
		}
	}
	return 0
}

// isQuick tells whether n events that were applied need no rest after them: no more than quickRate came for the last second or two.
func (l *Lane) isQuick(n int) bool {
	if l.quick == nil {
		return false
	}
	now := realTime.Now()
	taken := l.quick.ReserveN(now, n)
	behind := taken.DelayFrom(now)
	if behind > maxLaneRest { // a flood is over soon after its end
		taken.CancelAt(now)
	}
	return behind == 0
}

// rest lets events gather in the lanes of stretches for d, and has them hold back what others follow from.
func rest(stretches []stretch, d time.Duration) {
	now := realTime.Now()
	for _, st := range stretches {
		st.lane.mu.Lock()
		st.lane.restEnd = now.Add(min(d, maxLaneRest))
		st.lane.holdEnd = st.lane.restEnd.Add(maxLaneRest)
		st.lane.mu.Unlock()
	}
}

// ready tells whether everything that e follows from has been applied, or will be before it, as far as this lane sees it, and notes what has
// not. ahead is how far each source will have been applied.
func (l *Lane) ready(e Event, ahead map[string]cursor) bool {
	ok := true
	for producer, seq := range e.After {
		if s := l.source(producer); s != nil && ahead[producer].seq < seq {
			s.need(seq)
			ok = false
		}
	}
	return ok
}

// missing returns a source whose next event exists and has to be read from the producer now. Without one it returns after what
// time there may be one; 0 means that only a signal can tell.
func (l *Lane) missing() (*source, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	sooner := func(d time.Duration) {
		if wait == 0 || d < wait {
			wait = d
		}
	}
	for _, s := range l.sources {
		if s.halted {
			continue
		}
		rests := s.restsFor()
		next, here := s.buffer[s.cursor.seq+1]
		switch {
		case rests > 0:
			if here || s.suspect || s.needed > s.cursor.seq {
				sooner(rests)
			}
		case here: // it may be applied, or waits for another source
			if rest := max(l.restsFor(), l.holdsFor(next, realTime.Now())); rest > 0 {
				sooner(rest)
			}
		case s.suspect, len(s.buffer) > 0:
			return s, 0 // what is missing was overtaken, or is late beyond hope
		case s.needed > s.cursor.seq:
			if s.wanted.IsZero() {
				s.wanted = realTime.Now()
			}
			left := s.wanted.Add(causeGrace).Sub(realTime.Now())
			if left <= 0 {
				return s, 0
			}
			sooner(left)
		}
	}
	return nil, wait
}
