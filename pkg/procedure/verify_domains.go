package procedure

import (
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// place is where an expression is evaluated: in a flow, nil for any, after certain steps.
type place struct {
	flow *Flow
	done map[string]bool // steps whose work is certainly completed by then
}

// flows returns the flows that a place can be in.
func (v *verifier) flowsAt(at place) []*Flow {
	if at.flow != nil {
		return []*Flow{at.flow}
	}
	return v.out.Flows
}

// domain returns what a variable can be at a place; constants are those that it may be compared with.
func (v *verifier) domain(at place, name string, constants []ref.Val) domain {
	group, key, _ := strings.Cut(name, ".")
	switch {
	case name == "channel":
		if vocabulary, ok := v.out.Vocabulary("channel"); ok {
			return codesOf(vocabulary, false)
		}
		return openCodes(constants, false)
	case name == "flow":
		d := domain{}
		for _, f := range v.flowsAt(at) {
			d.add(f.Key)
		}
		return d
	case name == "round":
		return domain{values: around(constants, 1, true)}
	case name == "received":
		return domain{values: []ref.Val{types.Timestamp{Time: receipt}}, open: true}
	case group == "fields":
		if f, ok := v.out.Field(key); ok {
			return f.domain(constants, f.Required && len(f.Alternatives) == 0)
		}
	case group == "answers":
		step, field, _ := strings.Cut(key, ".")
		return v.answers(at, step, field, constants)
	case group == "values":
		return v.ruleDomain(at, key, constants)
	}
	return v.typed(name, constants)
}

// typed returns what a variable can be of which nothing but the type is known.
func (v *verifier) typed(name string, constants []ref.Val) domain {
	known, ok := v.vars[name]
	if !ok {
		return domain{open: true}
	}
	switch known.typ {
	case types.BoolType:
		return domain{values: []ref.Val{types.False, types.True}}
	case types.IntType:
		return domain{values: around(constants, 0, true), open: true}
	case types.DoubleType:
		return domain{values: around(constants, math.Inf(-1), false), open: true}
	case types.TimestampType:
		return domain{values: moments, open: true}
	default:
		return openCodes(constants, false)
	}
}

// domain returns what a field can be; given is true where it is certainly given.
func (f Field) domain(constants []ref.Val, given bool) domain {
	var d domain
	switch {
	case f.Kind == KindCode && f.vocabulary != nil:
		return codesOf(f.vocabulary, !given)
	case f.Kind == KindCode:
		return openCodes(constants, given)
	case f.Kind == KindFlag:
		return domain{values: []ref.Val{types.False, types.True}}
	case f.Kind == KindNumber:
		return f.numbers(constants, given)
	case f.Kind == KindTime && given:
		return domain{values: moments[1:], open: true}
	case f.Kind == KindTime:
		return domain{values: moments, open: true}
	}
	return d
}

// numbers returns numbers on both sides of the constants and of the field's own limits, as far as it takes them, and 0 where nothing may
// be given.
func (f Field) numbers(constants []ref.Val, given bool) domain {
	constants = slices.Clone(constants)
	for _, limit := range []*float64{f.Min, f.Max} {
		if limit != nil {
			constants = append(constants, types.Double(*limit))
		}
	}
	all := around(constants, math.Inf(-1), false)
	return domain{open: true, values: slices.DeleteFunc(all, func(v ref.Val) bool {
		n := float64(v.(types.Double))
		return !f.takes(n) && (n != 0 || given)
	})}
}

// codesOf returns the codes of a vocabulary, and "" where nothing may be given.
func codesOf(v *Vocabulary, empty bool) domain {
	var d domain
	if empty {
		d.add("")
	}
	for _, t := range v.Terms {
		d.add(t.Code)
	}
	return d
}

// openCodes returns the codes that a free code is compared with, and another.
func openCodes(constants []ref.Val, given bool) domain {
	d := domain{open: true}
	for _, c := range constants {
		if code, ok := c.(types.String); ok && code != "" {
			d.add(string(code))
		}
	}
	d.values = append(d.values, other)
	if !given {
		d.add("")
	}
	return d
}

// answers returns what work of a step can have recorded in a field.
func (v *verifier) answers(at place, step, field string, constants []ref.Val) domain {
	var d domain
	merge := func(more domain) {
		d.open = d.open || more.open
		for _, x := range more.values {
			if !slices.ContainsFunc(d.values, func(y ref.Val) bool { return x.Equal(y) == types.True }) {
				d.values = append(d.values, x)
			}
		}
	}
	for _, flow := range slices.Concat(v.flowsAt(at), v.before) {
		s, ok := flow.Step(step)
		if !ok || !s.Kind.Work() {
			continue
		}
		if field == Outcome {
			for rung := range max(1, len(s.Assignees)) {
				d.add(s.Outcomes(rung)...)
			}
			if !at.done[step] {
				d.add("")
			}
			continue
		}
		if f, ok := find(s.Form, field, func(f Field) string { return f.Key }); ok {
			merge(f.domain(constants, f.Required && at.done[step]))
		}
	}
	if p, ok := v.out.Visit(step); ok {
		if f, ok := find(p.Form, field, func(f Field) string { return f.Key }); ok {
			merge(f.domain(constants, false))
		}
	}
	if len(d.values) == 0 { // no flow here has the step: it stays what it was
		for _, zero := range v.typed("answers."+step+"."+field, nil).values {
			switch zero {
			case types.String(""), types.False, types.Double(0), moments[0]:
				d.values = append(d.values, zero)
			}
		}
	}
	return d
}

// ruleDomain returns what a rule can work out at a place, looking at each of its cases by itself.
func (v *verifier) ruleDomain(at place, target string, constants []ref.Val) domain {
	r, ok := find(v.out.rules, target, func(r rule) string { return r.target })
	if !ok {
		return openCodes(constants, false)
	}
	if r.combine == anyCase {
		return domain{values: []ref.Val{types.False, types.True}}
	}
	d, total := domain{}, false
	for _, c := range r.cases {
		total = total || c.when == nil && c.value != ""
		if c.expression == nil {
			d.add(c.value)
			continue
		}
		results := v.results(at, c.expression, c.when)
		d.open = d.open || results.open
		for _, x := range results.values {
			d.add(string(x.(types.String)))
		}
	}
	if !total {
		d.add("")
	}
	return d
}
