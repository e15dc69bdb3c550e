package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// DownloadEvidence implements the RPC; its contract is in the .proto file. What was not recorded was not shown: the first byte leaves
// after the commit. The content is read from its beginning even where less is sent, since its digest is of all of it.
func (s *Server) DownloadEvidence(req *intakev1.DownloadEvidenceRequest, stream grpc.ServerStreamingServer[intakev1.DownloadEvidenceResponse]) error {
	ctx := stream.Context()
	e, key, err := s.openEvidence(ctx, req)
	if err != nil {
		return err
	}
	name, err := key.OpenName(e.SealedName)
	if err != nil {
		return err
	}
	if err := stream.Send(&intakev1.DownloadEvidenceResponse{
		Frame: &intakev1.DownloadEvidenceResponse_Evidence{Evidence: evidenceProto(e.Evidence, name)},
	}); err != nil {
		return err
	}
	digest, skip := sha256.New(), req.GetOffsetBytes()
	err = s.content(ctx, e, key, func(plain []byte) error {
		_, _ = digest.Write(plain) // a hash takes everything
		skipped := min(skip, int64(len(plain)))
		skip -= skipped
		for data := range slices.Chunk(plain[skipped:], frameBytes) {
			if err := stream.Send(&intakev1.DownloadEvidenceResponse{Frame: &intakev1.DownloadEvidenceResponse_Data{Data: data}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if sum := digest.Sum(nil); !bytes.Equal(sum, e.SHA256) {
		return fmt.Errorf("content of evidence %s has the digest %x, %x is on record", e.ID, sum, e.SHA256)
	}
	whole := s.custody(ctx, e.Evidence, domain.CustodyDownloaded, s.now())
	whole.Reason, whole.Offset = req.GetPurpose(), req.GetOffsetBytes()
	return store.InsertCustody(context.WithoutCancel(ctx), s.cfg.Pool, e.Tenant, whole) // the caller may be gone: it has all it wanted
}

// openEvidence records who looks at a file and why, and returns its key.
func (s *Server) openEvidence(ctx context.Context, req *intakev1.DownloadEvidenceRequest) (e store.SealedEvidence, key vault.EvidenceKey, err error) {
	if e, err = s.evidence(ctx, s.cfg.Pool, req.GetEvidenceId()); err != nil {
		return e, key, err
	}
	err = s.look(ctx, e.ComplaintID, req.GetPurpose(), func(tx pgx.Tx, _ domain.Complaint, now time.Time) (err error) {
		if e, err = s.evidence(ctx, tx, e.ID); err != nil { // as it is now that nobody removes it
			return err
		}
		if err := e.CheckSight(req.GetOffsetBytes()); err != nil {
			return err
		}
		if key, err = s.keyOf(ctx, tx, e); err != nil {
			return err
		}
		opened := s.custody(ctx, e.Evidence, domain.CustodyOpened, now)
		opened.Reason, opened.Offset = req.GetPurpose(), req.GetOffsetBytes()
		return store.InsertCustody(ctx, tx, e.Tenant, opened)
	})
	return e, key, err
}
