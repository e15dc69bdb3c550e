package calendar

import (
	"fmt"
	"sort"
	"time"
	_ "time/tzdata" // a deadline must not depend on what the machine has installed
)

// zone is a time zone as stretches of constant offset, for the supported years.
type zone struct {
	loc     *time.Location
	starts  []int64 // the instant at which each stretch begins, ascending
	offsets []int64 // its offset: reading = instant + offset
}

// loadZone returns the IANA zone called name. It refuses "" and "Local", which
// would mean another thing on another machine.
func loadZone(name string) (*zone, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: want an IANA name such as Asia/Shanghai", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	z := &zone{loc: loc}
	for at := int64(minInstant); at < maxInstant; {
		t := time.Unix(0, at).In(loc)
		_, seconds := t.Zone()
		offset := int64(seconds) * int64(time.Second)
		// A change of name alone is no change.
		if k := len(z.offsets) - 1; k < 0 || z.offsets[k] != offset {
			z.starts = append(z.starts, at)
			z.offsets = append(z.offsets, offset)
		}
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		next := clampedInstant(end)
		if next <= at {
			// On December 31 of a leap year beyond the zone's own table
			// ZoneBounds ends at t itself: it takes a year for 365 days.
			next = at + nanosPerDay
		}
		at = next
	}
	return z, nil
}

// stretch returns the number of the stretch that at lies in.
func (z *zone) stretch(at int64) int {
	hi := len(z.starts) - 1
	if at >= z.starts[hi] {
		return hi // zones that gave up changing their clocks are always here
	}
	lo := 0
	for hi-lo > 1 { // starts[lo] <= at < starts[hi]
		mid := int(uint(lo+hi) >> 1)
		if z.starts[mid] <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// reading returns what the wall clock shows at an instant.
func (z *zone) reading(at int64) int64 { return at + z.offsets[z.stretch(at)] }

// instant returns the instant of a reading: the earlier one of a reading that
// exists twice; for one that clocks going forward skip, the instant of the
// reading later by the length of the gap.
func (z *zone) instant(reading int64) int64 {
	last := len(z.starts) - 1
	k := sort.Search(last, func(k int) bool { // the first stretch that ends after reading
		return reading < z.starts[k+1]+z.offsets[k]
	})
	if k > 0 && reading < z.starts[k]+z.offsets[k] {
		return reading - z.offsets[k-1] // in the gap before stretch k
	}
	return reading - z.offsets[k]
}

// passed returns the instant from which the wall clock shows reading or later
// for good. Days and opening hours end like this: a repeated half past one is
// passed the second time, a repeated midnight the first time, because what is
// repeated is the hour after it; a skipped reading is passed with the gap.
func (z *zone) passed(reading int64) int64 {
	k := sort.Search(len(z.starts), func(k int) bool { // the first stretch that begins at reading or later
		return z.starts[k]+z.offsets[k] >= reading
	})
	k = max(k-1, 0)
	if k+1 < len(z.starts) && reading > z.starts[k+1]+z.offsets[k] {
		return z.starts[k+1]
	}
	return reading - z.offsets[k]
}

// time returns an instant as a time in the zone.
func (z *zone) time(at int64) time.Time {
	return time.Unix(at/int64(time.Second), at%int64(time.Second)).In(z.loc)
}
