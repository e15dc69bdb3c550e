package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/s3"
	"redress.dev/services/intake/internal/s3/s3test"
)

// evidenceRules are those of the tests: small, so that limits are reached soon.
func evidenceRules() domain.EvidenceRules {
	return domain.EvidenceRules{
		MaxFileBytes: 2 << 20, MaxFiles: 4, MaxBytes: 5 << 20, MediaTypes: []string{"image/jpeg", "image/png", "application/pdf", "text/plain"},
	}
}

// eachStore runs a test over both stores of content.
func eachStore(t *testing.T, test func(t *testing.T, f fixture)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t))
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t).onS3(t))
	})
}

// onS3 keeps contents in an S3 server from now on.
func (f fixture) onS3(t testing.TB) fixture {
	t.Helper()
	srv := s3test.Start(t)
	contents, err := s3.Open(srv.Address, srv.CredentialsFile)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = New(f.with(func(c *Config) { c.Contents = contents }))
	return f
}

// with returns f's configuration, changed.
func (f fixture) with(change func(*Config)) Config {
	cfg := f.cfg
	change(&cfg)
	return cfg
}

// photo returns n bytes that begin as a JPEG picture does.
func photo(n int) []byte {
	p := bytes.Repeat([]byte("桌腿断了 "), n/13+1)[:n]
	copy(p, []byte{0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 'J', 'F', 'I', 'F', 0})
	for i := 32; i < n; i += 1000 { // parts differ
		p[i] = byte(i / 1000)
	}
	return p
}

// door serves f to one caller on loopback; stop breaks every call off, as a killed process does.
func (f fixture) door(t testing.TB, by auth.Principal) (client intakev1.EvidenceServiceClient, stop func()) {
	t.Helper()
	srv := grpc.NewServer(grpc.StreamInterceptor(func(s any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if err := next(s, caller{ss, by}); err != nil {
			return rpc.Status(err, Name).Err()
		}
		return nil
	}))
	f.Register(srv)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(lis) }() // ends with Stop
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); srv.Stop() })
	return intakev1.NewEvidenceServiceClient(conn), srv.Stop
}

// caller is a stream of a caller whom the door has let in.
type caller struct {
	grpc.ServerStream
	by auth.Principal
}

func (c caller) Context() context.Context { return auth.With(c.ServerStream.Context(), c.by) }

// uploader is who uploads, and may look.
func uploader() auth.Principal {
	return auth.Principal{Tenant: "default", Subject: "li.wei", Roles: []optionsv1.Role{agent, supervisor}}
}

// announce returns a good request for a JPEG with this content.
func announce(complaintID string, content []byte) *intakev1.StartUploadRequest {
	sum := sha256.Sum256(content)
	return &intakev1.StartUploadRequest{
		RequestId: uuid.NewString(), ComplaintId: complaintID, Kind: "photograph", FileName: `C:\照片\王小明的桌子.jpg`, MediaType: "image/jpeg",
		SizeBytes: int64(len(content)), Sha256: hex.EncodeToString(sum[:]),
	}
}

func (f fixture) start(t testing.TB, req *intakev1.StartUploadRequest) *intakev1.Upload {
	t.Helper()
	resp, err := f.StartUpload(f.ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetUpload()
}

// send sends content from an offset on in frames of a size, and returns the answer to the last one.
func send(t testing.TB, client intakev1.EvidenceServiceClient, id string, content []byte, offset, frame int) (*intakev1.Upload, error) {
	t.Helper()
	stream, err := client.UploadEvidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for data := range slices.Chunk(content[offset:], frame) {
		if err := stream.Send(&intakev1.UploadEvidenceRequest{UploadId: id, OffsetBytes: int64(offset), Data: data}); err != nil {
			break // CloseAndRecv says why
		}
		offset += len(data)
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetUpload(), err
}

func (f fixture) finish(t testing.TB, id string) *intakev1.Evidence {
	t.Helper()
	resp, err := f.FinishUpload(f.ctx, &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: id})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetEvidence()
}

// attach keeps a file with a complaint.
func (f fixture) attach(t testing.TB, complaintID string, content []byte) *intakev1.Evidence {
	t.Helper()
	client, _ := f.door(t, uploader())
	u := f.start(t, announce(complaintID, content))
	if _, err := send(t, client, u.GetUploadId(), content, 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	return f.finish(t, u.GetUploadId())
}

// download reads a file from an offset on.
func download(t testing.TB, client intakev1.EvidenceServiceClient, id string, offset int64) (*intakev1.Evidence, []byte, error) {
	t.Helper()
	stream, err := client.DownloadEvidence(t.Context(), &intakev1.DownloadEvidenceRequest{EvidenceId: id, OffsetBytes: offset, Purpose: "verification"})
	if err != nil {
		t.Fatal(err)
	}
	var e *intakev1.Evidence
	var data []byte
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return e, data, nil
		}
		if err != nil {
			return e, data, err
		}
		if frame.GetEvidence() != nil {
			e = frame.GetEvidence()
		}
		data = append(data, frame.GetData()...)
	}
}

// evidenceTables are all that evidence touches.
var evidenceTables = []string{
	"evidence", "evidence_part", "evidence_orphan", "evidence_content", "evidence_custody", "outbox_pending", "idempotency", "complaint",
}

// dump returns the content of tables as text; bytes stand in it in hex.
func (f fixture) dump(t testing.TB, tables ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range tables {
		var text string
		if err := f.pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(x::text, E'\n' ORDER BY x::text), '') FROM `+table+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		out[table] = text
	}
	return out
}

// wantStatus holds the answer of a call through a door against a reason and a field.
func wantStatus(t testing.TB, err error, reason, field string) {
	t.Helper()
	if _, got, at := reasonOf(status.Convert(err).Proto()); got != reason || at != field {
		t.Errorf("got %v, want %s at %q", err, reason, field)
	}
}

// wantRefusal is wantReason or wantStatus, as err came.
func wantRefusal(t testing.TB, err error, reason, field string) {
	t.Helper()
	if _, through := err.(interface{ GRPCStatus() *status.Status }); through {
		wantStatus(t, err, reason, field)
	} else {
		wantReason(t, err, reason, field)
	}
}
