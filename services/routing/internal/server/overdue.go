package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"

	"redress.dev/services/routing/internal/store"
)

// overdue tells of renewals whose due time has passed by now, each once. Routing waits for no time: it looks whenever it takes events,
// of which the clocks of open complaints alone bring enough.
func (s *Server) overdue(ctx context.Context, tx pgx.Tx, now time.Time) ([]events.Draft, error) {
	list, err := store.LockOverdue(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	var drafts []events.Draft
	for _, r := range list {
		p, err := s.cfg.Editions.Get(ctx, r.Digest) // kept since it began
		if err != nil {
			return nil, err
		}
		told, e := r.TellOverdue(p, now)
		if err := store.SaveRenewal(ctx, tx, told, now); err != nil {
			return nil, err
		}
		drafts = append(drafts, events.Draft{
			Tenant: r.Tenant, AggregateID: r.AggregateID(), Version: told.EventVersion, Actor: actor, OccurTime: r.DueTime, Message: eventProto(e),
		})
	}
	return drafts, nil
}
