package server

import (
	"context"
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// StartUpload implements the RPC; its contract is in the .proto file. The lock on the complaint makes two uploads count each other.
func (s *Server) StartUpload(ctx context.Context, req *intakev1.StartUploadRequest) (*intakev1.StartUploadResponse, error) {
	now, by := s.now(), auth.From(ctx)
	occur, err := timeOr("occur_time", req.GetOccurTime(), now)
	if err != nil {
		return nil, err
	}
	name, err := domain.CleanFileName(req.GetFileName())
	if err != nil {
		return nil, err
	}
	digest, err := hex.DecodeString(req.GetSha256())
	if err != nil {
		return nil, err // the contract's rule on the field lets nothing else in
	}
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.StartUploadResponse, error) {
		c, err := store.LockComplaint(ctx, tx, by.Tenant, req.GetComplaintId())
		if err != nil {
			return nil, err
		}
		held, err := store.EvidenceHeld(ctx, tx, c.Tenant, c.ID)
		if err != nil {
			return nil, err
		}
		e, err := domain.StartUpload(domain.Evidence{
			Tenant: c.Tenant, ID: s.cfg.NewID(), ComplaintID: c.ID, Kind: req.GetKind(), MediaType: req.GetMediaType(), SizeBytes: req.GetSizeBytes(),
			SHA256: digest, Uploader: by.Actor(), OccurTime: occur,
		}, held, s.cfg.Evidence, now)
		if err != nil {
			return nil, err
		}
		sealed, err := s.sealEvidence(ctx, tx, e, name)
		if err != nil {
			return nil, err
		}
		return &intakev1.StartUploadResponse{Upload: uploadProto(e)}, store.InsertEvidence(ctx, tx, sealed)
	})
}

// sealEvidence gives a new file its key and seals its name. Of a person who was erased no new file is kept.
func (s *Server) sealEvidence(ctx context.Context, tx pgx.Tx, e domain.Evidence, name string) (store.SealedEvidence, error) {
	out := store.SealedEvidence{Evidence: e}
	kept, err := store.ComplaintByID(ctx, tx, e.Tenant, e.ComplaintID)
	if err != nil {
		return out, err
	}
	person, err := s.personKey(kept)
	if err != nil {
		return out, err
	}
	key, sealed, err := person.NewEvidenceKey(e.ComplaintID, e.ID)
	if err != nil {
		return out, err
	}
	out.SealedKey = sealed
	out.SealedName, err = key.SealName(name)
	return out, err
}
