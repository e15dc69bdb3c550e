package events

import (
	"time"
)

const (
	// parkAfter is how often an event is tried alone before it is parked.
	parkAfter = 5
	// minRest and maxRest bound the pause of a source after a failure.
	minRest = 20 * time.Millisecond
	maxRest = 2 * time.Second
)

// arrival is an event that reached a lane, with the moment and, when it came from there, JetStream's time.
type arrival struct {
	Event
	streamTime *time.Time
	came       time.Time
}

// source is one producer as a lane sees it. The lane's mutex guards it, except that only whoever holds the lane's applying
// moves the cursor and sets poison, and so may read these without.
type source struct {
	producer string
	cursor   cursor
	buffer   map[int64]arrival // by sequence, all above the cursor; holes where something is missing
	halted   bool
	acted    map[string]int64 // how far the producer itself had applied others when it emitted the newest of what came

	head    int64         // the newest sequence that the producer told, or that came
	needed  int64         // the newest sequence that another event waits for, or that was let go for want of room
	wanted  time.Time     // since when needed is missed
	suspect bool          // there is more, and nothing came for long: ask at once
	known   bool          // the producer told its head
	seen    int64         // the cursor when the watcher last looked
	stalled bool          // it was behind then
	room    chan struct{} // closed and replaced when the buffer shrinks
	jammed  bool          // the buffer was full for long: pumps need not wait for room

	limit    int // most events in the next batch: halved by a failure, doubled by a success
	attempts int // how often the next event failed alone
	poison   error
	failures int // of any kind, in a row
	restTill time.Time

	batchSize int
}

func newSource(producer string, batchSize int) *source {
	return &source{producer: producer, buffer: map[int64]arrival{}, acted: map[string]int64{}, room: make(chan struct{}), limit: batchSize, batchSize: batchSize}
}

// placement says what became of an arrival.
type placement int

const (
	placeKept placement = iota
	placeDuplicate
	placeFull
	placeRestored
)

// place puts an arrival into the buffer.
func (s *source) place(a arrival) placement {
	known := s.cursor.incarnation
	switch {
	case known != 0 && a.Incarnation > known:
		return placeRestored
	case a.Seq <= s.cursor.seq || a.Incarnation < known:
		return placeDuplicate
	}
	if _, ok := s.buffer[a.Seq]; ok {
		return placeDuplicate
	}
	if len(s.buffer) >= bufferLimit {
		return placeFull
	}
	s.keep(a)
	s.head = max(s.head, a.Seq)
	return placeKept
}

// keep puts an arrival that is new into the buffer.
func (s *source) keep(a arrival) {
	s.buffer[a.Seq] = a
	for producer, seq := range a.After {
		s.acted[producer] = max(s.acted[producer], seq)
	}
}

// need remembers that the lane cannot do without the event with seq, which exists.
func (s *source) need(seq int64) { s.needed = max(s.needed, seq) }

// setCursor replaces the cursor and forgets what is below it, failures too. What is above may be applied as before.
func (s *source) setCursor(c cursor) {
	if c.seq != s.cursor.seq {
		s.attempts, s.poison = 0, nil
	}
	s.cursor = c
	for seq := range s.buffer {
		if seq <= c.seq {
			delete(s.buffer, seq)
		}
	}
	s.progressed()
}

// applied moves the cursor over events, which were applied or parked.
func (s *source) applied(events []arrival) {
	last := events[len(events)-1]
	for _, e := range events {
		delete(s.buffer, e.Seq)
	}
	s.cursor.seq, s.cursor.incarnation = last.Seq, last.Incarnation
	if last.streamTime != nil {
		s.cursor.streamTime = last.streamTime
	}
	s.limit = min(2*s.limit, s.batchSize)
	s.attempts, s.poison, s.failures, s.restTill = 0, nil, 0, time.Time{}
	s.progressed()
}

// progressed lets pumps go on and ends suspicion.
func (s *source) progressed() {
	s.suspect, s.jammed, s.wanted = false, false, time.Time{}
	close(s.room)
	s.room = make(chan struct{})
}

// failed notes that a batch of n events cannot be applied as it is, and returns whether to try at once what comes of that: a
// smaller batch, or the parking of an event that failed alone for the last time.
func (s *source) failed(n int, err error) bool {
	if n > 1 {
		s.limit = n / 2
		return true
	}
	s.limit = 1
	s.attempts++
	if s.attempts >= parkAfter {
		s.poison = err
		return true
	}
	return false
}

// rest keeps the source from being tried for a while, twice as long as the last time.
func (s *source) rest() {
	d := min(minRest<<min(s.failures, 10), maxRest)
	s.failures++
	s.restTill = realTime.Now().Add(d)
}

// restsFor returns how long the source still rests; 0 when it does not.
func (s *source) restsFor() time.Duration {
	if s.restTill.IsZero() {
		return 0
	}
	return max(0, s.restTill.Sub(realTime.Now()))
}

// troubled tells whether the last batch failed, or one not long ago.
func (s *source) troubled() bool { return s.limit < s.batchSize || s.attempts > 0 || s.poison != nil }

// run returns what one transaction may apply: the consecutive events that follow from, at most room and s.limit, as far as ready
// says of each that it may be applied.
func (s *source) run(from cursor, room int, ready func(arrival) bool) []arrival {
	var events []arrival
	for seq := from.seq + 1; len(events) < min(room, s.limit); seq++ {
		a, ok := s.buffer[seq]
		if !ok || (len(events) > 0 && a.Incarnation != events[0].Incarnation) || !ready(a) {
			break
		}
		events = append(events, a)
	}
	return events
}
