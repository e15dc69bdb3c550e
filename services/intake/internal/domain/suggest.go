package domain

import (
	"cmp"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// SuggestionKind is what speaks for a link, in the order of the contract's SuggestionReasonKind.
type SuggestionKind int

// The kinds.
const (
	SamePhone SuggestionKind = iota + 1
	SameEmail
	SameField
	SimilarText
	SamePerson
)

// How much each kind says by itself, of complaints that came at the same time: chosen by judgement, not fitted.
const (
	weightPerson = 0.7
	weightPhone  = 0.6
	weightEmail  = 0.5
	weightField  = 0.6
	weightText   = 0.9

	// rare is how many complaints may share a code for it to say all it can; more make it say less.
	rare = 10
	// leastSimilar is the similarity under which texts are not alike.
	leastSimilar = 0.35
	// fading is how far apart in receipt complaints may lie for their likeness to say half; it says no less further apart.
	fading = 365 * 24 * time.Hour
	// leastScore is the score under which nothing is suggested.
	leastScore = 0.2
)

// Matter is what complaints are compared by.
type Matter struct {
	Complaint Complaint
	Personal  Personal
}

// Suggestion is a complaint that may have to do with another.
type Suggestion struct {
	Score   float64
	Reasons []SuggestionReason
	Kind    LinkKind
}

// SuggestionReason is one reason, with its own share of the score.
type SuggestionReason struct {
	Kind  SuggestionKind
	Score float64
	// Field is set for SameField.
	Field string
}

// Suggest compares two complaints. sharing tells, by field, how many complaints share the code that one has in a field whose codes are no
// vocabulary's; similarity is that of their texts, 0 to 1. It returns false where too little speaks for a link.
func Suggest(one, other Matter, sharing map[string]int, similarity float64) (Suggestion, bool) {
	var s Suggestion
	apart := one.Complaint.ReceiveTime.Sub(other.Complaint.ReceiveTime).Abs()
	nearness := 1 - float64(min(apart, fading))/float64(2*fading)
	because := func(holds bool, kind SuggestionKind, weight float64, field string) {
		if holds {
			s.Reasons = append(s.Reasons, SuggestionReason{kind, weight * nearness, field})
		}
	}
	because(one.Complaint.SubjectID == other.Complaint.SubjectID, SamePerson, weightPerson, "")
	because(same(one.Personal.Phone, other.Personal.Phone, CanonicalPhone), SamePhone, weightPhone, "")
	because(same(one.Personal.Email, other.Personal.Email, CanonicalEmail), SameEmail, weightEmail, "")
	s.Kind = RepeatOf
	if len(s.Reasons) == 0 { // by somebody else
		s.Kind = SameMatter
	}
	for field, n := range sharing {
		code := one.Complaint.Fields[field]
		because(code.Kind == procedure.KindCode && code == other.Complaint.Fields[field], SameField, weightField*rare/float64(max(rare, n)), field)
	}
	because(similarity >= leastSimilar, SimilarText, weightText*similarity, "")
	slices.SortFunc(s.Reasons, func(a, b SuggestionReason) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field))
	})
	accident := 1.0
	for _, r := range s.Reasons {
		accident *= 1 - r.Score
	}
	s.Score = 1 - accident
	return s, s.Score >= leastScore
}

// same reports whether two spellings are of one thing.
func same(a, b string, canonical func(string) (string, bool)) bool {
	x, ok := canonical(a)
	y, also := canonical(b)
	return ok && also && x == y
}
