package events

import (
	"slices"
	"time"
)

// next returns the events that may be applied now, of one source, with the source's cursor; or no source.
func (l *Lane) next() (*source, cursor, []arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.sources {
		at := (l.turn + i) % len(l.sources)
		s := l.sources[at]
		if s.halted || s.restsFor() > 0 {
			continue
		}
		if events := s.run(l.ready); len(events) > 0 {
			return s, s.cursor, events
		}
	}
	return nil, cursor{}, nil
}

// served says that s had its turn. A look alone takes none: a step looks twice, and of two sources would always serve the second.
func (l *Lane) served(s *source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn = slices.Index(l.sources, s) + 1
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
