package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
)

// TestEvidenceAtTheTerminal brings a file in, looks at it, and destroys it.
func TestEvidenceAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("consumer-finance"))
	out := x.says([]string{"complaints", "register", "consumer-finance", "--channel", "Web", "--field", "product=Mortgage"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	dir := t.TempDir()
	photo := filepath.Join(dir, "桌子.jpg")
	content := append([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 'J', 'F', 'I', 'F', 0}, bytes.Repeat([]byte("leg"), 400_000)...)
	if err := os.WriteFile(photo, content, 0o600); err != nil {
		t.Fatal(err)
	}
	x.says([]string{"evidence", "list", number}, "No evidence")
	out = x.says([]string{"evidence", "add", number, photo, "--kind", "photograph"}, "Kept ", "image/jpeg", "1.1 MiB")
	id := strings.TrimSuffix(strings.Fields(out)[1], ":")
	x.says([]string{"evidence", "list", number}, id, "photograph", "1.1 MiB")
	x.until([]string{"complaints", "show", number}, "EvidenceAttached")

	saved := filepath.Join(dir, "saved.jpg")
	if err := os.WriteFile(filepath.Join(dir, id+".part"), content[:700_001], 0o600); err != nil { // as an interrupted one leaves it
		t.Fatal(err)
	}
	get := []string{"evidence", "get", id, saved, "--purpose", "verification"}
	x.says(get, "Saved "+saved)
	if got, err := os.ReadFile(saved); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d of %d bytes were saved, %v", len(got), len(content), err)
	}
	x.refuses(get, "is there already")
	if err := os.WriteFile(filepath.Join(dir, id+".part"), []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	get[3] = filepath.Join(dir, "again.jpg")
	x.refuses(get, "another SHA-256")
	x.says(get, "Saved ")

	script := filepath.Join(dir, "photo2.jpg")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho no picture\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.refuses([]string{"evidence", "add", number, script, "--kind", "photograph"}, "are not taken; those that are: image/jpeg")
	x.refuses([]string{"evidence", "add", number, script, "--kind", "photograph", "--type", "image/jpeg"}, "the content is not image/jpeg")
	x.refuses([]string{"evidence", "remove", id, "--reason", "no"}, "reason")
	x.says([]string{"evidence", "remove", id, "--reason", "shows somebody else"}, "is destroyed")
	x.refuses([]string{"evidence", "get", id, saved + "2", "--purpose", "verification"}, "destroyed")

	out = x.says([]string{"evidence", "custody", number, "--output", "json"})
	var custody struct{ Entries []struct{ Act string } }
	if err := json.Unmarshal([]byte(out), &custody); err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, entry := range custody.Entries {
		acts = append(acts, strings.TrimPrefix(entry.Act, "CUSTODY_ACT_"))
	}
	want := "UPLOADED OPENED DOWNLOADED OPENED DOWNLOADED OPENED DOWNLOADED REMOVED"
	if got := strings.Join(acts, " "); got != want {
		t.Errorf("on record is %s, want %s", got, want)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.part"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over are %q, %v", left, err)
	}
}

// TestAnInterruptedUploadGoesOnAtTheTerminal goes on with an upload of which one part is there.
func TestAnInterruptedUploadGoesOnAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("consumer-finance"))
	out := x.says([]string{"complaints", "register", "consumer-finance", "--channel", "Web", "--field", "product=Mortgage", "--output", "json"})
	var registered struct {
		Complaint struct{ ComplaintID, Number string }
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(out, "complaint_id", "complaintID")), &registered); err != nil {
		t.Fatal(err)
	}
	content := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("page "), 300_000)...)
	paper := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(paper, content, 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := rpc.Dial(x.flags[slices.Index(x.flags, "--intake")+1], auth.Token{File: x.flags[1]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	api, sum := intakev1.NewEvidenceServiceClient(conn), sha256.Sum256(content)
	started, err := api.StartUpload(t.Context(), &intakev1.StartUploadRequest{
		RequestId: uuid.NewString(), ComplaintId: registered.Complaint.ComplaintID, Kind: "order", FileName: "paper.pdf", MediaType: "application/pdf",
		SizeBytes: int64(len(content)), Sha256: hex.EncodeToString(sum[:]),
	})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := api.UploadEvidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := started.GetUpload().GetUploadId()
	for offset := 0; offset < 600_000; offset += 60_000 {
		if err := stream.Send(&intakev1.UploadEvidenceRequest{UploadId: id, OffsetBytes: int64(offset), Data: content[offset : offset+60_000]}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	number := registered.Complaint.Number
	x.refuses([]string{"evidence", "add", number, os.Args[0], "--kind", "order", "--resume", id}, "is of a file of")
	x.says([]string{"evidence", "add", number, paper, "--kind", "order", "--resume", id}, "Kept "+id, hex.EncodeToString(sum[:]))
	x.says([]string{"evidence", "get", id, paper + ".copy", "--purpose", "review"})
	if got, err := os.ReadFile(paper + ".copy"); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d of %d bytes came back, %v", len(got), len(content), err)
	}
}

// away is a service of evidence that is away for a while.
type away struct {
	intakev1.EvidenceServiceClient

	calls, breaks int
	size          int64
}

func (a *away) answers() error {
	if a.calls++; a.calls <= a.breaks {
		return status.Error(codes.Unavailable, "away")
	}
	return nil
}

func (a *away) UploadEvidence(context.Context, ...grpc.CallOption) (grpc.ClientStreamingClient[intakev1.UploadEvidenceRequest, intakev1.UploadEvidenceResponse], error) {
	return nil, cmp.Or(a.answers(), status.Error(codes.Unavailable, "the stream broke behind the last byte"))
}

func (a *away) GetUpload(_ context.Context, req *intakev1.GetUploadRequest, _ ...grpc.CallOption) (*intakev1.GetUploadResponse, error) {
	return &intakev1.GetUploadResponse{Upload: &intakev1.Upload{UploadId: req.GetUploadId(), SizeBytes: a.size, OffsetBytes: a.size}}, a.answers()
}

func (a *away) FinishUpload(context.Context, *intakev1.FinishUploadRequest, ...grpc.CallOption) (*intakev1.FinishUploadResponse, error) {
	return &intakev1.FinishUploadResponse{}, nil
}

func TestAnUploadOutlastsARestart(t *testing.T) {
	t.Parallel()
	for breaks, lasts := range map[int]bool{0: true, 1: true, 6: true, 50: false} {
		t.Run(fmt.Sprint(breaks), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := &away{breaks: breaks, size: 3}
				_, err := finish(&env{ctx: t.Context(), errs: io.Discard}, api, nil, &intakev1.Upload{UploadId: "u", SizeBytes: 3})
				if (err == nil) != lasts || (err != nil && !passing(err)) {
					t.Errorf("after %d breaks: %v", breaks, err)
				}
			})
		})
	}
}
