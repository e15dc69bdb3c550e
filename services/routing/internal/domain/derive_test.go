package domain_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/services/routing/internal/domain"
)

var (
	early, late = received.Add(-time.Hour), received.Add(time.Hour)
	holderA     = domain.Roster{"desk": {{Person: "a", StartTime: early, Version: 1}}}
)

func away(people ...string) []domain.Absence {
	var list []domain.Absence
	for _, p := range people {
		list = append(list, domain.Absence{ID: p, Person: p, StartTime: early, EndTime: late})
	}
	return list
}

// stands returns deputies in the order in which they are set: "desk:b" for a post's, "a>b" for a person's, nobody after "".
func stands(words ...string) []domain.Deputy {
	var list []domain.Deputy
	for i, w := range words {
		d := domain.Deputy{Version: int64(i + 1), StartTime: early}
		if post, deputy, ok := strings.Cut(w, ":"); ok {
			d.Post, d.Deputy = post, deputy
		} else {
			d.Person, d.Deputy, _ = strings.Cut(w, ">")
		}
		list = append(list, d)
	}
	return list
}

func TestWhoGetsTheWork(t *testing.T) {
	tests := []struct {
		name     string
		roster   domain.Roster
		absences []domain.Absence
		deputies []domain.Deputy
		unwanted bool // the procedure wants no deputies
		person   string
		outcome  domain.Outcome
		hops     int
	}{
		{"the holder", holderA, nil, stands("a>b"), false, "a", domain.OutcomeHolder, 0},
		{"a leave changes nothing (S1-20)", holderA, away("a"), stands("a>b"), true, "a", domain.OutcomeAbsenceChangesNothing, 1},
		{"the deputy of the person", holderA, away("a"), stands("a>b"), false, "b", domain.OutcomeDeputy, 1},
		{"the deputy of the post before that", holderA, away("a"), stands("desk:c", "a>b"), false, "c", domain.OutcomeDeputy, 1},
		{"a deputy of a deputy", holderA, away("a", "b"), stands("a>b", "b>c"), false, "c", domain.OutcomeDeputy, 2},
		{"from the post's on by person", holderA, away("a", "c"), stands("desk:c", "a>b", "c>d"), false, "d", domain.OutcomeDeputy, 2},
		{"what was set last", holderA, away("a"), stands("a>b", "a>c"), false, "c", domain.OutcomeDeputy, 1},
		{"set to nobody", holderA, away("a"), stands("a>b", "a>"), false, "a", domain.OutcomeChainEnded, 1},
		{"nobody was set", holderA, away("a"), nil, false, "a", domain.OutcomeChainEnded, 1},
		{"away to the end of the chain", holderA, away("a", "b", "c"), stands("a>b", "b>c"), false, "a", domain.OutcomeChainEnded, 3},
		{"a circle that came about later", holderA, away("a", "b"), stands("a>b", "b>a"), false, "a", domain.OutcomeChainEnded, 2},
		{"nobody sits there", nil, nil, stands("a>b"), false, "", domain.OutcomeVacant, 0},
		{"nobody sits there, the post has a deputy", nil, nil, stands("desk:b"), false, "b", domain.OutcomeDeputy, 1},
		{"and that one is away", nil, away("b"), stands("desk:b"), false, "", domain.OutcomeVacant, 2},
		{"nobody sits there, deputies unwanted", nil, nil, stands("desk:b"), true, "", domain.OutcomeVacant, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := domain.Derive(tt.roster, domain.Cover{Absences: tt.absences, Deputies: tt.deputies}, !tt.unwanted, "desk", received)
			if got.Person != tt.person || got.Outcome != tt.outcome || len(got.Hops) != tt.hops {
				t.Errorf("got %q, outcome %d, %d hops: %+v", got.Person, got.Outcome, len(got.Hops), got)
			}
		})
	}
}

func TestAbsencesAndDeputiesAreDated(t *testing.T) {
	cover := domain.Cover{Absences: away("a"), Deputies: stands("a>b")}
	cover.Deputies[0].EndTime = received
	for at, want := range map[time.Time]string{early.Add(-1): "", early: "b", received.Add(-1): "b", received: "a", late.Add(-1): "a", late: "a"} {
		if got := domain.Derive(holderA, cover, true, "desk", at).Person; got != want {
			t.Errorf("at %v it is %q's, want %q", at, got, want)
		}
	}
	cover.Absences[0].CancelTime = received
	if got := domain.Derive(holderA, cover, true, "desk", early); got.Outcome != domain.OutcomeHolder {
		t.Errorf("an absence that was taken back counts: %+v", got)
	}
	_, err := domain.RecordAbsence(domain.Absence{StartTime: received, EndTime: received})
	wantFault(t, err, domain.ReasonTimeInvalid, "end_time")
	_, err = domain.SetDeputy(domain.Deputy{Person: "a", Deputy: "b", StartTime: received, EndTime: received}, nil, nil)
	wantFault(t, err, domain.ReasonTimeInvalid, "end_time")
}

func TestDeputiesInACircleAreRefused(t *testing.T) {
	later := stands("b>a")
	later[0].StartTime = late
	ended := stands("b>a")
	ended[0].EndTime = received
	uncovered := stands("b>a", "b>c")
	uncovered[1].EndTime = late
	comesLater := domain.Roster{"desk": {{Person: "x", StartTime: early, EndTime: late, Version: 1}, {Person: "a", StartTime: late, Version: 2}}}
	tests := []struct {
		name     string
		standing []domain.Deputy
		next     string
		duties   domain.Roster
		cycle    string
	}{
		{"oneself", nil, "a>a", nil, "a > a"},
		{"two", stands("b>a"), "a>b", nil, "a > b > a"},
		{"three", stands("b>c", "c>a"), "a>b", nil, "a > b > c > a"},
		{"one that begins later", later, "a>b", nil, "a > b > a"},
		{"one that was over", ended, "a>b", nil, ""},
		{"one that was covered", stands("b>a", "b>c"), "a>b", nil, ""},
		{"a chain", stands("b>c"), "a>b", nil, ""},
		{"the post's own holder", nil, "desk:a", holderA, "a > a"},
		{"the post's deputy comes back to the holder", stands("b>a"), "desk:b", holderA, "a > b > a"},
		{"through a post, closed by a person's", stands("desk:b"), "b>a", holderA, "a > b > a"},
		{"of somebody who sits nowhere near", stands("desk:b"), "c>a", holderA, ""},
		{"one that is covered for a time", uncovered, "a>b", nil, "a > b > a"},
		{"with a holder who comes later", stands("b>a"), "desk:b", comesLater, "a > b > a"},
		{"one that a new holder had brought about", stands("desk:b", "b>a"), "c>b", holderA, ""},
		{"set to nobody", stands("b>a"), "a>", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := stands(tt.next)[0]
			next.StartTime = received
			got, err := domain.SetDeputy(next, tt.standing, tt.duties)
			if tt.cycle == "" {
				if want := int64(len(tt.standing) + 1); err != nil || got.Version != want {
					t.Errorf("version %d, %v; want %d", got.Version, err, want)
				}
				return
			}
			if f := wantFault(t, err, domain.ReasonDeputyCycle, "deputy"); f.Meta["cycle"] != tt.cycle {
				t.Errorf("cycle %q, want %q", f.Meta["cycle"], tt.cycle)
			}
		})
	}
}

// Whatever was set and whoever is away: who gets the work is there, or it stays with the post; and what SetDeputy let in has no circle.
func TestDerivationsAlwaysEnd(t *testing.T) {
	people := []string{"a", "b", "c", "d", "e"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1)) // a seed makes the case again
		pick := func() string { return people[r.IntN(len(people))] }
		var cover domain.Cover
		for range r.IntN(12) {
			next := domain.Deputy{Person: pick(), Deputy: pick(), StartTime: received.Add(time.Duration(r.IntN(4)) * time.Hour)}
			if r.IntN(4) == 0 {
				next.Person, next.Post = "", "desk"
			}
			if r.IntN(2) == 0 {
				next.EndTime = next.StartTime.Add(time.Duration(1+r.IntN(3)) * time.Hour)
			}
			if set, err := domain.SetDeputy(next, cover.Deputies, holderA); err == nil {
				cover.Deputies = append(cover.Deputies, set)
			}
		}
		gone := map[string]bool{}
		for _, p := range people {
			if r.IntN(2) == 0 {
				gone[p] = true
				cover.Absences = append(cover.Absences, domain.Absence{Person: p, StartTime: early, EndTime: received.Add(24 * time.Hour)})
			}
		}
		at := received.Add(time.Duration(r.IntN(8)) * 30 * time.Minute)
		got := domain.Derive(holderA, cover, true, "desk", at)
		if got.Outcome == domain.OutcomeChainEnded != (got.Person == "a" && gone["a"]) || got.Outcome != domain.OutcomeChainEnded && gone[got.Person] {
			t.Fatalf("seed %d: %+v; away %v", seed, got, gone)
		}
		seen := map[string]bool{"a": true}
		for _, hop := range got.Hops {
			if hop.Deputy.Deputy != "" && seen[hop.Deputy.Deputy] {
				t.Fatalf("seed %d: a circle was let in: %s", seed, cmp.Diff(nil, got.Hops))
			}
			seen[hop.Deputy.Deputy] = true
		}
	}
}
