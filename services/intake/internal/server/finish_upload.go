package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// FinishUpload implements the RPC; its contract is in the .proto file. What is checked is what was read back from the store, not what
// went past on its way in; a whole upload takes no more parts, so that it cannot change between the check and the commit.
func (s *Server) FinishUpload(ctx context.Context, req *intakev1.FinishUploadRequest) (*intakev1.FinishUploadResponse, error) {
	now, by := s.now(), auth.From(ctx)
	checked := false
	e, found, err := store.EvidenceByID(ctx, s.cfg.Pool, by.Tenant, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	if found && e.OnItsWay(by.Actor(), now) == nil { // else it is a retry, or refused below
		if err := s.checkContent(ctx, e); err != nil {
			return nil, err
		}
		checked = true
	}
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.FinishUploadResponse, error) {
		if !checked && (!found || e.State == domain.Uploading) {
			return nil, domain.UploadNotFound(req.GetUploadId())
		}
		// The complaint is locked first, here as everywhere.
		c, err := store.LockComplaint(ctx, tx, by.Tenant, e.ComplaintID)
		if err != nil {
			return nil, err
		}
		file, err := s.lockUpload(ctx, tx, e.ID)
		if err != nil {
			return nil, err
		}
		key, err := s.keyOf(ctx, tx, file)
		if err != nil {
			return nil, err
		}
		c, attached, event := domain.Attach(c, file.Evidence, now)
		if err := store.SaveEvidence(ctx, tx, attached); err != nil {
			return nil, err
		}
		if err := store.InsertCustody(ctx, tx, by.Tenant, s.custody(ctx, attached, domain.CustodyUploaded, now)); err != nil {
			return nil, err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return nil, err
		}
		name, err := key.OpenName(file.SealedName)
		if err != nil {
			return nil, err
		}
		return &intakev1.FinishUploadResponse{Evidence: evidenceProto(attached, domain.MaskFileName(name))}, emit(ctx, tx, now, c, event, attached.OccurTime)
	})
}

// checkContent reads an upload back and fails unless it is whole and what was announced.
func (s *Server) checkContent(ctx context.Context, e store.SealedEvidence) error {
	if err := e.Whole(); err != nil {
		return err
	}
	key, err := s.keyOf(ctx, s.cfg.Pool, e)
	if err != nil {
		return err
	}
	first, sum, err := s.digest(ctx, e, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, e.SHA256) {
		return fault.New(fault.Invalid, "DIGEST_MISMATCH", "the content has the SHA-256 %x, not the one that was announced: start another upload", sum).
			At("sha256").With("found", hex.EncodeToString(sum))
	}
	return checkMediaType(e.MediaType, first)
}

// digest returns the first part of a file, and the SHA-256 of all of it.
func (s *Server) digest(ctx context.Context, e store.SealedEvidence, key vault.EvidenceKey) (first, sum []byte, err error) {
	h := sha256.New()
	err = s.content(ctx, e, key, func(plain []byte) error {
		if first == nil {
			first = plain
		}
		_, err := h.Write(plain)
		return err
	})
	return first, h.Sum(nil), err
}
