package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// C-088, S4-30, T-S4-01: the call begins at 10:00 and ends at 10:20, from which the hour counts. Intake tells both.
func TestCapabilityC088EndOfCall(t *testing.T) {
	s := begin(t, capabilities, "", "none", "2026-03-03 10:00", nil)
	s.happen(procedure.Happening{
		OccurTime: at("2026-03-03 10:00"), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: s.p.Digest, Channel: "message", CountTime: at("2026-03-03 10:20")},
	})
	s.expect("03-03 10:20 open: started, due 03-03 11:20")
}

// A-49 reads a call that ends after closing as one received in working time. The condition of a clock sees the instant from which
// it counts alone, the end of the call, so that it is one out of hours here: a procedure cannot follow that reading yet.
func TestCapabilityC088CallThatEndsAfterClosing(t *testing.T) {
	s := begin(t, capabilities, "", "none", "2026-03-03 17:50", nil)
	s.happen(procedure.Happening{
		OccurTime: at("2026-03-03 17:50"), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: s.p.Digest, Channel: "message", CountTime: at("2026-03-03 18:10")},
	})
	s.expect("03-04 09:00 out_of_hours: started, due 03-04 10:00")
}

// C-095 and C-083: a suggestion, and a limit inside the company, say so of themselves: their breaches are shown, and reports can
// leave them out.
func TestCapabilityC095SoftAndInternal(t *testing.T) {
	s := begin(t, capabilities, "", "suggested", "2026-03-03 10:00", nil)
	s.happen(milestone("sent", "2026-03-03 10:00"))
	if c := s.file.Clocks[0]; !c.Soft || c.Internal {
		t.Errorf("the suggestion is %+v", c)
	}
	s = begin(t, capabilities, "", "short", "2026-03-03 09:00", nil)
	if c := s.file.Clocks[0]; c.Soft || !c.Internal {
		t.Errorf("the limit inside the company is %+v", c)
	}
}

// C-096: the usual figure can be overridden for one complaint, by a call; reports see both due times.
func TestCapabilityC096AgreedByACall(t *testing.T) {
	s := begin(t, capabilities, "", "usual", "2026-03-02 16:30", nil)
	s.happen(opened("investigate", "w", "2026-03-02 16:30"))
	next, _, err := domain.Agree(s.file, s.file.Clocks[0].ID, at("2026-03-06 12:00"), s.p, domain.Cause{Actor: "person:li", Reason: "expert_needed", Time: at("2026-03-03 09:00")})
	if err != nil {
		t.Fatal(err)
	}
	want := []domain.Revision{{
		Kind: domain.RevisionAgreed, Time: at("2026-03-03 09:00"), Actor: "person:li", Reason: "expert_needed",
		DueBefore: at("2026-03-03 16:30"), DueAfter: at("2026-03-06 12:00"),
	}}
	if diff := cmp.Diff(want, next.Clocks[0].Revisions); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

// C-097: what has no figure is in the procedure, for an edition to give it one.
func TestCapabilityC097UnsetIsShown(t *testing.T) {
	if c, ok := load(t, capabilities).Clock("at_once"); !ok || c.Limit.Kind != procedure.Unset {
		t.Errorf("the policy without a figure is %+v", c)
	}
}

// C-105, S3-16, T-S3-10, and C-106, S5e-16: dates from which no limit runs are conditions over fields.
func TestCapabilityRules(t *testing.T) {
	p := load(t, capabilities)
	for _, tt := range []struct {
		name, received string
		fields         facts
		want           map[string]string
	}{
		{"T-S3-10 (a), inside three years", "2026-03-09 10:00", facts{"delivered": procedure.Time(at("2023-03-10 00:00"))}, map[string]string{"in_warranty": "true", "near_settlement": "false"}},
		{"T-S3-10 (b), past them", "2026-03-11 10:00", facts{"delivered": procedure.Time(at("2023-03-10 00:00"))}, map[string]string{"in_warranty": "false", "near_settlement": "false"}},
		{"six days before settlement", "2026-03-09 10:00", facts{"settlement": procedure.Time(at("2026-03-15 10:00"))}, map[string]string{"in_warranty": "false", "near_settlement": "true"}},
		{"two weeks before", "2026-03-01 10:00", facts{"settlement": procedure.Time(at("2026-03-15 10:00"))}, map[string]string{"in_warranty": "false", "near_settlement": "false"}},
	} {
		got, err := p.Classify(procedure.Facts{Fields: tt.fields, Received: at(tt.received)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// C-108, S1-54, T-S1-07: six slips of one person, five answered in two working days: 5/6.
func TestCapabilityC108BreachesInARate(t *testing.T) {
	p := load(t, capabilities)
	rate, _ := p.Metric("timely_reply_rate")
	var numerator, denominator int64
	for i := range 6 {
		s := begin(t, capabilities, "", "slip", "2026-03-06 09:00", nil)
		s.happen(milestone("sent", "2026-03-06 10:00"))
		if i == 0 {
			s.fire("2026-03-09 10:00")
		}
		s.happen(milestone("answered", "2026-03-09 10:00"))
		counts := procedure.ClockCounts{Started: 1}
		if s.file.Clocks[0].State == domain.StateMet {
			counts.Met = 1
		}
		n, d, err := rate.Value(procedure.MetricFacts{Clocks: map[string]procedure.ClockCounts{"reply": counts}})
		if err != nil {
			t.Fatal(err)
		}
		numerator, denominator = numerator+n, denominator+d
	}
	if numerator != 5 || denominator != 6 {
		t.Errorf("timely reply rate %d/%d, want 5/6", numerator, denominator)
	}
}
