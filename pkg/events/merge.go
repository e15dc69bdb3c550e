package events

import (
	"slices"
	"time"
)

// stretch is consecutive events of one source of a lane, from its cursor on.
type stretch struct {
	lane   *Lane
	source *source
	from   cursor
	events []arrival
	// alone says that they go into a transaction of their own: what stood in one with them, or they themselves, failed.
	alone bool
}

// next returns at most room events that may be applied now, of one source; or none.
func (l *Lane) next(room int) stretch {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.sources {
		at := (l.turn + i) % len(l.sources)
		s := l.sources[at]
		if s.halted || s.restsFor() > 0 {
			continue
		}
		if events := s.run(room, l.ready); len(events) > 0 {
			return stretch{l, s, s.cursor, events, l.alone || s.troubled()}
		}
	}
	return stretch{}
}

// gather returns what one transaction applies: the lane's next events, and those of the other lanes of this replica that have some and
// apply none at the moment. So a transaction is worth its cost also where each part has little. What it returns is not applied by
// anybody else until done is called.
func (l *Lane) gather() (stretches []stretch, done func()) {
	room := l.sub.batchSize()
	first := l.next(room)
	if len(first.events) == 0 {
		return nil, func() {}
	}
	stretches = append(stretches, first)
	if first.alone || l.crew == nil {
		return stretches, func() {}
	}
	room -= len(first.events)
	for _, other := range l.crew() {
		if room <= 0 {
			break
		}
		if other == l || !other.applying.TryLock() {
			continue
		}
		if st := other.next(room); len(st.events) > 0 && !st.alone {
			stretches = append(stretches, st)
			room -= len(st.events)
		} else {
			other.applying.Unlock()
		}
	}
	return stretches, func() {
		for _, st := range stretches[1:] {
			st.lane.applying.Unlock()
		}
	}
}

// served says that a source had its turn. A look alone takes none: a step looks twice, and of two sources would always serve the second.
func (l *Lane) served(s *source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn = slices.Index(l.sources, s) + 1
	l.alone = false
}

// ready tells whether everything that e follows from has been applied, as far as this lane sees it, and notes what has not.
func (l *Lane) ready(e Event) bool {
	ok := true
	for producer, seq := range e.After {
		if s := l.source(producer); s != nil && s.cursor.seq < seq {
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
		_, here := s.buffer[s.cursor.seq+1]
		switch {
		case rests > 0:
			if here || s.suspect || s.needed > s.cursor.seq {
				sooner(rests)
			}
		case here: // it may be applied, or waits for another source
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
