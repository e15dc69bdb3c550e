package procedure

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// tooEarly reports whether a warning comes before the clock starts whichever of its limits counts. Limits that depend on the
// calendar are not compared with hours.
func (k *Clock) tooEarly(w Warning) bool {
	limits := []Limit{}
	if k.Limit.Kind != 0 {
		limits = append(limits, k.Limit)
	}
	for _, c := range k.Cases {
		limits = append(limits, c.Limit)
	}
	for _, l := range limits {
		var length time.Duration
		switch {
		case l.Kind == Hours && w.Before > 0:
			length = l.Duration
		case l.Kind == CalendarDays && w.Before > 0:
			length = time.Duration(l.Count) * 24 * time.Hour
		case l.Kind == WorkingHours && w.WorkingBefore > 0:
			length = l.Duration
		case l.Kind == SameDay && w.Before > 0:
			length = 24 * time.Hour
		default:
			return false
		}
		if max(w.Before, w.WorkingBefore) < length {
			return false
		}
	}
	return len(limits) > 0
}

// later reports whether a step of a ladder comes after another, as far as the two are counted alike.
func (e Escalation) later(before Escalation) bool {
	alike := func(a, b int64) bool { return (a > 0) == (b > 0) }
	if !alike(int64(e.WorkingAfter), int64(before.WorkingAfter)) || !alike(int64(e.DaysAfter), int64(before.DaysAfter)) {
		return e.After+e.WorkingAfter+time.Duration(e.DaysAfter) > 0
	}
	return e.After > before.After || e.WorkingAfter > before.WorkingAfter || e.DaysAfter > before.DaysAfter
}

// agreed sees that an agreed moment is recorded before its clock starts.
func (v *verifier) agreed(path string, k *Clock) {
	check := func(path string, l Limit, conditions ...*expression) {
		if l.Kind != Agreed || l.agreed == nil {
			return
		}
		for _, name := range l.agreed.names() {
			if v.canBeUnset(name, append(conditions, k.when)) {
				v.recorded(path+".agreed", k, name)
			}
		}
	}
	check(path+".limit", k.Limit)
	for i, c := range k.Cases {
		check(fmt.Sprintf("%s.cases[%d].limit", path, i), c.Limit, c.when)
	}
}

// canBeUnset reports whether the conditions of a clock can hold where a time is not given.
func (v *verifier) canBeUnset(name string, conditions []*expression) bool {
	var named []*expression
	for _, c := range conditions {
		if slices.Contains(c.names(), name) {
			named = append(named, c)
		}
	}
	if len(named) == 0 {
		return true
	}
	t, ok := v.try(place{}, named...)
	unset := !ok
	t.each(func(s scene) bool {
		if s[name] != moments[0] {
			return true
		}
		for _, c := range named {
			if holds, err := s.holds(c); err != nil || !holds {
				return true
			}
		}
		unset = true
		return false
	})
	return unset
}

// recorded reports a time that need not be given when a clock starts.
func (v *verifier) recorded(path string, k *Clock, name string) {
	group, key, _ := strings.Cut(name, ".")
	if group == "fields" {
		if f, ok := v.out.Field(key); ok && (!f.Required || len(f.Alternatives) > 0) {
			v.warned(AgreedNotRecorded, path, "%s need not be given, and then the clock does not start; make it required, or give a limit by cases", name)
		}
		return
	}
	stepKey, field, ok := strings.Cut(key, ".")
	if group != "answers" || !ok {
		return
	}
	const done, early = 1, 2
	for _, w := range v.walks {
		s, ok := w.flow.Step(stepKey)
		if !ok {
			continue
		}
		if f, ok := find(s.Form, field, func(f Field) string { return f.Key }); ok && !f.Required {
			v.warned(AgreedNotRecorded, path, "work of %s can be completed without %s, and then the clock does not start; make it required", stepKey, field)
			return
		}
		x := w.watched(func(mark int, o Occurrence) int {
			if o.Kind == WorkCompleted && o.Key == stepKey {
				mark |= done
			}
			if mark&done == 0 && k.Start.happens(o) {
				mark |= early
			}
			return mark
		}, nothing)
		if i := slices.IndexFunc(x.order, func(m marked) bool { return m.mark&early != 0 }); i >= 0 {
			v.found(AgreedNotRecorded, path, "in the flow %s the clock starts before %s has recorded %s; start it later, or agree on the moment before", w.flow.Key, stepKey, field)
			v.last().Trace = x.trace(x.order[i])
			return
		}
	}
}
