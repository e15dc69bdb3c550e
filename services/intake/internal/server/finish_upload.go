package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
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
		refused, err := s.checkContent(ctx, e)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			return nil, s.dropRefused(ctx, now, e.ID, refused)
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

// checkContent reads an upload back, and returns why it is not what was announced, or nil. It fails unless the upload is whole.
func (s *Server) checkContent(ctx context.Context, e store.SealedEvidence) (refused, err error) {
	if err := e.Whole(); err != nil {
		return nil, err
	}
	key, err := s.keyOf(ctx, s.cfg.Pool, e)
	if err != nil {
		return nil, err
	}
	first, sum, err := s.digest(ctx, e, key)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(sum, e.SHA256) {
		return fault.New(fault.Invalid, "DIGEST_MISMATCH", "the content has the SHA-256 %x, not the one that was announced: start another upload", sum).
			At("sha256").With("found", hex.EncodeToString(sum)), nil
	}
	return checkMediaType(e.MediaType, first), nil
}

// dropRefused drops an upload that cannot become what was announced, so that it is not read again, and returns why.
func (s *Server) dropRefused(ctx context.Context, now time.Time, id string, refused error) error {
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		e, err := s.lockUpload(ctx, tx, id)
		if err != nil {
			return err
		}
		return store.DeleteUpload(ctx, tx, e.Evidence, now)
	})
	if err != nil && fault.ReasonOf(err) != "UPLOAD_NOT_FOUND" { // another call has dropped it meanwhile
		return err
	}
	s.sweepSoon()
	return refused
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
