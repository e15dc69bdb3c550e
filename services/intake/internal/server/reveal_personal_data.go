package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// maxNotesBytes is about how much of the notes is shown: an answer must fit what gRPC clients take.
const maxNotesBytes = 1 << 20

// RevealPersonalData implements the RPC; its contract is in the .proto file. Each call is one access: a retry too, since it shows the
// data again.
func (s *Server) RevealPersonalData(ctx context.Context, req *intakev1.RevealPersonalDataRequest) (resp *intakev1.RevealPersonalDataResponse, err error) {
	err = s.look(ctx, req.GetComplaintId(), req.GetPurpose(), func(tx pgx.Tx, c domain.Complaint, _ time.Time) (err error) {
		resp, err = s.reveal(ctx, tx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
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
