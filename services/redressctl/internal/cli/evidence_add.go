package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

const (
	// frameBytes is how much of a file goes in one frame.
	frameBytes = 64 << 10
	// uploadTries is how often a broken stream is taken up again; uploadPause is how long the command waits before that.
	uploadTries = 5
	uploadPause = time.Second
	// finishTimeout is how long the service may take to read a file back.
	finishTimeout = 2 * time.Minute
	// progressEvery is how often a long upload or download tells how far it is.
	progressEvery = 2 * time.Second
)

type evidenceAddCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	File      string `arg:"" help:"The file." type:"existingfile"`
	Kind      string `help:"What it is, a short token, for example photograph, recording, order." required:""`
	Type      string `help:"Its media type; default what its content shows." placeholder:"TYPE"`
	At        string `help:"When it was handed over; default now." placeholder:"TIME"`
	Resume    string `help:"Go on with this upload, which was interrupted." placeholder:"UPLOAD"`
}

// Help teaches by an example.
func (evidenceAddCmd) Help() string {
	return `Example:
  redressctl evidence add MF-202603-000001 photo.jpg --kind photograph

A broken connection is taken up again. When the command itself is interrupted, give it again with --resume and the upload that it named.`
}

// Run uploads the file.
func (c evidenceAddCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	up, err := c.upload(e, api, file)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.errs, "Upload %s of %s\n", up.GetUploadId(), fileSize(up.GetSizeBytes()))
	resp, err := finish(e, api, file, up)
	if err != nil {
		if passing(err) {
			err = fmt.Errorf("%w\nGo on with it, within a day, by adding --resume %s", err, up.GetUploadId())
		}
		return err
	}
	return e.print.answer(resp, func() {
		x := resp.GetEvidence()
		fmt.Fprintf(e.print.w, "Kept %s: %s, %s, SHA-256 %s.\n", x.GetEvidenceId(), x.GetMediaType(), fileSize(x.GetSizeBytes()), x.GetSha256())
	})
}

// passing tells whether an upload may go on after err.
func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return true
	default:
		return errors.Is(err, context.Canceled)
	}
}

// finish sends what is missing of an upload, also after breaks, and has the service keep the file.
func finish(e *env, api intakev1.EvidenceServiceClient, file *os.File, up *intakev1.Upload) (*intakev1.FinishUploadResponse, error) {
	for try := 1; up.GetOffsetBytes() < up.GetSizeBytes(); try++ {
		fails := func(err error) bool {
			return err != nil && (!passing(err) || try == uploadTries || !pause(e.ctx, uploadPause))
		}
		if err := send(e, api, file, up); fails(err) {
			return nil, err
		}
		now, err := api.GetUpload(e.ctx, &intakev1.GetUploadRequest{UploadId: up.GetUploadId()})
		if fails(err) {
			return nil, err
		}
		if err == nil {
			up = now.GetUpload()
		}
	}
	ctx, cancel := context.WithTimeout(e.ctx, finishTimeout)
	defer cancel()
	return api.FinishUpload(ctx, &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: up.GetUploadId()})
}

// upload starts an upload, or finds the one that is to go on.
func (c evidenceAddCmd) upload(e *env, api intakev1.EvidenceServiceClient, file *os.File) (*intakev1.Upload, error) {
	digest := sha256.New()
	size, err := io.Copy(digest, file)
	if err != nil {
		return nil, err
	}
	if c.Resume != "" {
		resp, err := api.GetUpload(e.ctx, &intakev1.GetUploadRequest{UploadId: c.Resume})
		if err == nil && resp.GetUpload().GetSizeBytes() != size {
			return nil, fmt.Errorf("upload %s is of a file of %d bytes; %s has %d", c.Resume, resp.GetUpload().GetSizeBytes(), c.File, size)
		}
		return resp.GetUpload(), err
	}
	when, err := timestamp("at", c.At)
	if err != nil {
		return nil, err
	}
	if c.Type == "" {
		found, err := mimetype.DetectFile(c.File)
		if err != nil {
			return nil, err
		}
		c.Type, _, _ = strings.Cut(found.String(), ";")
	}
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return nil, err
	}
	resp, err := api.StartUpload(e.ctx, &intakev1.StartUploadRequest{
		RequestId: uuid.NewString(), ComplaintId: id, Kind: c.Kind, FileName: filepath.Base(c.File), MediaType: c.Type, SizeBytes: size,
		Sha256: hex.EncodeToString(digest.Sum(nil)), OccurTime: when,
	})
	return resp.GetUpload(), err
}

// send sends what is missing of an upload.
func send(e *env, api intakev1.EvidenceServiceClient, file *os.File, up *intakev1.Upload) error {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	stream, err := api.UploadEvidence(ctx)
	if err != nil {
		return err
	}
	tell := newProgress(e, up.GetSizeBytes())
	buffer := make([]byte, frameBytes)
	for offset := up.GetOffsetBytes(); offset < up.GetSizeBytes(); {
		n, err := file.ReadAt(buffer[:min(frameBytes, up.GetSizeBytes()-offset)], offset)
		if n == 0 {
			return fmt.Errorf("%s has become shorter: %w", file.Name(), err)
		}
		if err := stream.Send(&intakev1.UploadEvidenceRequest{UploadId: up.GetUploadId(), OffsetBytes: offset, Data: buffer[:n]}); err != nil {
			break // io.EOF: the answer says why
		}
		offset += int64(n)
		tell.at(offset)
	}
	_, err = stream.CloseAndRecv()
	return err
}

// progress tells how far a long transfer is.
type progress struct {
	errs  io.Writer
	total int64
	tick  *time.Ticker
}

func newProgress(e *env, total int64) progress {
	return progress{e.errs, total, time.NewTicker(progressEvery)}
}

func (p progress) at(n int64) {
	select {
	case <-p.tick.C:
		fmt.Fprintf(p.errs, "%s of %s\n", fileSize(n), fileSize(p.total))
	default:
	}
}

// pause waits, and reports whether it waited to the end.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// errChanged says that what arrived is not what is on record.
var errChanged = errors.New("what arrived has another SHA-256 than is on record; it was deleted: get it again")
