package server

import (
	"context"
	"fmt"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// rulesOf returns, by digest, the editions of the complaints that hear of the end of an action, which was before and is now next; none
// where it has not ended. The complaints may have gone over to others than the action's.
func (s *Server) rulesOf(ctx context.Context, files map[store.Key]domain.File, before, next domain.File) (map[string]*procedure.Procedure, error) {
	if !ended(before, next) {
		return nil, nil
	}
	out := map[string]*procedure.Procedure{}
	for _, id := range next.Action.Complaints {
		digest := files[store.Key{Tenant: next.Tenant, ComplaintID: id}].Edition
		p, err := s.cfg.Editions.Get(ctx, digest)
		if err != nil {
			return nil, err
		}
		out[digest] = p
	}
	return out, nil
}

func ended(before, next domain.File) bool {
	return next.Action.Key != "" && before.State == domain.Open && next.State != domain.Open
}

// settle returns the files that a decision about one of files changes, which was before and is now next, with the drafts of all
// events: evs, and what the complaints of an action hear of its end. A complaint that this makes fail keeps the action from ending.
func (s *Server) settle(files map[store.Key]domain.File, before, next domain.File, evs []domain.Event, rules map[string]*procedure.Procedure, trace string) (
	map[store.Key]domain.File, []events.Draft, error,
) {
	changed := map[store.Key]domain.File{}
	put := func(f domain.File) {
		for _, a := range f.Opened {
			changed[store.KeyOf(a)] = a
		}
		f.Opened = nil
		changed[store.KeyOf(f)] = f
	}
	put(next)
	drafts := draftsOf(next.Tenant, trace, evs)
	if !ended(before, next) {
		return changed, drafts, nil
	}
	for _, id := range next.Action.Complaints {
		c := files[store.Key{Tenant: next.Tenant, ComplaintID: id}]
		after, evs, err := c.Ended(next, rules[c.Edition], s.cfg.NewID)
		if err != nil {
			return nil, nil, fmt.Errorf("complaint %s: %w", c.Number, err)
		}
		put(after)
		drafts = append(drafts, draftsOf(after.Tenant, trace, evs)...)
	}
	return changed, drafts, nil
}
