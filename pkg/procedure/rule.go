package procedure

import "maps"

// combination is how the cases of a rule combine.
type combination int

const (
	first   combination = iota // the first case that holds
	highest                    // of those that hold, the one with the highest rank
	anyCase                    // the flag "does any case hold", as "true" or "false"
)

// rule works out one value.
type rule struct {
	target     string
	combine    combination
	vocabulary *Vocabulary
	cases      []ruleCase
}

// ruleCase gives the rule a value where its condition holds.
type ruleCase struct {
	when       *expression // nil always holds
	value      string
	expression *expression // in value's place
}

// Classify works out the values of all rules, in order; f.Values is not looked at. A target of which no case holds, or whose case
// gives "", is not in the map; one that asks whether any case holds is "true" or "false".
func (p *Procedure) Classify(f Facts) (map[string]string, error) {
	f.Values = make(map[string]string, len(p.rules)) // grows: a later rule sees the earlier ones' values
	for _, r := range p.rules {
		value, err := r.value(f)
		if err != nil {
			return nil, err
		}
		if value != "" {
			f.Values[r.target] = value
		}
	}
	return maps.Clone(f.Values), nil
}

// value works the rule out; "" when none of its cases holds.
func (r rule) value(f Facts) (string, error) {
	return r.decide(func(e *expression) (bool, error) { return e.holds(f) }, func(e *expression) (string, error) { return e.text(f) })
}

// decide works the rule out, given how its conditions and expressions come out.
func (r rule) decide(holds func(*expression) (bool, error), text func(*expression) (string, error)) (string, error) {
	best := ""
	for _, c := range r.cases {
		holds, err := holds(c.when)
		if err != nil {
			return "", err
		}
		if !holds {
			continue
		}
		if r.combine == anyCase {
			return "true", nil
		}
		value := c.value
		if c.expression != nil {
			if value, err = text(c.expression); err != nil {
				return "", err
			}
		}
		if r.combine == first {
			return value, nil
		}
		if best == "" || r.vocabulary.rank(value) > r.vocabulary.rank(best) {
			best = value
		}
	}
	if r.combine == anyCase {
		return "false", nil
	}
	return best, nil
}

// rank of a code; a code that is not in the vocabulary ranks lowest.
func (v *Vocabulary) rank(code string) int {
	if t, ok := v.Term(code); ok {
		return t.Rank
	}
	return -1 << 31
}
