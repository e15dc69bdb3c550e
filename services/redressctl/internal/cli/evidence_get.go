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

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type evidenceGetCmd struct {
	Evidence string `arg:"" help:"UUID of the file (see: evidence list)."`
	File     string `arg:"" optional:"" help:"Where to save it; default its own name, here." type:"path"`
	Purpose  string `help:"Why you look at it; it is recorded: answer, return_visit, site_visit, verification, settlement, form, legal_duty, subject_request or review." required:""`
}

// Help tells how it goes on.
func (evidenceGetCmd) Help() string {
	return `Example:
  redressctl evidence get 019c9d2e-… --purpose verification

What has arrived lies in EVIDENCE.part until all is there. When the command is interrupted, give it again: it goes on from there.`
}

// Run saves the file. Nothing is overwritten.
func (c evidenceGetCmd) Run(e *env) error {
	if c.File != "" {
		if _, err := os.Lstat(c.File); err == nil {
			return fmt.Errorf("%s is there already; name another file", c.File)
		}
	}
	api, err := client(e, e.conn.Intake, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	part := filepath.Join(filepath.Dir(c.File), filepath.Base(c.Evidence)+".part")
	x, err := c.fetch(e, api, part)
	if err != nil {
		return err
	}
	name := c.File
	if name == "" {
		name = filepath.Base(x.GetFileName()) // a name, whatever the service says
	}
	if err := os.Link(part, name); err != nil { // unlike a rename, it never replaces a file
		return fmt.Errorf("it is in %s: %w", part, err)
	}
	if err := os.Remove(part); err != nil {
		return err
	}
	return e.print.answer(x, func() {
		fmt.Fprintf(e.print.w, "Saved %s: %s, %s, SHA-256 %s.\n", name, x.GetMediaType(), fileSize(x.GetSizeBytes()), x.GetSha256())
	})
}

// fetch appends to part what it lacks, and holds all of it against the digest on record.
func (c evidenceGetCmd) fetch(e *env, api intakev1.EvidenceServiceClient, part string) (x *intakev1.Evidence, err error) {
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	have, err := io.Copy(digest, file)
	if err == nil {
		x, err = c.receive(e, api, have, io.MultiWriter(file, digest))
	}
	if err := errors.Join(err, file.Close()); err != nil {
		if stat, _ := os.Stat(part); stat != nil && stat.Size() == 0 {
			_ = os.Remove(part) // nothing came: nothing is to go on from
		}
		return nil, err
	}
	if hex.EncodeToString(digest.Sum(nil)) != x.GetSha256() {
		return nil, errors.Join(errChanged, os.Remove(part))
	}
	return x, nil
}

// receive writes what comes from an offset on.
func (c evidenceGetCmd) receive(e *env, api intakev1.EvidenceServiceClient, offset int64, w io.Writer) (*intakev1.Evidence, error) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	stream, err := api.DownloadEvidence(ctx, &intakev1.DownloadEvidenceRequest{EvidenceId: c.Evidence, OffsetBytes: offset, Purpose: c.Purpose})
	if err != nil {
		return nil, err
	}
	first, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	x := first.GetEvidence()
	tell := newProgress(e, x.GetSizeBytes())
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return x, nil
		}
		if err == nil {
			_, err = w.Write(frame.GetData())
		}
		if err != nil {
			return nil, err
		}
		offset += int64(len(frame.GetData()))
		tell.at(offset)
	}
}
