package domain

import (
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// maxClockSkew is how far ahead of this server's clock a caller's may be.
const maxClockSkew = 5 * time.Minute

// findings gathers what is wrong with a completion.
type findings struct{ all []*fault.Error }

func (f *findings) add(e *fault.Error) { f.all = append(f.all, e) }

// checkCompletion holds a completion against what its step asks for, given the facts of the case, and reports everything that is wrong at
// once.
func checkCompletion(step *procedure.Step, facts procedure.Facts, w Work, done Completion, now time.Time) error {
	var found findings
	found.outcome(step.Outcomes(w.Rung), done.Outcome)
	for _, e := range procedure.CheckForm(step.Form, facts.Complete(step.Key, done.Outcome, done.Fields), done.Fields) {
		found.add(e)
	}
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
	return fault.All(found.all)
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
