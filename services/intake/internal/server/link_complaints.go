package server

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// LinkComplaints implements the RPC; its contract is in the .proto file.
func (s *Server) LinkComplaints(ctx context.Context, req *intakev1.LinkComplaintsRequest) (*intakev1.LinkComplaintsResponse, error) {
	now, by := s.now(), auth.From(ctx)
	kind := domain.LinkKind(req.GetKind())
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.LinkComplaintsResponse, error) {
		locked, linked, err := lockLinked(ctx, tx, by.Tenant, kind, req.GetComplaintId(), req.GetOtherComplaintId())
		if err != nil {
			return nil, err
		}
		all, err := domain.Link(linked[0], linked[1], s.cfg.NewID())
		if err != nil {
			return nil, err
		}
		for i := range all {
			l := &all[i]
			own := l.ComplaintID == linked[0][0].ComplaintID // the request may spell it in capitals
			if own {
				l.Counted = !req.GetNotCounted()
			}
			if own || l.Kind == 0 { // newly linked, or told again how
				l.Kind, l.Reason, l.Actor, l.LinkTime = kind, req.GetReason(), by.Actor(), now
			}
		}
		if err := store.SaveLinks(ctx, tx, by.Tenant, kind, all); err != nil {
			return nil, err
		}
		return &intakev1.LinkComplaintsResponse{Links: linkProtos(all)}, tellLinked(ctx, tx, now, locked, kind, all, all)
	})
}

// lockLinked returns what each of the complaints is linked with by kind, and all of these complaints, locked until tx ends. It fails
// with COMPLAINT_NOT_FOUND.
func lockLinked(ctx context.Context, tx pgx.Tx, tenant string, kind domain.LinkKind, ids ...string) (map[string]domain.Complaint, [][]domain.Linked, error) {
	var linked [][]domain.Linked
	locked, err := lockAll(ctx, tx, tenant, func(tx pgx.Tx) (all []string, err error) {
		linked, all, err = linkedWith(ctx, tx, tenant, kind, ids)
		return all, err
	})
	return locked, linked, err
}

// lockAll returns the complaints that find names and that exist, locked until tx ends. find is asked again when they are locked.
//
// While they are being locked others may join them. Then all locks are given back and the larger group is locked, in one statement and so
// in order: who kept some and asked for more would meet another who does the same.
func lockAll(ctx context.Context, tx pgx.Tx, tenant string, find func(tx pgx.Tx) ([]string, error)) (map[string]domain.Complaint, error) {
	want, err := find(tx)
	for err == nil {
		var inner pgx.Tx
		if inner, err = tx.Begin(ctx); err != nil {
			break
		}
		asked := want
		var locked map[string]domain.Complaint
		if locked, err = store.LockComplaints(ctx, inner, slices.Repeat([]string{tenant}, len(asked)), asked); err != nil {
			break
		}
		if want, err = find(inner); err != nil {
			break
		}
		if !slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(asked, id) }) {
			return locked, inner.Commit(ctx)
		}
		err = inner.Rollback(ctx)
	}
	return nil, err
}

// linkedWith returns what each of the complaints is linked with by kind, itself among them, and all of these together. It fails with
// COMPLAINT_NOT_FOUND.
func linkedWith(ctx context.Context, tx pgx.Tx, tenant string, kind domain.LinkKind, ids []string) (linked [][]domain.Linked, all []string, err error) {
	for _, id := range ids {
		list, err := store.Linked(ctx, tx, tenant, kind, id)
		if err != nil {
			return nil, nil, err
		}
		if len(list) == 0 {
			return nil, nil, store.NotFound("complaint_id", id)
		}
		linked = append(linked, list)
		for _, l := range list {
			all = append(all, l.ComplaintID)
		}
	}
	return linked, all, nil
}

// tellLinked tells each of the complaints what it is linked with now.
func tellLinked(ctx context.Context, tx pgx.Tx, now time.Time, locked map[string]domain.Complaint, kind domain.LinkKind, to, linked []domain.Linked) error {
	changed := make([]domain.Complaint, 0, len(to))
	for _, l := range to {
		c, event := domain.LinkChanged(locked[l.ComplaintID], kind, linked)
		changed = append(changed, c)
		if err := emit(ctx, tx, now, c, event, now); err != nil {
			return err
		}
	}
	return store.SaveComplaints(ctx, tx, changed...)
}

func linkProtos(links []domain.Linked) []*intakev1.Link {
	out := make([]*intakev1.Link, len(links))
	for i, l := range domain.Numbered(links) {
		out[i] = linkProto(l)
	}
	return out
}
