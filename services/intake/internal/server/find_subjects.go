package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// Why people were looked for: what by stands in the record.
const (
	findByPhone     = "find_by_phone"
	findByEmail     = "find_by_email"
	findByReference = "find_by_reference"
)

// maxFound is how many complaints an answer shows.
const maxFound = 100

// FindSubjects implements the RPC; its contract is in the .proto file.
func (s *Server) FindSubjects(ctx context.Context, req *intakev1.FindSubjectsRequest) (*intakev1.FindSubjectsResponse, error) {
	look, purpose, err := s.lookup(auth.From(ctx).Tenant, req)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.FindSubjectsResponse{}
	var refused error
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		found, err := look(ctx, tx)
		if err != nil {
			return err
		}
		if resp, err = s.subjectsProto(found); err != nil {
			return err
		}
		var people []string
		for _, who := range resp.GetSubjects() {
			people = append(people, who.GetSubjectId())
		}
		refused, err = s.recordLook(ctx, tx, purpose, people, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	return resp, nil
}

// recordLook records that the caller has looked for people and found some, and, where that is bounded, refuses who has done so too often.
func (s *Server) recordLook(ctx context.Context, tx pgx.Tx, purpose string, found []string, bounded bool) (refused, err error) {
	by := auth.From(ctx)
	a := domain.Access{ID: s.cfg.NewID(), Kind: domain.AccessFind, Actor: by.Actor(), Purpose: purpose, Time: s.now(), Granted: true}
	if len(found) == 1 {
		a.SubjectID = found[0]
	}
	if !bounded {
		return nil, store.InsertAccess(ctx, tx, by.Tenant, a)
	}
	return recordAccess(ctx, tx, by.Tenant, a, s.cfg.FindQuota)
}

// lookup returns how the complaints are found that a request wants, and what stands in the record for it.
func (s *Server) lookup(tenant string, req *intakev1.FindSubjectsRequest) (func(context.Context, pgx.Tx) ([]store.Kept, error), string, error) {
	var index []byte
	var err error
	switch key := req.GetKey().(type) {
	case *intakev1.FindSubjectsRequest_Phone:
		if index, err = s.cfg.Keys.PhoneIndex(tenant, key.Phone); index == nil && err == nil {
			err = fault.New(fault.Invalid, "CONTACT_INVALID", "phone is no telephone number; it wants 5 to 20 digits, for example +86 138 1234 5678").At("phone")
		}
		return func(ctx context.Context, tx pgx.Tx) ([]store.Kept, error) {
			return store.ComplaintsByPhone(ctx, tx, tenant, index, maxFound+1)
		}, findByPhone, err
	case *intakev1.FindSubjectsRequest_Email:
		if index, err = s.cfg.Keys.EmailIndex(tenant, key.Email); index == nil && err == nil {
			err = fault.New(fault.Invalid, "CONTACT_INVALID", "email is no e-mail address; it wants the form name@example.com").At("email")
		}
		return func(ctx context.Context, tx pgx.Tx) ([]store.Kept, error) {
			return store.ComplaintsByEmail(ctx, tx, tenant, index, maxFound+1)
		}, findByEmail, err
	default:
		if index, err = s.cfg.Keys.ReferenceIndex(tenant, req.GetCustomerReference()); index == nil && err == nil {
			err = fault.New(fault.Invalid, "FIELD_INVALID", "customer_reference is blank; give the company's own reference for the person").At("customer_reference")
		}
		return func(ctx context.Context, tx pgx.Tx) ([]store.Kept, error) {
			id, err := store.SubjectByReference(ctx, tx, tenant, index)
			if err != nil || id == "" {
				return nil, err
			}
			return store.ComplaintsOf(ctx, tx, tenant, id, maxFound+1)
		}, findByReference, err
	}
}

// subjectsProto returns who the complaints are of, masked, in the order of their newest ones.
func (s *Server) subjectsProto(found []store.Kept) (*intakev1.FindSubjectsResponse, error) {
	resp := &intakev1.FindSubjectsResponse{Truncated: len(found) > maxFound}
	people := map[string]*intakev1.Subject{}
	for _, k := range found[:min(len(found), maxFound)] {
		shown, err := s.shown(k)
		if err != nil {
			return nil, err
		}
		who := people[k.Subject.ID]
		if who == nil {
			who = &intakev1.Subject{SubjectId: k.Subject.ID}
			people[k.Subject.ID] = who
			resp.Subjects = append(resp.Subjects, who)
		}
		who.Complaints = append(who.Complaints, shown)
	}
	return resp, nil
}
