package domain

import (
	"fmt"

	"redress.dev/pkg/procedure"
)

// Warned returns c after a warning of a clock: the posts that the clock names are told, if it names any. Closed cases too: the
// warning came before, and posts named for it should know of it.
//
// It fails when the edition has no such clock or warning, or cannot say who is told; c is unchanged then.
func Warned(p *procedure.Procedure, c Case, clock string, warning int) (Case, []Event, error) {
	policy, ok := p.Clock(clock)
	if !ok || warning < 0 || warning >= len(policy.Warnings) {
		return c, nil, stuck("", "the edition has no warning %d of a clock %q", warning, clock)
	}
	return tell(p, c, "clock/"+clock+"/warned", policy.Warnings[warning].Notify)
}

// Breached returns c after the breach of a clock, as Warned does.
func Breached(p *procedure.Procedure, c Case, clock string) (Case, []Event, error) {
	policy, ok := p.Clock(clock)
	if !ok {
		return c, nil, stuck("", "the edition has no clock %q", clock)
	}
	return tell(p, c, "clock/"+clock+"/breached", policy.Breach)
}

// Escalated returns c after a step of the ladder of a breached clock, as Warned does.
func Escalated(p *procedure.Procedure, c Case, clock string, level int) (Case, []Event, error) {
	policy, ok := p.Clock(clock)
	if !ok || level < 0 || level >= len(policy.Ladder) {
		return c, nil, stuck("", "the edition has no step %d in the ladder of a clock %q", level, clock)
	}
	return tell(p, c, fmt.Sprintf("clock/%s/escalated/%d", clock, level+1), policy.Ladder[level].Notify)
}

// tell leaves c.Version alone: where the case stands has not changed, and who read it before may still act on it.
//
// p is the clock's edition. The case may have been moved to another one before the news came: then p's own rules say whom p means.
func tell(p *procedure.Procedure, c Case, about string, who []procedure.Assignee) (Case, []Event, error) {
	facts := c.Facts
	if p.Digest != c.Digest {
		values, err := p.Classify(facts)
		if err != nil {
			return c, nil, &StuckError{Err: err}
		}
		facts.Values = values
	}
	told, _, err := posts(who, facts)
	if err != nil {
		return c, nil, &StuckError{Err: err}
	}
	if len(told) == 0 {
		return c, nil, nil
	}
	c.EventVersion++
	return c, []Event{NoticeIssued{About: about, Posts: told, Round: c.Facts.Round}}, nil
}
