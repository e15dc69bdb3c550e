package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// GetComplaint implements the RPC; its contract is in the .proto file. Complaint, contacts and links are
// three reads: a contact recorded between them shows with the older version.
func (s *Server) GetComplaint(ctx context.Context, req *intakev1.GetComplaintRequest) (*intakev1.GetComplaintResponse, error) {
	tenant := auth.From(ctx).Tenant
	kept, err := s.find(ctx, tenant, req)
	if err != nil {
		return nil, err
	}
	shown, err := s.shown(kept)
	if err != nil {
		return nil, err
	}
	contacts, err := store.Contacts(ctx, s.cfg.Pool, tenant, kept.Complaint.ID)
	if err != nil {
		return nil, err
	}
	links, err := store.Links(ctx, s.cfg.Pool, tenant, kept.Complaint.ID)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.GetComplaintResponse{Complaint: shown, Links: linkProtos(links)}
	for _, c := range contacts {
		resp.Contacts = append(resp.Contacts, contactProto(c))
	}
	return resp, nil
}

// find looks a complaint up by whichever key the request has.
func (s *Server) find(ctx context.Context, tenant string, req *intakev1.GetComplaintRequest) (store.Kept, error) {
	if number := req.GetNumber(); number != "" {
		return store.ComplaintByNumber(ctx, s.cfg.Pool, tenant, number)
	}
	return store.ComplaintByID(ctx, s.cfg.Pool, tenant, req.GetComplaintId())
}

// shown returns a complaint as answers show it.
func (s *Server) shown(k store.Kept) (*intakev1.Complaint, error) {
	p, err := s.person(k)
	if err != nil {
		return nil, err
	}
	return complaintProto(k.Complaint, p), nil
}

// person returns the personal data of a complaint, in the clear. Of a person who was erased there is none.
func (s *Server) person(k store.Kept) (domain.Personal, error) {
	if k.Subject.WrappedKey == nil {
		return domain.Personal{}, nil
	}
	key, err := s.cfg.Keys.OpenSubject(k.Complaint.Tenant, k.Subject)
	if err != nil {
		return domain.Personal{}, err
	}
	return key.OpenPersonal(k.Complaint.ID, k.Sealed)
}
