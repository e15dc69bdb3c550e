package domain_test

import (
	"testing"
	"time"

	"redress.dev/services/slatimer/internal/domain"
)

// A machine's clock has nanoseconds, Postgres has not: an agreement reads the same before and after it is kept.
func TestAnAgreementHasWholeMicroseconds(t *testing.T) {
	s := begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	by := domain.Cause{EventID: "r", Actor: "person:li", Time: at("2026-03-02 10:00").Add(123456789)}
	next, evs, err := domain.Agree(s.file, s.file.Clocks[0].ID, at("2026-03-05 17:00").Add(1), s.p, by)
	if err != nil {
		t.Fatal(err)
	}
	c := next.Clocks[0]
	for what, got := range map[string]time.Time{"due time": c.DueTime, "revision": c.Revisions[0].Time, "event": evs[0].OccurTime} {
		if got != got.Truncate(time.Microsecond) {
			t.Errorf("the %s is %s", what, got.Format(time.RFC3339Nano))
		}
	}
}
