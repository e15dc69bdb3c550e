package domain

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// maxKeyBytes is how long the keys of a procedure are; what a caller sends may be longer, and is not repeated whole.
const maxKeyBytes = 63

// maxClockSkew is how far ahead of this server's clock a caller's may be.
const maxClockSkew = 5 * time.Minute

// findings gathers what is wrong with a completion: a form that comes back with one complaint at a time is filled in five times.
type findings struct{ all []*fault.Error }

func (f *findings) add(e *fault.Error) { f.all = append(f.all, e) }

// fault returns the first finding, with all of them as violations where there are several; nil when there are none.
func (f *findings) fault() error {
	if len(f.all) == 0 {
		return nil
	}
	first := *f.all[0]
	if more := len(f.all) - 1; more > 0 {
		first.Detail += fmt.Sprintf(" (and %d more)", more)
		for _, e := range f.all {
			first.Violations = append(first.Violations, fault.Violation{Field: e.Meta["field"], Detail: e.Detail})
		}
	}
	return &first
}

// checkCompletion holds a completion against what its step asks for, and reports everything that is wrong at once.
func checkCompletion(step *procedure.Step, w Work, done Completion, now time.Time) error {
	var found findings
	found.outcome(step.Outcomes(w.Rung), done.Outcome)
	found.form(step.Form, done.Fields)
	for _, kind := range step.RequiredContent {
		if !slices.Contains(done.Content, kind) {
			found.add(fault.New(fault.Invalid, ReasonContentRequired, "content must hold %q", kind).At("content").With("missing", kind))
		}
	}
	// An hour that is not over yet cannot have been worked; but two machines never agree to the second.
	switch {
	case done.OccurTime.After(now.Add(maxClockSkew)):
		found.add(fault.New(fault.Invalid, ReasonTimeInvalid, "occur_time is in the future; now is %s", now.Format(time.RFC3339)).At("occur_time"))
	case done.OccurTime.Before(w.OpenTime):
		found.add(fault.New(fault.Invalid, ReasonTimeInvalid, "occur_time is before the work opened at %s", w.OpenTime.Format(time.RFC3339)).At("occur_time"))
	}
	return found.fault()
}

// outcome checks the answer or decision; known is empty for a task, which has none.
func (f *findings) outcome(known []string, given string) {
	switch {
	case slices.Contains(known, given):
	case len(known) == 0 && given == "":
	case len(known) == 0:
		f.add(fault.New(fault.Invalid, ReasonOutcomeInvalid, "a task has no outcome; leave it empty").At("outcome"))
	default:
		list := strings.Join(known, ", ")
		f.add(fault.New(fault.Invalid, ReasonOutcomeInvalid, "outcome must be one of: %s", list).At("outcome").With("known", list))
	}
}

// form checks the facts, in the order of their keys so that the same request gets the same answer.
func (f *findings) form(form []procedure.Field, given map[string]procedure.Value) {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(form, func(field procedure.Field) bool { return field.Key == key })
		if i < 0 {
			key = strings.ToValidUTF8(key[:min(len(key), maxKeyBytes)], "")
			f.add(fault.New(fault.Invalid, ReasonFieldUnknown, "the step does not ask for fields.%s; it asks for: %s", key, keysOf(form)).At("fields." + key))
			continue
		}
		var invalid *fault.Error
		if errors.As(form[i].Check(given[key]), &invalid) {
			f.add(invalid)
		}
	}
	// A field that was given wrongly is not missing as well.
	for _, field := range procedure.Missing(form, func(key string) bool { _, ok := given[key]; return ok }) {
		f.add(fault.New(fault.Invalid, ReasonFieldRequired, "fields.%s (%s) is required", field.Key, field.Name).At("fields."+field.Key).With("clause", field.Clause))
	}
}

// keysOf lists what a form asks for, for a message.
func keysOf(form []procedure.Field) string {
	if len(form) == 0 {
		return "nothing"
	}
	keys := make([]string, len(form))
	for i, field := range form {
		keys[i] = field.Key
	}
	return strings.Join(keys, ", ")
}
