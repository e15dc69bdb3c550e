package gateway

import (
	"errors"
	"time"
)

// Progress is how far a spool is.
type Progress struct {
	// Spooled, Sent and Acknowledged are the last items of which that is true; Sent is 0 until this process has sent one. They are
	// counts, too: the first item is 1.
	Spooled, Sent, Acknowledged int64
	// Refused is how many of the acknowledged ones were not registered.
	Refused int64
	// WaitingBytes is how much of the disk's allowance is taken.
	WaitingBytes int64
	// Rate is how many are acknowledged a second, of late.
	Rate float64
	// Err is why there is no stream at present, nil when there is.
	Err error
}

var errNotRun = errors.New("the spool does not run")

// Progress returns how far the spool is.
func (s *Spool) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Progress{
		Spooled: s.last, Sent: s.sent.Load(), Acknowledged: s.acked, Refused: s.refused, WaitingBytes: s.bytes,
		Rate: s.meter.rate(s.cfg.Clock.Now(), s.acked), Err: s.err,
	}
}

// of late: a rate is over this long, in marks of that distance.
const meterSpan, meterStep = 10 * time.Second, time.Second

// meter tells a rate of late.
type meter struct{ marks []mark }

type mark struct {
	time  time.Time
	count int64
}

// note notes that count has been reached.
func (m *meter) note(now time.Time, count int64) {
	if len(m.marks) > 0 && now.Sub(m.marks[len(m.marks)-1].time) < meterStep {
		return
	}
	m.marks = append(m.marks, mark{now, count})
	m.forget(now)
}

func (m *meter) forget(now time.Time) {
	for len(m.marks) > 1 && now.Sub(m.marks[0].time) > meterSpan {
		m.marks = m.marks[1:]
	}
}

// rate returns how many came a second since the oldest mark.
func (m *meter) rate(now time.Time, count int64) float64 {
	m.forget(now)
	if len(m.marks) == 0 || !now.After(m.marks[0].time) {
		return 0
	}
	return float64(count-m.marks[0].count) / now.Sub(m.marks[0].time).Seconds()
}
