package calendar

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// Every change of the clock is found, and in order: the engine rests on
// stretches whose beginnings and ends ascend on the wall clock too.
func TestZonesAgreeWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{
		"UTC", "Asia/Shanghai", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Gaza", "Asia/Tehran", "Africa/Casablanca",
		"Africa/Cairo", "Africa/Monrovia", "America/New_York", "America/Havana", "America/Santiago", "America/St_Johns",
		"America/Scoresbysund", "America/Caracas", "Antarctica/Troll", "Antarctica/Casey", "Australia/Lord_Howe",
		"Europe/London", "Europe/Dublin", "Europe/Istanbul", "Europe/Volgograd", "Pacific/Apia", "Pacific/Kwajalein",
	} {
		z, err := loadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 20_000 {
			at := rng.Int64N(maxInstant)
			_, seconds := time.Unix(0, at).In(z.loc).Zone()
			if got, want := z.reading(at)-at, int64(seconds)*int64(time.Second); got != want {
				t.Fatalf("%s: offset at %v is %v, want %v", name, time.Unix(0, at), time.Duration(got), time.Duration(want))
			}
			if back := z.instant(z.reading(at)); back > at || z.reading(back) != z.reading(at) {
				t.Fatalf("%s: instant(reading(%d)) = %d", name, at, back)
			}
			if back := z.passed(z.reading(at)); back < at || z.reading(back) != z.reading(at) {
				t.Fatalf("%s: passed(reading(%d)) = %d", name, at, back)
			}
		}
		for k := 1; k < len(z.starts); k++ {
			begin, end := z.starts[k]+z.offsets[k], z.starts[k]+z.offsets[k-1]
			if before := z.starts[k-1] + z.offsets[k-1]; begin <= before || end <= before {
				t.Errorf("%s: stretch %d does not follow the one before on the wall clock", name, k)
			}
		}
	}
}

// What the range ends at is the first instant of the year 2200.
func TestRangeEndsWith2199(t *testing.T) {
	t.Parallel()
	end := time.Date(lastYear+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	if got := end.UnixNano(); got != maxInstant {
		t.Errorf("maxInstant = %d, want %d", maxInstant, got)
	}
	if _, err := instantOf(end); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("instantOf(%v): %v, want ErrOutOfRange", end, err)
	}
	if at, err := instantOf(end.Add(-1)); err != nil || at != maxInstant-1 {
		t.Errorf("instantOf(%v) = %d, %v", end.Add(-1), at, err)
	}
}
