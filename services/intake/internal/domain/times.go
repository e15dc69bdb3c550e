package domain

import (
	"strconv"
	"time"

	"redress.dev/pkg/fault"
)

const (
	// clockSkew is how far a caller's clock may be ahead of ours.
	clockSkew = 5 * time.Minute
	// maxCountAhead is how far ahead of now limits may begin to count.
	maxCountAhead = 366 * 24 * time.Hour
)

// earliest is the first time that is taken: what lies before it is a mistake, and counting limits from it could take for ever.
var earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// times checks the times of receipt and counting, which are set.
func (p *problems) times(d Draft, now time.Time) {
	const receive, count = "draft.receive_time", "draft.count_time"
	if err := happened(receive, d.ReceiveTime, now); err != nil {
		p.add(err)
	}
	switch {
	case d.CountTime.Before(d.ReceiveTime):
		p.add(fault.New(fault.Invalid, "TIME_INVALID", "%s is before receive_time; limits count from receipt or later", count).At(count))
	case d.CountTime.After(now.Add(maxCountAhead)):
		p.add(fault.New(fault.Invalid, "TIME_INVALID", "%s is more than a year ahead", count).At(count))
	}
}

// happened fails unless t, given at path, is a time at which something can have happened.
func happened(path string, t, now time.Time) error {
	switch {
	case t.Before(earliest):
		return fault.New(fault.Invalid, "TIME_INVALID", "%s is before 1970", path).At(path)
	case t.After(now.Add(clockSkew)):
		return fault.New(fault.Invalid, "TIME_INVALID", "%s is in the future; at most %v ahead of this server's clock are taken", path, clockSkew).At(path)
	}
	return nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
