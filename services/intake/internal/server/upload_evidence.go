package server

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// orphanAfter is when an object is deleted that became part of nothing: long after storing it has succeeded or timed out.
const orphanAfter = time.Hour

// UploadEvidence implements the RPC; its contract is in the .proto file.
func (s *Server) UploadEvidence(stream grpc.ClientStreamingServer[intakev1.UploadEvidenceRequest, intakev1.UploadEvidenceResponse]) error {
	ctx := stream.Context()
	var in *incoming
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := rpc.Check(req); err != nil {
			return err
		}
		if in == nil {
			if in, err = s.openUpload(ctx, req.GetUploadId()); err != nil {
				return err
			}
		}
		if err := in.take(ctx, req); err != nil {
			return err
		}
	}
	if in == nil {
		return fault.New(fault.Invalid, "REQUEST_INVALID", "the stream has no frame; send at least one").At("upload_id")
	}
	return stream.SendAndClose(&intakev1.UploadEvidenceResponse{Upload: uploadProto(in.file.Evidence)})
}

// incoming is an upload that a stream goes on with.
type incoming struct {
	*Server
	file   store.SealedEvidence // as it was after the last part that was kept
	key    vault.EvidenceKey
	buffer []byte // what has arrived since
}

func (s *Server) openUpload(ctx context.Context, id string) (*incoming, error) {
	file, err := s.upload(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := s.keyOf(ctx, s.cfg.Pool, file)
	return &incoming{Server: s, file: file, key: key, buffer: make([]byte, 0, min(file.SizeBytes, domain.PartBytes+frameBytes))}, err
}

// take takes the next frame in, and keeps what is a whole part with it.
func (in *incoming) take(ctx context.Context, req *intakev1.UploadEvidenceRequest) error {
	if req.GetUploadId() != in.file.ID {
		return fault.New(fault.Invalid, "REQUEST_INVALID", "all frames of a stream are of one upload; open another stream for another").At("upload_id")
	}
	have := in.file.Offset + int64(len(in.buffer))
	if err := in.file.Follows(have, req.GetOffsetBytes(), len(req.GetData())); err != nil {
		return err
	}
	in.buffer = append(in.buffer, req.GetData()...)
	for len(in.buffer) >= domain.PartBytes || len(in.buffer) > 0 && in.file.Offset+int64(len(in.buffer)) == in.file.SizeBytes {
		part := in.buffer[:min(len(in.buffer), domain.PartBytes)]
		if err := in.keep(ctx, part); err != nil {
			return err
		}
		in.buffer = append(in.buffer[:0], in.buffer[len(part):]...)
	}
	return nil
}

// keep seals and stores a part, then makes it one of the upload's. The object is written down as an orphan first: should this process
// die before the end, it is deleted after a while.
func (in *incoming) keep(ctx context.Context, plain []byte) error {
	offset := in.file.Offset
	part := int(offset / domain.PartBytes)
	sealed, err := in.key.SealPart(part, plain)
	if err != nil {
		return err
	}
	o := store.Object{Tenant: in.file.Tenant, EvidenceID: in.file.ID, ID: in.cfg.NewID()}
	if err := store.InsertOrphan(ctx, in.cfg.Pool, o, in.now().Add(orphanAfter)); err != nil {
		return err
	}
	if err := in.putObject(ctx, o, sealed); err != nil {
		return in.away(ctx, err)
	}
	return postgres.InTx(ctx, in.cfg.Pool, func(tx pgx.Tx) error {
		file, err := in.lockUpload(ctx, tx, in.file.ID)
		if err != nil {
			return err
		}
		// Another stream of the same upload may have been faster: then this part does not follow any more.
		if file.Evidence, err = file.Take(offset, len(plain)); err != nil {
			return err
		}
		if err := store.InsertPart(ctx, tx, o, part); err != nil {
			return err
		}
		if err := store.SaveEvidence(ctx, tx, file.Evidence); err != nil {
			return err
		}
		in.file = file
		return nil
	})
}

func (s *Server) putObject(ctx context.Context, o store.Object, sealed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, contentTimeout)
	defer cancel()
	return s.cfg.Contents.Put(ctx, o, sealed)
}
