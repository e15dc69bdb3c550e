package server

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/s3"
	"redress.dev/services/intake/internal/s3/s3test"
	"redress.dev/services/intake/internal/store"
)

func (f fixture) sweep(t *testing.T, when time.Time) {
	t.Helper()
	if err := f.at(when).SweepEvidenceOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestUnfinishedUploadsAreDroppedAfterADay(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f fixture) {
		c := f.register(t)
		content := photo(domain.PartBytes + 10)
		kept := f.attach(t, c.GetComplaintId(), content)
		u := f.start(t, announce(c.GetComplaintId(), content))
		client, _ := f.door(t, uploader())
		if _, err := send(t, client, u.GetUploadId(), content[:domain.PartBytes], 0, 64<<10); err != nil {
			t.Fatal(err)
		}
		get := &intakev1.GetUploadRequest{UploadId: u.GetUploadId()}
		last := now.Add(domain.UploadLife - time.Microsecond)
		f.sweep(t, last)
		if _, err := f.at(last).GetUpload(f.ctx, get); err != nil {
			t.Errorf("a microsecond before its end: %v", err)
		}
		end := now.Add(domain.UploadLife)
		_, err := f.at(end).GetUpload(f.ctx, get) // also before it is swept
		wantReason(t, err, "UPLOAD_NOT_FOUND", "")
		f.sweep(t, end)
		for table, want := range map[string]int{"evidence": 1, "evidence_part": 2, "evidence_orphan": 0} {
			if n := f.count(t, table); n != want {
				t.Errorf("%d rows are left in %s, want %d", n, table, want)
			}
		}
		if _, got, err := download(t, client, kept.GetEvidenceId(), 0); err != nil || !bytes.Equal(got, content) {
			t.Errorf("of the finished one %d bytes are left, %v", len(got), err)
		}
	})
}

// dying is a store whose next Put does something when the object is stored, as if the process died or dawdled there.
type dying struct {
	Contents
	next atomic.Pointer[func() error]
}

func (d *dying) Put(ctx context.Context, o store.Object, sealed []byte) error {
	err := d.Contents.Put(ctx, o, sealed)
	if f := d.next.Swap(nil); f != nil && err == nil {
		return (*f)()
	}
	return err
}

func TestContentThatBelongsToNothingIsDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	d := &dying{Contents: f.cfg.Contents}
	f.Server = New(f.with(func(c *Config) { c.Contents = d }))
	c := f.register(t)
	content := photo(domain.PartBytes * 2)
	u := f.start(t, announce(c.GetComplaintId(), content))
	client, _ := f.door(t, uploader())
	upload := func(offset int, then func() error) error {
		d.next.Store(&then)
		_, err := send(t, client, u.GetUploadId(), content, offset, 64<<10)
		return err
	}

	// It dies between the store and the commit.
	err := upload(0, func() error { return errors.New("died") })
	wantStatus(t, err, "EVIDENCE_STORE_UNAVAILABLE", "")
	f.sweep(t, now.Add(orphanAfter-time.Microsecond))
	if n := f.count(t, "evidence_content"); n != 1 {
		t.Fatalf("%d objects are stored, want the one of nothing", n)
	}
	f.sweep(t, now.Add(orphanAfter))
	if n, orphans := f.count(t, "evidence_content"), f.count(t, "evidence_orphan"); n+orphans != 0 {
		t.Errorf("%d objects and %d notes of them are left", n, orphans)
	}

	// It dawdles between the store and the commit until the object is deleted: then it must not become part of the file.
	err = upload(0, func() error { return f.at(now.Add(orphanAfter)).SweepEvidenceOnce(context.Background()) })
	if _, reason, _ := reasonOf(status.Convert(err).Proto()); reason != "INTERNAL" {
		t.Errorf("a part whose object was deleted gives %v", err)
	}
	if n := f.count(t, "evidence_part"); n != 0 {
		t.Errorf("%d parts were kept, want none", n)
	}
	if _, err := send(t, client, u.GetUploadId(), content, 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	e := f.finish(t, u.GetUploadId())
	f.sweep(t, now.Add(48*time.Hour))
	if _, got, err := download(t, client, e.GetEvidenceId(), 0); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d of %d bytes are left: %v", len(got), len(content), err)
	}
}

func TestAStoreThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	srv := s3test.Start(t)
	contents, err := s3.Open(srv.Address, srv.CredentialsFile)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = New(f.with(func(c *Config) { c.Contents = contents }))
	c := f.register(t)
	content := photo(1000)
	e := f.attach(t, c.GetComplaintId(), content)
	u := f.start(t, announce(c.GetComplaintId(), content))
	srv.Kill()
	client, _ := f.door(t, uploader())
	_, err = send(t, client, u.GetUploadId(), content, 0, 64<<10)
	wantStatus(t, err, "EVIDENCE_STORE_UNAVAILABLE", "")
	_, _, err = download(t, client, e.GetEvidenceId(), 0)
	wantStatus(t, err, "EVIDENCE_STORE_UNAVAILABLE", "")
	got, err := f.GetUpload(f.ctx, &intakev1.GetUploadRequest{UploadId: u.GetUploadId()})
	if err != nil || got.GetUpload().GetOffsetBytes() != 0 {
		t.Errorf("the upload stands at %v, %v", got, err)
	}
}
