package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

func TestAsTakenBelievesTheLiveClocks(t *testing.T) {
	t.Parallel()
	news := func(recorded string) procedure.Happening {
		return procedure.Happening{EventID: "e", OccurTime: at("2026-03-02 10:00"), RecordTime: at(recorded)}
	}
	ended := func(state domain.State) domain.Clock {
		c := domain.Clock{State: state, EndEventID: "e", EndTime: at("2026-03-02 10:00"), Terms: domain.Terms{DueTime: at("2026-03-02 11:00")}}
		if state == domain.StateBreached {
			c.BreachTime = c.DueTime
		}
		return c
	}
	tests := []struct {
		name           string
		recorded, want string
		clock          domain.Clock
	}{
		{"recorded in time, met", "2026-03-02 10:30", "2026-03-02 10:30", ended(domain.StateMet)},
		{"recorded late, breached", "2026-03-02 11:30", "2026-03-02 11:30", ended(domain.StateBreached)},
		{"recorded late, met all the same", "2026-03-02 11:30", "2026-03-02 10:00", ended(domain.StateMet)},
		{"recorded in time, breached all the same", "2026-03-02 10:30", "2026-03-02 11:00", ended(domain.StateBreached)},
		{"a clock that runs shows nothing", "2026-03-02 11:30", "2026-03-02 11:30", domain.Clock{State: domain.StateRunning, Terms: domain.Terms{DueTime: at("2026-03-02 11:00")}}},
	}
	for _, tt := range tests {
		history := []procedure.Happening{news(tt.recorded)}
		got := domain.AsTaken(history, []domain.Clock{tt.clock})[0].RecordTime
		if got.Truncate(60e9) != at(tt.want) || !history[0].RecordTime.Equal(at(tt.recorded)) {
			t.Errorf("%s: taken at %v, want %s", tt.name, got, tt.want)
		}
	}
	if diff := cmp.Diff(0, len(domain.AsTaken(nil, []domain.Clock{ended(domain.StateMet)}))); diff != "" {
		t.Error(diff)
	}
}
