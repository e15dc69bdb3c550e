package cases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// clockStates and visitStates are the states as authors write them.
var (
	clockStates = []string{"running", "paused", "met", "breached", "cancelled", "excused"}
	visitStates = []string{"due", "done", "cancelled"}
)

// clocks checks the newest clock of each policy that is named.
func (s *storyteller) clocks(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "clock", s.words.clocks) {
		if value.Kind == yaml.ScalarNode && value.Value == nothing {
			out = append(out, equal(value, "clock "+key.Value, nothing, func(ctx context.Context, v *view) (string, error) { return v.anyClock(ctx, key.Value) }))
			continue
		}
		out = append(out, s.clock(key.Value, value)...)
	}
	return out
}

func (s *storyteller) clock(policy string, n *yaml.Node) []check {
	m := s.mapping(n, "a clock", "state", "due", "start", "breached", "ended", "late", "provisional", "count", "explanation")
	var out []check
	add := func(x *yaml.Node, attribute, want string, of func(v *view, c *slatimerv1.Clock) string) {
		out = append(out, equal(x, fmt.Sprintf("clock %s, %s", policy, attribute), want, func(ctx context.Context, v *view) (string, error) {
			c, err := v.clock(ctx, policy)
			if err != nil || c == nil {
				return "the clock has not started", err
			}
			return of(v, c), nil
		}))
	}
	if x := m["state"]; x != nil && s.oneOf(x, "state of a clock", clockStates) {
		add(x, "state", x.Value, func(_ *view, c *slatimerv1.Clock) string { return lower(c.GetState().String(), "CLOCK_STATE_") })
	}
	for attribute, of := range clockTimes {
		if x := m[attribute]; x != nil {
			if at := s.moment(x); !at.IsZero() {
				add(x, attribute, written(at, s.zone()), func(v *view, c *slatimerv1.Clock) string { return v.written(of(c)) })
			}
		}
	}
	if x := m["late"]; x != nil {
		d, err := time.ParseDuration(s.text(x))
		if err != nil {
			s.find(x, "%q is no length of time; write 1h5m", x.Value)
		}
		add(x, "late", length(d), func(_ *view, c *slatimerv1.Clock) string { return lateness(c) })
	}
	if x := m["provisional"]; x != nil && s.oneOf(x, "answer", []string{"true", "false"}) {
		add(x, "provisional", x.Value, func(_ *view, c *slatimerv1.Clock) string { return fmt.Sprint(c.GetProvisional()) })
	}
	if x := m["count"]; x != nil {
		out = append(out, equal(x, "clocks of "+policy, s.text(x), func(ctx context.Context, v *view) (string, error) {
			all, err := v.clocksOf(ctx, policy)
			return fmt.Sprint(len(all)), err
		}))
	}
	for _, x := range s.items(m["explanation"]) {
		want := s.text(x)
		out = append(out, check{x.Line, "explanation of clock " + policy, want, func(ctx context.Context, v *view) (string, bool, error) {
			found, err := v.explanation(ctx, policy)
			return found, want != "" && strings.Contains(found, want), err
		}})
	}
	if m != nil && len(m) == 0 {
		s.find(n, "nothing is expected of the clock; say for example {state: running, due: 2026-03-09 10:00}, or none")
	}
	return out
}

// clockTimes are the times of a clock that may be checked.
var clockTimes = map[string]func(c *slatimerv1.Clock) stamped{
	"due":      func(c *slatimerv1.Clock) stamped { return c.GetDueTime() },
	"start":    func(c *slatimerv1.Clock) stamped { return c.GetStartTime() },
	"breached": func(c *slatimerv1.Clock) stamped { return c.GetBreachTime() },
	"ended":    func(c *slatimerv1.Clock) stamped { return c.GetEndTime() },
}

// lateness is how long after its due time a breached clock was stopped.
func lateness(c *slatimerv1.Clock) string {
	if c.GetBreachTime() == nil || c.GetEndTime() == nil {
		return "it was not stopped late"
	}
	return length(c.GetEndTime().AsTime().Sub(c.GetDueTime().AsTime()))
}

// length writes a length of time as an author does: "1h5m", not "1h5m0s".
func length(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// visits checks the newest return visit of each plan that is named.
func (s *storyteller) visits(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "visit plan", s.words.visits) {
		add := func(x *yaml.Node, attribute, want string, of func(f *followupv1.Visit) string) {
			out = append(out, equal(x, strings.TrimSuffix(fmt.Sprintf("visit %s, %s", key.Value, attribute), ", "), want, func(ctx context.Context, v *view) (string, error) {
				f, err := v.visit(ctx, key.Value)
				if err != nil || f == nil {
					return nothing, err
				}
				return of(f), nil
			}))
		}
		if value.Kind == yaml.ScalarNode && value.Value == nothing {
			add(value, "", nothing, func(f *followupv1.Visit) string { return lower(f.GetState().String(), "VISIT_STATE_") })
			continue
		}
		m := s.mapping(value, "a visit", "state", "outcome", "attempts", "post")
		if x := m["state"]; x != nil && s.oneOf(x, "state of a visit", visitStates) {
			add(x, "state", x.Value, func(f *followupv1.Visit) string { return lower(f.GetState().String(), "VISIT_STATE_") })
		}
		if x := m["outcome"]; x != nil && s.oneOf(x, "outcome", []string{"satisfied", "dissatisfied", "unreached"}) {
			add(x, "outcome", x.Value, func(f *followupv1.Visit) string { return lower(f.GetOutcome().String(), "VISIT_OUTCOME_") })
		}
		if x := m["attempts"]; x != nil {
			add(x, "attempts", s.text(x), func(f *followupv1.Visit) string { return fmt.Sprint(f.GetAttemptCount()) })
		}
		if x := m["post"]; x != nil && s.oneOf(x, "post", s.words.posts) {
			add(x, "post", x.Value, (*followupv1.Visit).GetPost)
		}
		if m != nil && len(m) == 0 {
			s.find(value, "nothing is expected of the visit; say for example {state: due}, or none")
		}
	}
	return out
}

// lower returns an enum's name without its prefix, as authors write it.
func lower(name, prefix string) string { return strings.ToLower(strings.TrimPrefix(name, prefix)) }
