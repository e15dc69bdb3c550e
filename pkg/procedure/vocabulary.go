package procedure

import "strings"

// Vocabulary is a list or tree of codes.
type Vocabulary struct {
	Key  string
	Name Label
	// Terms in the order they are shown.
	Terms []Term

	byCode map[string]int
}

// Term is one code of a vocabulary.
type Term struct {
	Code string
	Name Label
	// Parent in a tree; empty at the top.
	Parent string
	// Rank: greater is higher.
	Rank int
}

// Has reports whether the vocabulary has the code.
func (v *Vocabulary) Has(code string) bool { _, ok := v.byCode[code]; return ok }

// Term returns the term with this code.
func (v *Vocabulary) Term(code string) (Term, bool) {
	i, ok := v.byCode[code]
	if !ok {
		return Term{}, false
	}
	return v.Terms[i], true
}

// Some lists the codes for a message, at most ten of them.
func (v *Vocabulary) Some() string {
	const most = 10
	var codes []string
	for _, t := range v.Terms {
		if len(codes) == most {
			codes = append(codes, "…")
			break
		}
		codes = append(codes, t.Code)
	}
	return strings.Join(codes, ", ")
}
