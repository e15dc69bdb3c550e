package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// TestRefusedEvidenceChangesNothing: each refusal has its reason and field, and leaves every table as it was.
func TestRefusedEvidenceChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	client, _ := f.door(t, uploader())
	stranger, _ := f.door(t, auth.Principal{Tenant: "other", Subject: "li.wei"})
	colleague := as(t.Context(), "zhang", optionsv1.Role_ROLE_AGENT)
	foreign := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei"})

	kept := f.attach(t, c.GetComplaintId(), photo(1000))
	begin := func(content []byte, change func(*intakev1.StartUploadRequest)) *intakev1.Upload {
		req := announce(c.GetComplaintId(), content)
		change(req)
		return f.start(t, req)
	}
	same := func(*intakev1.StartUploadRequest) {}
	half := begin(photo(domain.PartBytes+5000), same)
	if _, err := send(t, client, half.GetUploadId(), photo(domain.PartBytes + 5000)[:domain.PartBytes], 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	whole := begin(photo(1000), same)
	if _, err := send(t, client, whole.GetUploadId(), photo(1000), 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	// There is room for more files than the rules of the tests take.
	f.Server = New(f.with(func(cfg *Config) { cfg.Evidence.MaxFiles = 100 }))

	starting := func(change func(*intakev1.StartUploadRequest)) func() error {
		return func() error {
			req := announce(c.GetComplaintId(), photo(1000))
			change(req)
			_, err := f.StartUpload(f.ctx, req)
			return err
		}
	}
	finishing := func(id string) func() error {
		return func() error {
			_, err := f.FinishUpload(f.ctx, &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: id})
			return err
		}
	}
	tests := []struct {
		name, reason, field string
		call                func() error
	}{
		{"too large", "EVIDENCE_TOO_LARGE", "size_bytes", starting(func(r *intakev1.StartUploadRequest) { r.SizeBytes = 2<<20 + 1 })},
		{"a type that is not taken", "EVIDENCE_TYPE_REFUSED", "media_type", starting(func(r *intakev1.StartUploadRequest) {
			r.MediaType = "application/x-msdownload"
		})},
		{"a name of nothing", "FIELD_INVALID", "file_name", starting(func(r *intakev1.StartUploadRequest) { r.FileName = "/tmp/\u202e\u200b.." })},
		{"handed over tomorrow", "TIME_INVALID", "occur_time", starting(func(r *intakev1.StartUploadRequest) {
			r.OccurTime = timestamppb.New(now.Add(24 * time.Hour))
		})},
		{"no such complaint", "COMPLAINT_NOT_FOUND", "", starting(func(r *intakev1.StartUploadRequest) { r.ComplaintId = uuid.NewString() })},
		{"more than a complaint holds", "EVIDENCE_FULL", "", func() error {
			full := New(f.with(func(cfg *Config) { cfg.Evidence.MaxBytes = 4000 }))
			_, err := full.StartUpload(f.ctx, announce(c.GetComplaintId(), photo(3001)))
			return err
		}},
		{"another tenant's complaint", "COMPLAINT_NOT_FOUND", "", func() error {
			_, err := f.StartUpload(foreign, announce(c.GetComplaintId(), photo(1000)))
			return err
		}},
		{"a gap", "OFFSET_INVALID", "offset_bytes", func() error {
			_, err := send(t, client, half.GetUploadId(), photo(domain.PartBytes+5000), domain.PartBytes+1, 100)
			return err
		}},
		{"an overlap", "OFFSET_INVALID", "offset_bytes", func() error {
			_, err := send(t, client, half.GetUploadId(), photo(domain.PartBytes+5000), domain.PartBytes-1, 100)
			return err
		}},
		{"past the end", "OFFSET_INVALID", "offset_bytes", func() error {
			_, err := send(t, client, half.GetUploadId(), photo(domain.PartBytes+5001), domain.PartBytes, 5001)
			return err
		}},
		{"an empty stream", "REQUEST_INVALID", "upload_id", func() error {
			_, err := send(t, client, half.GetUploadId(), nil, 0, 1)
			return err
		}},
		{"a frame too large", "REQUEST_INVALID", "data", func() error {
			_, err := send(t, client, half.GetUploadId(), photo(domain.PartBytes+100_000), domain.PartBytes, 64<<10+1)
			return err
		}},
		{"bytes of another tenant's upload", "UPLOAD_NOT_FOUND", "", func() error {
			_, err := send(t, stranger, half.GetUploadId(), photo(domain.PartBytes+5000), domain.PartBytes, 5000)
			return err
		}},
		{"bytes of finished evidence", "UPLOAD_FINISHED", "", func() error {
			_, err := send(t, client, kept.GetEvidenceId(), photo(1000), 0, 1000)
			return err
		}},
		{"a colleague's upload", "UPLOAD_NOT_FOUND", "", func() error {
			_, err := f.GetUpload(colleague, &intakev1.GetUploadRequest{UploadId: half.GetUploadId()})
			return err
		}},
		{"a colleague finishes", "UPLOAD_NOT_FOUND", "", func() error {
			_, err := f.FinishUpload(colleague, &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: whole.GetUploadId()})
			return err
		}},
		{"a colleague cancels", "UPLOAD_NOT_FOUND", "", func() error {
			_, err := f.CancelUpload(colleague, &intakev1.CancelUploadRequest{RequestId: uuid.NewString(), UploadId: half.GetUploadId()})
			return err
		}},
		{"evidence is cancelled", "UPLOAD_FINISHED", "", func() error {
			_, err := f.CancelUpload(f.ctx, &intakev1.CancelUploadRequest{RequestId: uuid.NewString(), UploadId: kept.GetEvidenceId()})
			return err
		}},
		{"finished too early", "UPLOAD_INCOMPLETE", "", finishing(half.GetUploadId())},
		{"finished twice", "UPLOAD_FINISHED", "", finishing(kept.GetEvidenceId())},
		{"no such upload", "UPLOAD_NOT_FOUND", "", finishing(uuid.NewString())},
		{"an upload is no evidence", "EVIDENCE_NOT_FOUND", "", func() error {
			_, _, err := download(t, client, half.GetUploadId(), 0)
			return err
		}},
		{"another tenant's evidence", "EVIDENCE_NOT_FOUND", "", func() error {
			_, _, err := download(t, stranger, kept.GetEvidenceId(), 0)
			return err
		}},
		{"from past its end", "OFFSET_INVALID", "offset_bytes", func() error {
			_, _, err := download(t, client, kept.GetEvidenceId(), 1001)
			return err
		}},
		{"removed for no reason", "FIELD_INVALID", "reason", func() error {
			_, err := f.RemoveEvidence(f.ctx, &intakev1.RemoveEvidenceRequest{RequestId: uuid.NewString(), EvidenceId: kept.GetEvidenceId(), Reason: "       "})
			return err
		}},
		{"another tenant removes", "EVIDENCE_NOT_FOUND", "", func() error {
			_, err := f.RemoveEvidence(foreign, &intakev1.RemoveEvidenceRequest{RequestId: uuid.NewString(), EvidenceId: kept.GetEvidenceId(), Reason: "not ours"})
			return err
		}},
		{"another tenant lists", "COMPLAINT_NOT_FOUND", "", func() error {
			_, err := f.ListEvidence(foreign, &intakev1.ListEvidenceRequest{ComplaintId: c.GetComplaintId()})
			return err
		}},
		{"another tenant reads the custody", "COMPLAINT_NOT_FOUND", "", func() error {
			_, err := f.ListCustody(foreign, &intakev1.ListCustodyRequest{ComplaintId: c.GetComplaintId()})
			return err
		}},
	}
	before := f.dump(t, evidenceTables...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.call()
			wantRefusal(t, err, test.reason, test.field)
			if diff := cmp.Diff(before, f.dump(t, evidenceTables...)); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
		})
	}
}

// reading counts the objects that are read.
type reading struct {
	Contents
	objects atomic.Int64
}

func (r *reading) Get(ctx context.Context, o store.Object) ([]byte, error) {
	r.objects.Add(1)
	return r.Contents.Get(ctx, o)
}

// What is not what was announced is read once: the refusal ends the upload, and its content is deleted.
func TestAnUploadOfSomethingElseIsDropped(t *testing.T) {
	t.Parallel()
	html := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
	for _, tt := range []struct {
		name, reason, field string
		content             []byte
		change              func(*intakev1.StartUploadRequest)
	}{
		{"another digest", "DIGEST_MISMATCH", "sha256", photo(1000), func(r *intakev1.StartUploadRequest) { r.Sha256 = fmt.Sprintf("%064x", 7) }},
		{"another type", "EVIDENCE_TYPE_REFUSED", "media_type", html, func(*intakev1.StartUploadRequest) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			contents := &reading{Contents: f.cfg.Contents}
			f.Server = New(f.with(func(c *Config) { c.Contents = contents }))
			req := announce(f.register(t).GetComplaintId(), tt.content)
			tt.change(req)
			u := f.start(t, req)
			client, _ := f.door(t, uploader())
			if _, err := send(t, client, u.GetUploadId(), tt.content, 0, 64<<10); err != nil {
				t.Fatal(err)
			}
			finish := &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: u.GetUploadId()}
			_, err := f.FinishUpload(f.ctx, finish)
			wantReason(t, err, tt.reason, tt.field)
			for range 3 {
				_, err := f.FinishUpload(f.ctx, finish)
				wantReason(t, err, "UPLOAD_NOT_FOUND", "")
			}
			if n := contents.objects.Load(); n != 1 {
				t.Errorf("its one part was read %d times", n)
			}
			f.sweep(t, now)
			for _, table := range []string{"evidence", "evidence_part", "evidence_orphan", "evidence_content", "evidence_custody"} {
				if n := f.count(t, table); n != 0 {
					t.Errorf("%d rows are left in %s", n, table)
				}
			}
		})
	}
}

func TestLimitsOfEvidence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	rules := evidenceRules()
	start := func(c *intakev1.Complaint, size int64) (*intakev1.Upload, error) {
		resp, err := f.StartUpload(f.ctx, &intakev1.StartUploadRequest{
			RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), Kind: "photograph", FileName: "a.jpg", MediaType: "image/jpeg", SizeBytes: size,
			Sha256: hex.EncodeToString(make([]byte, sha256.Size)),
		})
		return resp.GetUpload(), err
	}
	many := f.register(t)
	var last *intakev1.Upload
	for range rules.MaxFiles {
		u, err := start(many, 1)
		if err != nil {
			t.Fatal(err)
		}
		last = u
	}
	_, err := start(many, 1)
	wantReason(t, err, "EVIDENCE_FULL", "")
	if _, err := f.CancelUpload(f.ctx, &intakev1.CancelUploadRequest{RequestId: uuid.NewString(), UploadId: last.GetUploadId()}); err != nil {
		t.Fatal(err)
	}
	if _, err := start(many, 1); err != nil {
		t.Errorf("after one was cancelled: %v", err)
	}

	large := f.register(t)
	for _, size := range []int64{rules.MaxFileBytes, rules.MaxFileBytes, rules.MaxBytes - 2*rules.MaxFileBytes} {
		if _, err := start(large, size); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	_, err = start(large, 1)
	wantReason(t, err, "EVIDENCE_FULL", "")
	_, err = start(f.register(t), rules.MaxFileBytes+1)
	wantReason(t, err, "EVIDENCE_TOO_LARGE", "size_bytes")
}
