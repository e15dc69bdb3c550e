package domain_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// told is a happening that was recorded at another time than it happened.
func told(h procedure.Happening, recorded string) procedure.Happening {
	h.RecordTime = at(recorded)
	return h
}

func TestReplay(t *testing.T) {
	t.Parallel()
	p := load(t, changing)
	begun := told(procedure.Happening{
		EventID: "e1", OccurTime: at("2026-03-02 09:00"), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: p.Digest, Channel: "agreeing"},
	}, "2026-03-02 09:00")
	answered := func(recorded string) procedure.Happening {
		return told(milestone("answered", "2026-03-02 10:30"), recorded)
	}
	agreed := domain.Agreement{
		Identity: domain.Identity{Policy: "agreeing", Round: 1, StartEventID: "e1"}, Due: at("2026-03-02 15:00"), By: domain.Cause{EventID: "r", Time: at("2026-03-02 10:00")},
	}
	other := agreed
	other.StartEventID = "e2"
	tests := []struct { // due at 11:00
		name       string
		history    []procedure.Happening
		agreements []domain.Agreement
		now        string
		state      domain.State
		due        string
	}{
		{"the time of a running one comes", []procedure.Happening{begun}, nil, "2026-03-02 11:00", domain.StateBreached, "2026-03-02 11:00"},
		{"and not before", []procedure.Happening{begun}, nil, "2026-03-02 10:59", domain.StateRunning, "2026-03-02 11:00"},
		{"news in time meets it", []procedure.Happening{begun, answered("2026-03-02 10:30")}, nil, "2026-03-03 11:00", domain.StateMet, "2026-03-02 11:00"},
		{"news at the due time does too", []procedure.Happening{begun, answered("2026-03-02 11:00")}, nil, "2026-03-03 11:00", domain.StateMet, "2026-03-02 11:00"},
		{"news after it finds a breach", []procedure.Happening{begun, answered("2026-03-02 11:01")}, nil, "2026-03-03 11:00", domain.StateBreached, "2026-03-02 11:00"},
		{"an agreement counts", []procedure.Happening{begun, answered("2026-03-02 11:01")}, []domain.Agreement{agreed}, "2026-03-03 11:00", domain.StateMet, "2026-03-02 15:00"},
		{"that of another clock does not", []procedure.Happening{begun}, []domain.Agreement{other}, "2026-03-02 12:00", domain.StateBreached, "2026-03-02 11:00"},
		{"nor one after the breach", []procedure.Happening{begun, answered("2026-03-02 11:01")}, []domain.Agreement{{agreed.Identity, agreed.Due, domain.Cause{Time: at("2026-03-02 12:00")}}},
			"2026-03-03 11:00", domain.StateBreached, "2026-03-02 11:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := domain.Replay(tt.history, tt.agreements, p, at(tt.now))
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Clocks) != 1 || f.Clocks[0].State != tt.state || !f.Clocks[0].DueTime.Equal(at(tt.due)) {
				t.Errorf("clocks %+v", f.Clocks)
			}
		})
	}
	if _, err := domain.Replay([]procedure.Happening{answered("2026-03-02 10:30")}, nil, p, at("2026-03-02 11:00")); !errors.Is(err, domain.ErrNoRegistration) {
		t.Errorf("a history without its beginning: %v", err)
	}
}

// What work agreed is in the history; only what a call agreed has to be taken from the live clock.
func TestAgreementsOfTakesWhatNoHappeningTells(t *testing.T) {
	t.Parallel()
	by := func(event string, hour int) domain.Revision {
		return domain.Revision{Kind: domain.RevisionAgreed, EventID: event, Time: at("2026-03-02 00:00").Add(time.Duration(hour) * time.Hour), DueAfter: at("2026-03-05 00:00")}
	}
	clock := func(policy string, revisions ...domain.Revision) domain.Clock {
		return domain.Clock{Policy: policy, Round: 1, Terms: domain.Terms{Revisions: revisions}}
	}
	clocks := []domain.Clock{
		clock("a", by("call-2", 9), domain.Revision{Kind: domain.RevisionPaused, EventID: "x"}), clock("b", by("work", 7), by("call-1", 8)),
	}
	var got []string
	for _, a := range domain.AgreementsOf(clocks, []procedure.Happening{{EventID: "work"}}) {
		got = append(got, a.Policy+" "+a.By.EventID)
	}
	if diff := cmp.Diff([]string{"b call-1", "a call-2"}, got); diff != "" {
		t.Errorf("agreements (-want +got):\n%s", diff)
	}
}

// A live clock whose timer is a little behind stands where a replayed one does.
func TestSettledIsWhatTimersWouldHaveDone(t *testing.T) {
	t.Parallel()
	c := domain.Clock{ID: "1", State: domain.StateRunning, StartTime: at("2026-03-02 09:00"), NextTime: at("2026-03-02 11:00"), Terms: domain.Terms{DueTime: at("2026-03-02 11:00")}}
	if got := domain.Settled([]domain.Clock{c}, at("2026-03-02 10:59")); got[0].State != domain.StateRunning {
		t.Errorf("before its time: %+v", got)
	}
	if got := domain.Settled([]domain.Clock{c}, at("2026-03-02 11:00")); got[0].State != domain.StateBreached || c.State != domain.StateRunning {
		t.Errorf("at its time: %+v", got)
	}
}

func TestCompareFindsEveryKind(t *testing.T) {
	t.Parallel()
	due, later := at("2026-03-02 11:00"), at("2026-03-02 12:00")
	clock := func(due time.Time, state domain.State) []domain.Clock {
		c := domain.Clock{Policy: "p", Round: 1, State: state, Terms: domain.Terms{DueTime: due}}
		if state == domain.StateBreached {
			c.BreachTime = due
		}
		return []domain.Clock{c}
	}
	tests := []struct {
		name          string
		before, after []domain.Clock
		want          domain.DifferenceKind
	}{
		{"as it was", clock(due, domain.StateMet), clock(due, domain.StateMet), domain.Unchanged},
		{"a breach less", clock(due, domain.StateBreached), clock(later, domain.StateMet), domain.BreachWon},
		{"a breach more", clock(later, domain.StateMet), clock(due, domain.StateBreached), domain.BreachLost},
		{"breached at another time", clock(due, domain.StateBreached), clock(later, domain.StateBreached), domain.DueMoved},
		{"met before another time", clock(due, domain.StateMet), clock(later, domain.StateMet), domain.DueMoved},
		{"another end", clock(due, domain.StateMet), clock(due, domain.StateCancelled), domain.StateChanged},
		{"started no more", clock(due, domain.StateMet), nil, domain.OnlyBefore},
		{"started now", nil, clock(due, domain.StateMet), domain.OnlyAfter},
	}
	for _, tt := range tests {
		got := domain.Compare(tt.before, tt.after, domain.PostsOf(nil))
		if len(got) != 1 || got[0].Kind != tt.want {
			t.Errorf("%s: %+v, want kind %d", tt.name, got, tt.want)
		}
	}
}
