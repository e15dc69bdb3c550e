package fault

import "fmt"

// All returns one fault for all that is wrong: the first, with a violation for each where there are several; nil where there are none.
// A form that comes back with one complaint at a time is filled in five times.
func All(wrong []*Error) error {
	if len(wrong) == 0 {
		return nil
	}
	first := *wrong[0]
	if n := len(wrong); n > 1 {
		first.Detail += fmt.Sprintf(" (1 of %d faults)", n)
		for _, e := range wrong {
			first.Violations = append(first.Violations, Violation{Field: e.Meta["field"], Detail: e.Detail})
		}
	}
	return &first
}
