package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

// The acts about actions.
type (
	openAction struct {
		action string
		others []string // complaints by the author's names, beside the entry's
		alone  bool
		digest string
	}
	cancelAction struct{ action, reason string }
)

// actionAct reads the opening or the cancelling of an action.
func (s *storyteller) actionAct(name string, n *yaml.Node, e *entry) act {
	if name == "cancel_action" {
		m := s.mapping(n, "a cancelling", "action", "reason")
		a := cancelAction{s.choice(m["action"], "action", s.words.actions), s.text(m["reason"])}
		e.name = "cancel_action " + a.action
		if m != nil && (m["action"] == nil || m["reason"] == nil) {
			s.find(n, "say which action is cancelled, and why: {action: %s, reason: opened_in_error}", list(s.words.actions))
		}
		return a
	}
	m := s.mapping(n, "an opening", "action", "with", "alone")
	a := openAction{action: s.choice(m["action"], "action", s.words.actions), others: s.texts(m["with"]), alone: s.text(m["alone"]) == "true", digest: s.compiled.Digest}
	e.name = "open_action " + a.action
	if m != nil && m["action"] == nil {
		s.find(n, "name the action that opens: {action: %s}", list(s.words.actions))
	}
	for _, other := range a.others {
		if !s.registered[other] {
			s.find(m["with"], "complaint %s is not registered before this entry", other)
		}
	}
	return a
}

func (a openAction) do(ctx context.Context, p *play, complaint string) error {
	req := &followupv1.OpenActionRequest{RequestId: requestID(), Action: a.action}
	if a.alone {
		req.Edition = a.digest
	} else {
		for _, name := range append([]string{complaint}, a.others...) {
			req.ComplaintIds = append(req.ComplaintIds, p.complaints[name])
		}
	}
	resp, err := p.api.followup.OpenAction(ctx, req, p.viewer())
	if err == nil && a.alone {
		p.alone[a.action] = resp.GetAction().GetActionId()
	}
	return err
}

func (a cancelAction) do(ctx context.Context, p *play, complaint string) error {
	v := &view{play: p, complaint: p.complaints[complaint]}
	newest, err := v.action(ctx, a.action)
	if err != nil {
		return err
	}
	_, err = p.api.followup.CancelAction(ctx, &followupv1.CancelActionRequest{
		RequestId: requestID(), ActionId: newest.GetActionId(), Reason: a.reason,
	}, p.as("case", optionsv1.Role_ROLE_SUPERVISOR))
	return err
}

// allActions returns the actions of a key in every state, the earliest opened first.
func (v *view) allActions(ctx context.Context, key string) ([]*followupv1.Action, error) {
	resp, err := v.api.followup.ListActions(ctx, &followupv1.ListActionsRequest{
		ComplaintId: v.complaint, Action: key, PageSize: maxPage,
		States: []followupv1.ActionState{
			followupv1.ActionState_ACTION_STATE_OPEN, followupv1.ActionState_ACTION_STATE_CLOSED, followupv1.ActionState_ACTION_STATE_CANCELLED,
		},
	}, v.viewer())
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	return resp.GetActions(), nil
}

// action returns the newest action of a key that the complaint has, else the one that was opened without a complaint.
func (v *view) action(ctx context.Context, key string) (*followupv1.Action, error) {
	if v.complaint != "" {
		all, err := v.allActions(ctx, key)
		if err != nil || len(all) > 0 {
			return newestAction(all), err
		}
	}
	if id := v.alone[key]; id != "" {
		resp, err := v.api.followup.GetAction(ctx, &followupv1.GetActionRequest{ActionId: id}, v.viewer())
		return resp.GetAction(), err
	}
	return nil, fmt.Errorf("no action %s has opened", key)
}

// newestAction is the one with the greatest id: several may open at one moment.
func newestAction(all []*followupv1.Action) *followupv1.Action {
	return slices.MaxFunc(all, func(a, b *followupv1.Action) int { return strings.Compare(a.GetActionId(), b.GetActionId()) })
}

// actions reads what is expected of the newest action of each key.
func (s *storyteller) actions(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "action", s.words.actions) {
		what := "action " + key.Value
		if value.Kind == yaml.ScalarNode && value.Value == nothing {
			out = append(out, equal(value, what, nothing, func(ctx context.Context, v *view) (string, error) {
				all, err := v.allActions(ctx, key.Value)
				if err != nil || len(all) == 0 {
					return nothing, err
				}
				return newestAction(all).GetNumber(), nil
			}))
			continue
		}
		out = append(out, s.oneAction(key.Value, what, value)...)
	}
	return out
}

// oneAction reads what is expected of one action: its own state, and what is expected of a complaint otherwise.
func (s *storyteller) oneAction(key, what string, n *yaml.Node) []check {
	m := s.mapping(n, "an action", "state", "number", "count", "work", "milestones", "not_milestones", "clocks", "charges", "notices")
	var out []check
	look := func(x *yaml.Node, part string, of func(*followupv1.Action) string) {
		if x == nil {
			return
		}
		out = append(out, equal(x, what+", "+part, s.text(x), func(ctx context.Context, v *view) (string, error) {
			a, err := v.action(ctx, key)
			if err != nil {
				return "", err
			}
			return of(a), nil
		}))
	}
	if x := m["state"]; x != nil && s.oneOf(x, "state of an action", []string{"open", "closed", "cancelled"}) {
		look(x, "state", func(a *followupv1.Action) string { return lower(a.GetState().String(), "ACTION_STATE_") })
	}
	look(m["number"], "number", (*followupv1.Action).GetNumber)
	if x := m["count"]; x != nil {
		out = append(out, equal(x, "actions "+key, s.text(x), func(ctx context.Context, v *view) (string, error) {
			all, err := v.allActions(ctx, key)
			return fmt.Sprint(len(all)), err
		}))
	}
	var inside []check
	if m["work"] != nil {
		inside = append(inside, s.work(m["work"]))
	}
	inside = append(inside, s.milestones(m["milestones"], true)...)
	inside = append(inside, s.milestones(m["not_milestones"], false)...)
	inside = append(inside, s.clocks(m["clocks"])...)
	inside = append(inside, s.charges(m["charges"])...)
	inside = append(inside, s.notices(m["notices"])...)
	for _, c := range inside {
		out = append(out, c.within(key, what))
	}
	return out
}

// within looks at the newest action of a key where c would look at the complaint.
func (c check) within(key, what string) check {
	look := c.look
	c.what = what + ", " + c.what
	c.look = func(ctx context.Context, v *view) (string, bool, error) {
		a, err := v.action(ctx, key)
		if err != nil {
			return "", false, err
		}
		return look(ctx, &view{play: v.play, complaint: a.GetActionId()})
	}
	return c
}
