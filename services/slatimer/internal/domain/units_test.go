package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"
)

func TestEveryUnitOfALimit(t *testing.T) {
	agreed := map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-10 17:00"))}
	tests := []struct {
		channel, received, start, due string
		fields                        map[string]procedure.Value
	}{
		{"hours", "2026-03-06 17:00", "03-06 17:00", "03-08 05:00", nil},
		{"working_hours", "2026-03-06 16:00", "03-06 16:00", "03-09 18:00", nil}, // 2 on Friday, 3 and 5 on Monday around lunch
		{"calendar_days", "2026-03-06 17:00", "03-06 17:00", "03-09 17:00", nil},
		{"counted_days", "2026-03-06 10:00", "03-06 10:00", "03-10 10:00", nil},
		{"counted_days", "2026-02-13 10:00", "02-13 10:00", "02-24 10:00", nil}, // the holiday, with its make-up Saturday before
		{"end_of_counted_day", "2026-03-06 10:00", "03-06 10:00", "03-09 18:00", nil},
		{"same_day", "2026-03-07 22:15", "03-07 22:15", "03-08 00:00", nil},
		{"agreed", "2026-03-06 10:00", "03-06 10:00", "03-10 17:00", agreed},
		{"next_opening", "2026-03-06 19:00", "03-09 09:00", "03-09 10:00", nil},
		{"next_opening", "2026-03-06 12:30", "03-06 13:00", "03-06 14:00", nil},
		{"next_opening", "2026-03-06 10:30", "03-06 10:30", "03-06 11:30", nil},
	}
	for _, tt := range tests {
		t.Run(tt.channel+" "+tt.received, func(t *testing.T) {
			s := begin(t, limits, "", tt.channel, tt.received, tt.fields)
			s.expect(tt.start + " " + tt.channel + ": started, due " + tt.due)
		})
	}
}

// A limit counts from where the registration says, which may be later than the receipt.
func TestRegistrationCountsFromItsCountTime(t *testing.T) {
	s := begin(t, limits, "", "none", "2026-03-06 19:00", nil)
	h := procedure.Happening{
		OccurTime: at("2026-03-06 19:00"), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: s.p.Digest, Channel: "hours", CountTime: at("2026-03-09 09:00")},
	}
	s.happen(h)
	s.expect("03-09 09:00 hours: started, due 03-10 21:00")
	if got := s.file.Clocks[0].TriggerTime; !got.Equal(at("2026-03-06 19:00")) {
		t.Errorf("triggered at %s, want the real receipt", show(got))
	}
}

func TestAMomentThatNobodyAgreedLimitsNothing(t *testing.T) {
	begin(t, limits, "", "agreed", "2026-03-06 10:00", nil).expect()
}

// An agreed moment in the past is exactly as late as it is.
func TestAMomentAgreedInThePastIsBreachedAtThatMoment(t *testing.T) {
	s := begin(t, limits, "", "agreed", "2026-03-06 10:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))})
	s.expect("03-06 10:00 agreed: started, due 03-05 17:00")
	s.fire("2026-03-06 10:00")
	s.expect("03-05 17:00 agreed: breached")
	s.happen(milestone("answered", "2026-03-06 11:00"))
	s.expect("03-06 11:00 agreed: stopped, late 18h0m0s")
}

// Days whose holidays are not published yet may move; hours through the night do not depend on them.
func TestProvisional(t *testing.T) {
	far := "2032-03-05 10:00"
	if s := begin(t, limits, "", "counted_days", far, nil); !s.file.Clocks[0].Provisional {
		t.Error("counted days of a year without a published calendar are not provisional")
	}
	if s := begin(t, limits, "", "hours", far, nil); s.file.Clocks[0].Provisional {
		t.Error("plain hours are provisional")
	}
}
