package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// maxNotesBytes is about how much of the notes is shown: an answer must fit what gRPC clients take.
const maxNotesBytes = 1 << 20

// RevealPersonalData implements the RPC; its contract is in the .proto file. What was not recorded was not shown: the answer leaves
// after the commit, and a refusal is recorded too. Each call is one access: a retry too, since it shows the data again.
func (s *Server) RevealPersonalData(ctx context.Context, req *intakev1.RevealPersonalDataRequest) (*intakev1.RevealPersonalDataResponse, error) {
	now, by := s.now(), auth.From(ctx)
	viewer, err := s.viewer(ctx, by, req) // before the transaction: neighbours may be slow, and nothing is locked meanwhile
	if err != nil {
		return nil, err
	}
	var resp *intakev1.RevealPersonalDataResponse
	var refused error
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		c, err := store.LockComplaint(ctx, tx, by.Tenant, req.GetComplaintId())
		if err != nil {
			return err
		}
		access := domain.Access{
			ID: s.cfg.NewID(), Kind: domain.AccessReveal, ComplaintID: c.ID, SubjectID: c.SubjectID, Actor: by.Actor(), Purpose: req.GetPurpose(), Time: now,
		}
		var event domain.Event
		if c, event, refused = domain.Reveal(c, viewer); refused != nil {
			return store.InsertAccess(ctx, tx, by.Tenant, access)
		}
		if refused, err = recordAccess(ctx, tx, by.Tenant, access, s.cfg.RevealQuota); err != nil || refused != nil {
			return err
		}
		if resp, err = s.reveal(ctx, tx, c); err != nil {
			return err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return err
		}
		return emit(ctx, tx, now, c, event, now) // that somebody looked; why stands in the table
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	s.cfg.Poke()
	return resp, nil
}

// viewer returns what the caller has to do with a complaint. Routing and followup are asked where the caller's office does not say it.
func (s *Server) viewer(ctx context.Context, by auth.Principal, req *intakev1.RevealPersonalDataRequest) (domain.Viewer, error) {
	v := domain.Viewer{Trusted: by.Has(optionsv1.Role_ROLE_SUPERVISOR) || by.Has(optionsv1.Role_ROLE_PRIVACY_OFFICER)}
	if v.Trusted {
		return v, nil
	}
	var err error
	if v.Assigned, err = s.cfg.Assigned(ctx, by.Tenant, req.GetComplaintId(), by.Subject); err != nil || v.Assigned {
		return v, err
	}
	if by.Has(optionsv1.Role_ROLE_AGENT) && req.GetPurpose() == domain.PurposeReturnVisit {
		v.Visiting, err = s.cfg.VisitDue(ctx, by.Tenant, req.GetComplaintId())
	}
	return v, err
}

// reveal returns the personal data of a complaint in the clear.
func (s *Server) reveal(ctx context.Context, tx pgx.Tx, c domain.Complaint) (*intakev1.RevealPersonalDataResponse, error) {
	kept, err := store.ComplaintByID(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.person(kept)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.RevealPersonalDataResponse{Complainant: partyProto(c.ComplainantKind, p), Content: p.Content, PersonalFields: p.Fields}
	resp.ContactNotes, err = s.notes(ctx, tx, kept, maxNotesBytes)
	return resp, err
}

// notes returns what was said in the newest contacts of a complaint, by contact id, as much as fits in about limit bytes.
func (s *Server) notes(ctx context.Context, db store.Querier, k store.Kept, limit int) (map[string]string, error) {
	sealed, err := store.Notes(ctx, db, k.Complaint.Tenant, k.Complaint.ID)
	if err != nil || len(sealed) == 0 || k.Subject.WrappedKey == nil {
		return nil, err
	}
	key, err := s.cfg.Keys.OpenSubject(k.Complaint.Tenant, k.Subject)
	if err != nil {
		return nil, err
	}
	notes := map[string]string{}
	for _, n := range sealed {
		if limit -= len(n.Sealed); limit < 0 {
			break
		}
		said, err := key.Open(n.Sealed, k.Complaint.ID, n.ContactID)
		if err != nil {
			return nil, err
		}
		notes[n.ContactID] = string(said)
	}
	return notes, nil
}

// recordAccess records an access to personal data, or, past the actor's quota of its kind, that it was refused, and returns that.
func recordAccess(ctx context.Context, tx pgx.Tx, tenant string, a domain.Access, quota int) (refused, err error) {
	last, err := store.LastOf(ctx, tx, tenant, a.Actor, a.Kind, a.Time.Add(-domain.QuotaWindow), max(quota, 1))
	if err != nil {
		return nil, err
	}
	refused = domain.CheckQuota(quota, last, a.Time)
	a.Granted = refused == nil
	return refused, store.InsertAccess(ctx, tx, tenant, a)
}
