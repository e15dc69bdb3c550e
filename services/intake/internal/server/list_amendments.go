package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ListAmendments implements the RPC; its contract is in the .proto file.
func (s *Server) ListAmendments(ctx context.Context, req *intakev1.ListAmendmentsRequest) (*intakev1.ListAmendmentsResponse, error) {
	tenant := auth.From(ctx).Tenant
	kept, err := store.ComplaintByID(ctx, s.cfg.Pool, tenant, req.GetComplaintId())
	if err != nil {
		return nil, err
	}
	list, err := store.Amendments(ctx, s.cfg.Pool, tenant, kept.Complaint.ID)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListAmendmentsResponse{}
	for _, row := range list {
		a, err := s.opened(kept, row)
		if err != nil {
			return nil, err
		}
		resp.Amendments = append(resp.Amendments, amendmentProto(a))
	}
	return resp, nil
}

// opened returns an amendment with what is personal of it; of a person who was erased that is left out.
func (s *Server) opened(kept store.Kept, row store.SealedAmendment) (domain.Amendment, error) {
	a := row.Amendment
	if row.Personal == nil || kept.Subject.WrappedKey == nil {
		return a, nil
	}
	key, err := s.cfg.Keys.OpenSubject(kept.Complaint.Tenant, kept.Subject)
	if err != nil {
		return a, err
	}
	plain, err := key.Open(row.Personal, kept.Complaint.ID, a.ID)
	if err != nil {
		return a, err
	}
	var personal []domain.Part
	if err := json.Unmarshal(plain, &personal); err != nil {
		return a, fmt.Errorf("decode amendment %s: %w", a.ID, err)
	}
	a.Parts = slices.Concat(a.Parts, personal)
	slices.SortFunc(a.Parts, func(x, y domain.Part) int { return cmp.Compare(x.Path, y.Path) })
	return a, nil
}

// amendmentProto returns an amendment as answers show it: masked.
func amendmentProto(a domain.Amendment) *intakev1.Amendment {
	out := &intakev1.Amendment{AmendmentId: a.ID, Version: a.Version, Actor: a.Actor, AmendTime: timeProto(a.Time), Reason: a.Reason}
	for _, part := range a.Parts {
		part = part.Masked()
		out.Parts = append(out.Parts, &intakev1.AmendedPart{Path: part.Path, Before: part.Before, After: part.After})
	}
	return out
}
