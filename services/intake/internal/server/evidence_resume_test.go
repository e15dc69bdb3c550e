package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
)

// TestAnUploadGoesOnWhereItBroke breaks one upload off on either side, in the middle of parts, and goes on from what GetUpload tells.
func TestAnUploadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f fixture) {
		c := f.register(t)
		content := photo(domain.PartBytes*3 + 99)
		u := f.start(t, announce(c.GetComplaintId(), content))

		// The client dies when it has sent one part and a half.
		client, _ := f.door(t, uploader())
		offset := f.breakOff(t, client, u.GetUploadId(), content, 0, domain.PartBytes*3/2, nil)
		if offset != domain.PartBytes {
			t.Errorf("after the client's death the upload stands at %d, want %d", offset, domain.PartBytes)
		}
		// The service dies when it has a part more and then some.
		client, kill := f.door(t, uploader())
		offset = f.breakOff(t, client, u.GetUploadId(), content, offset, domain.PartBytes*5/2, kill)
		if offset != domain.PartBytes*2 {
			t.Errorf("after the service's death the upload stands at %d, want %d", offset, domain.PartBytes*2)
		}
		f.Server = New(f.cfg) // another process, which remembers nothing
		client, _ = f.door(t, uploader())
		if _, err := send(t, client, u.GetUploadId(), content, offset, 64<<10); err != nil {
			t.Fatal(err)
		}
		e := f.finish(t, u.GetUploadId())
		_, got, err := download(t, client, e.GetEvidenceId(), 0)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d of %d bytes came back: %v", len(got), len(content), err)
		}
	})
}

// breakOff sends content from one offset to another, waits until all whole parts of it are kept, breaks off, by kill or by the client's
// own end, and returns where the upload stands.
func (f fixture) breakOff(t *testing.T, client intakev1.EvidenceServiceClient, id string, content []byte, from, to int, kill func()) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := client.UploadEvidence(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for from < to {
		n := min(50_000, to-from)
		if err := stream.Send(&intakev1.UploadEvidenceRequest{UploadId: id, OffsetBytes: int64(from), Data: content[from : from+n]}); err != nil {
			t.Fatal(err)
		}
		from += n
	}
	at := func() int {
		resp, err := f.GetUpload(f.ctx, &intakev1.GetUploadRequest{UploadId: id})
		if err != nil {
			t.Fatal(err)
		}
		return int(resp.GetUpload().GetOffsetBytes())
	}
	for whole := to / domain.PartBytes * domain.PartBytes; at() < whole; {
		if ctx.Err() != nil {
			t.Fatal(ctx.Err())
		}
	}
	if kill != nil {
		kill()
	}
	cancel()
	if err := stream.RecvMsg(&intakev1.UploadEvidenceResponse{}); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
	return at()
}

// TestTwoStreamsOfOneUpload: whichever part comes first counts, and the file is right.
func TestTwoStreamsOfOneUpload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	content := photo(domain.PartBytes * 3)
	u := f.start(t, announce(c.GetComplaintId(), content))
	client, _ := f.door(t, uploader())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := send(t, client, u.GetUploadId(), content, 0, 64<<10); err != nil {
				wantStatus(t, err, "OFFSET_INVALID", "offset_bytes")
			}
		})
	}
	wg.Wait()
	for { // all of them may have stopped each other
		resp, err := f.GetUpload(f.ctx, &intakev1.GetUploadRequest{UploadId: u.GetUploadId()})
		if err != nil {
			t.Fatal(err)
		}
		offset := int(resp.GetUpload().GetOffsetBytes())
		if offset == len(content) {
			break
		}
		if _, err := send(t, client, u.GetUploadId(), content, offset, 64<<10); err != nil {
			t.Fatal(err)
		}
	}
	e := f.finish(t, u.GetUploadId())
	if _, got, err := download(t, client, e.GetEvidenceId(), 0); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(content), err)
	}
}

// TestTwoFinishAtOnce: the file is evidence once.
func TestTwoFinishAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	content := photo(1000)
	u := f.start(t, announce(c.GetComplaintId(), content))
	client, _ := f.door(t, uploader())
	if _, err := send(t, client, u.GetUploadId(), content, 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	finished := 0
	for range 4 {
		wg.Go(func() {
			_, err := f.FinishUpload(f.ctx, &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: u.GetUploadId()})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				finished++
			} else {
				wantReason(t, err, "UPLOAD_FINISHED", "")
			}
		})
	}
	wg.Wait()
	if n := f.count(t, "evidence_custody"); finished != 1 || n != 1 {
		t.Errorf("%d calls finished it, %d entries are on record; want 1 of each", finished, n)
	}
}
