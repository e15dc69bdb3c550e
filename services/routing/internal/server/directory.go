package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// write runs a call that changes the directory: once for its request id, in one transaction. What f asks of other services it has
// asked before: they may be slow, and nothing is locked meanwhile.
func write[R proto.Message](ctx context.Context, s *Server, method string, req idempotency.Request, now time.Time, f func(tx pgx.Tx) (R, error)) (R, error) {
	by := auth.From(ctx)
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}, method, req, f)
	if err == nil {
		s.cfg.Poke()
	}
	return resp, err
}

// editionList is the published editions of one procedure of a tenant: the active one first, then those that were active before, then those
// that never were, each the newest first. They are compiled as they are asked.
type editionList struct {
	of      domain.Seat
	digests []string
}

// editionsOf asks intake for the editions of a seat's procedure.
func (s *Server) editionsOf(ctx context.Context, seat domain.Seat) (editionList, error) {
	list, err := s.cfg.Published(ctx, seat.Tenant, seat.Procedure)
	if err != nil {
		return editionList{}, err // intake's answer, for example that it is not there now
	}
	if len(list) == 0 {
		return editionList{}, domain.ProcedureUnknown(seat)
	}
	out := editionList{of: seat}
	for _, e := range slices.SortedStableFunc(slices.Values(list), func(a, b *intakev1.PublishedEdition) int { return cmp.Compare(weight(a), weight(b)) }) {
		out.digests = append(out.digests, e.GetEdition().GetDigest())
	}
	return out, nil
}

// weight is lower for an edition that says more about who heads a post. A draft is one person's work: it takes no rule away that two
// people have put in force.
func weight(e *intakev1.PublishedEdition) int {
	switch e.GetState() {
	case intakev1.EditionState_EDITION_STATE_ACTIVE, intakev1.EditionState_EDITION_STATE_RETIRED: // of a procedure either
		return 0
	case intakev1.EditionState_EDITION_STATE_SUPERSEDED:
		return 1
	default:
		return 2
	}
}

// leading returns the active edition, after the retirement the last one, before any was activated the newest.
func (s *Server) leading(ctx context.Context, seat domain.Seat) (*procedure.Procedure, error) {
	list, err := s.editionsOf(ctx, seat)
	if err != nil {
		return nil, err
	}
	return s.cfg.Editions.Await(ctx, list.digests[0])
}

// chair returns a post, and the edition that says who is its head: the leading one, or where that does not have the post the next
// in the list that has it. So a directory is filled before its edition is activated, and after it has been superseded while complaints run by it.
func (s *Server) chair(ctx context.Context, list editionList, key string) (*procedure.Procedure, procedure.Post, error) {
	for _, digest := range list.digests {
		p, err := s.cfg.Editions.Await(ctx, digest)
		if err != nil {
			return nil, procedure.Post{}, err
		}
		if post, ok := p.Post(key); ok {
			return p, post, nil
		}
	}
	list.of.Post = key
	return nil, procedure.Post{}, domain.PostUnknown(list.of)
}

// seated is chair for one seat.
func (s *Server) seated(ctx context.Context, seat domain.Seat) (*procedure.Procedure, procedure.Post, error) {
	list, err := s.editionsOf(ctx, seat)
	if err != nil {
		return nil, procedure.Post{}, err
	}
	return s.chair(ctx, list, seat.Post)
}

// setting returns what decisions in a procedure of a tenant rest on that open work, or ask who sits where, from first to last.
func (s *Server) setting(ctx context.Context, tx pgx.Tx, p *procedure.Procedure, tenant string, first, last time.Time) (domain.Setting, error) {
	of := store.Directory{Tenant: tenant, Procedure: p.Code}
	out := domain.Setting{Procedure: p, NewID: s.cfg.NewID}
	rosters, err := store.Rosters(ctx, tx, []store.Directory{of}, first, last)
	if err != nil {
		return out, err
	}
	out.Roster = rosters[of]
	if p.Directory.Deputies {
		out.Cover, err = store.CoverOf(ctx, tx, of, first, last, time.Time{})
	}
	return out, err
}

// filing returns what an act of a renewal rests on: who acts, who keeps the directory, and who heads the post, "" for none.
func filing(ctx context.Context, people domain.Setting, head string, now time.Time) domain.Filing {
	by := auth.From(ctx)
	return domain.Filing{
		By: by.Subject, Supervisor: by.Has(optionsv1.Role_ROLE_SUPERVISOR), Time: now,
		Heads: people.Sitting(head, now), Keepers: people.Sitting(people.Procedure.Directory.Keeper, now),
	}
}

// tell emits an event about the directory, recorded and occurred at the instant now.
func tell(ctx context.Context, tx pgx.Tx, now time.Time, tenant, aggregate string, version int64, e domain.Event) error {
	return events.Emit(ctx, tx, now, events.Draft{
		Tenant: tenant, AggregateID: aggregate, Version: version, Actor: auth.From(ctx).Actor(), OccurTime: now, Message: eventProto(e),
	})
}

// saveDuties saves the end of a seat's newest duty and the one after it, and tells of it.
func saveDuties(ctx context.Context, tx pgx.Tx, now time.Time, ended, assigned domain.Duty, e domain.DutyChanged) error {
	list := []domain.Duty{assigned}
	if ended.Version > 0 {
		list = []domain.Duty{ended, assigned}
	}
	if err := store.SaveDuties(ctx, tx, list...); err != nil {
		return err
	}
	return tell(ctx, tx, now, assigned.Tenant, assigned.AggregateID(), assigned.Version, e)
}

// told returns the posts that learn of changes: the keeper of the directory, if there is one (S1-19).
func told(p *procedure.Procedure) []string {
	if p.Directory.Keeper == "" {
		return nil
	}
	return []string{p.Directory.Keeper}
}

// forOthers reports whether the caller may speak for posts and for other people.
func forOthers(by auth.Principal) bool {
	return by.Has(optionsv1.Role_ROLE_SUPERVISOR) || by.Has(optionsv1.Role_ROLE_INTEGRATION)
}
