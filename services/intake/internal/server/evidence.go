package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// Contents keeps the sealed content of evidence, as objects that are never changed. There are two: the service's own database
// (store.Contents), and whatever speaks S3 (s3.Contents).
type Contents interface {
	// Put keeps an object; when it fails the object may be there or not.
	Put(ctx context.Context, o store.Object, sealed []byte) error
	// Get returns an object, or store.ErrNoObject.
	Get(ctx context.Context, o store.Object) ([]byte, error)
	// Delete deletes objects; one that is not there is as good as deleted.
	Delete(ctx context.Context, objects []store.Object) error
}

// contentTimeout is how long storing or reading one object may take.
const contentTimeout = time.Minute

// frameBytes is how much of a file goes in one frame.
const frameBytes = 64 << 10

// away returns an error of the content's store as callers see it. The cause is logged: they are not shown it.
func (s *Server) away(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrNoObject) {
		return err
	}
	s.cfg.Log.ErrorContext(ctx, "the store of evidence fails", slog.Any("error", err))
	return fault.New(fault.Unavailable, "EVIDENCE_STORE_UNAVAILABLE",
		"the store of evidence does not answer; what was acknowledged is kept: try again in a minute")
}

// evidence returns evidence of the caller's tenant, whatever its state.
func (s *Server) evidence(ctx context.Context, db store.Querier, id string) (store.SealedEvidence, error) {
	e, found, err := store.EvidenceByID(ctx, db, auth.From(ctx).Tenant, id)
	if err == nil && !found {
		err = domain.EvidenceNotFound(id)
	}
	return e, err
}

// upload returns an upload with which the caller may go on.
func (s *Server) upload(ctx context.Context, id string) (store.SealedEvidence, error) {
	by := auth.From(ctx)
	e, found, err := store.EvidenceByID(ctx, s.cfg.Pool, by.Tenant, id)
	if err == nil && !found {
		err = domain.UploadNotFound(id)
	}
	if err != nil {
		return e, err
	}
	return e, e.OnItsWay(by.Actor(), s.now())
}

// lockUpload is upload within a transaction, locked until that ends.
func (s *Server) lockUpload(ctx context.Context, tx pgx.Tx, id string) (store.SealedEvidence, error) {
	by := auth.From(ctx)
	e, found, err := store.LockEvidence(ctx, tx, by.Tenant, id)
	if err == nil && !found {
		err = domain.UploadNotFound(id)
	}
	if err != nil {
		return e, err
	}
	return e, e.OnItsWay(by.Actor(), s.now())
}

// keyOf opens the key of a file. It fails with PERSON_ERASED when the key of its person has gone.
func (s *Server) keyOf(ctx context.Context, db store.Querier, e store.SealedEvidence) (vault.EvidenceKey, error) {
	kept, err := store.ComplaintByID(ctx, db, e.Tenant, e.ComplaintID)
	if err != nil {
		return vault.EvidenceKey{}, err
	}
	person, err := s.personKey(kept)
	if err != nil {
		return vault.EvidenceKey{}, err
	}
	return person.OpenEvidenceKey(e.ComplaintID, e.ID, e.SealedKey)
}

// personKey opens the key of a complaint's person. It fails with PERSON_ERASED when it has gone.
func (s *Server) personKey(kept store.Kept) (vault.SubjectKey, error) {
	if kept.Subject.WrappedKey == nil {
		return vault.SubjectKey{}, fault.New(fault.Precondition, "PERSON_ERASED",
			"the complainant was erased: nothing personal is kept of the complaint any more, and no evidence is taken or shown")
	}
	return s.cfg.Keys.OpenSubject(kept.Complaint.Tenant, kept.Subject)
}

// content reads a whole file, part by part.
func (s *Server) content(ctx context.Context, e store.SealedEvidence, key vault.EvidenceKey, take func(plain []byte) error) error {
	parts, err := store.Parts(ctx, s.cfg.Pool, e.Evidence)
	if err != nil {
		return err
	}
	if len(parts) != e.Parts() {
		return fmt.Errorf("evidence %s has %d parts, want %d", e.ID, len(parts), e.Parts())
	}
	for n, o := range parts {
		sealed, err := s.getObject(ctx, o)
		if err != nil {
			return s.away(ctx, err)
		}
		plain, err := key.OpenPart(n, sealed)
		if err != nil {
			return err
		}
		if err := take(plain); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) getObject(ctx context.Context, o store.Object) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, contentTimeout)
	defer cancel()
	return s.cfg.Contents.Get(ctx, o)
}

// custody returns an entry about a file by the caller.
func (s *Server) custody(ctx context.Context, e domain.Evidence, act domain.CustodyAct, now time.Time) domain.Custody {
	return domain.Custody{
		ID: s.cfg.NewID(), ComplaintID: e.ComplaintID, EvidenceID: e.ID, Act: act, Actor: auth.From(ctx).Actor(), Time: now, SHA256: e.SHA256,
	}
}

func uploadProto(e domain.Evidence) *intakev1.Upload {
	return &intakev1.Upload{
		UploadId: e.ID, ComplaintId: e.ComplaintID, OffsetBytes: e.Offset, SizeBytes: e.SizeBytes, ExpireTime: timeProto(e.ExpireTime()),
	}
}

// evidenceProto returns a file as answers show it; name is masked but where the caller sees the content too.
func evidenceProto(e domain.Evidence, name string) *intakev1.Evidence {
	return &intakev1.Evidence{
		EvidenceId: e.ID, ComplaintId: e.ComplaintID, Kind: e.Kind, FileName: name, MediaType: e.MediaType, SizeBytes: e.SizeBytes,
		Sha256: e.Digest(), OccurTime: timeProto(e.OccurTime), AttachTime: timeProto(e.AttachTime), Actor: e.Uploader, RemoveTime: timeProto(e.RemoveTime),
	}
}
