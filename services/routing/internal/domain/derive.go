package domain

import (
	"slices"
	"time"
)

// Outcome is how the derivation of a person ends.
type Outcome int

// The outcomes. The numbers are those of the contract.
const (
	// OutcomeHolder: who sits in the post is there.
	OutcomeHolder Outcome = 1
	// OutcomeDeputy: a deputy acts.
	OutcomeDeputy Outcome = 2
	// OutcomeAbsenceChangesNothing: the holder is away and stays the addressee (S1-20).
	OutcomeAbsenceChangesNothing Outcome = 3
	// OutcomeChainEnded: everybody in the chain is away; it stays with the post and its holder.
	OutcomeChainEnded Outcome = 4
	// OutcomeVacant: nobody sits in the post.
	OutcomeVacant Outcome = 5
	// OutcomeOtherwise: the work stands with somebody else than the directory gives.
	OutcomeOtherwise Outcome = 6
)

// Hop is one step along a chain of deputies.
type Hop struct {
	// Absence of who would have been next; zero where a post is vacant.
	Absence Absence
	// Deputy who was set for that; zero for nobody.
	Deputy Deputy
}

// Derivation is how the person was found who gets the work of a post.
type Derivation struct {
	Post string
	At   time.Time
	// Duty in force; version 0 when nobody sits there.
	Duty    Duty
	Hops    []Hop
	Outcome Outcome
	// Person who gets the work; "" for nobody.
	Person string
}

// Derive finds who gets the work of a post at an instant: who sits there or, when that person is away and the procedure wants
// deputies, who was set for the post, else for the person, and so on along the chain to the first who is there. A chain in which
// everybody is away, or that comes to somebody again, changes nothing. Without deputies no absence does.
func Derive(r Roster, c Cover, deputies bool, post string, at time.Time) Derivation {
	holder, held := r.Holder(post, at)
	d := Derivation{Post: post, At: at, Duty: holder, Person: holder.Person, Outcome: OutcomeHolder}
	if !held {
		d.Outcome = OutcomeVacant
	}
	seat, person := post, holder.Person // the deputy of the post is the first in the chain only
	passed := []string{person}
	for {
		absence, away := c.absent(person, at)
		switch {
		case person == "" && deputies: // a vacant post may have a deputy
		case !away && len(d.Hops) > 0:
			d.Person, d.Outcome = person, OutcomeDeputy
			return d
		case !away:
			return d
		case !deputies:
			d.Hops, d.Outcome = append(d.Hops, Hop{Absence: absence}), OutcomeAbsenceChangesNothing
			return d
		}
		next, ok := c.after(seat, person, at)
		if ok || away {
			d.Hops = append(d.Hops, Hop{Absence: absence, Deputy: next})
		}
		if !ok || slices.Contains(passed, next.Deputy) {
			if held {
				d.Outcome = OutcomeChainEnded
			}
			return d
		}
		seat, person = "", next.Deputy
		passed = append(passed, person)
	}
}

// For returns d as it is for work that stands with a person: where that is another one, the directory does not explain it.
func (d Derivation) For(person string) Derivation {
	if d.Person != person {
		d.Person, d.Outcome = person, OutcomeOtherwise
	}
	return d
}

// acting returns who gets the work of a post at an instant.
func (s Setting) acting(post string, at time.Time) string {
	return Derive(s.Roster, s.Cover, s.Procedure.Directory.Deputies, post, at).Person
}

// Sitting returns who speaks for a post at an instant: who sits there, and who acts for it.
func (s Setting) Sitting(post string, at time.Time) []string {
	return []string{s.Roster.Person(post, at), s.acting(post, at)}
}
