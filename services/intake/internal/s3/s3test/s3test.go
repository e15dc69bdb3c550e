// Package s3test runs a real S3 server for tests: versitygw, with a folder behind it.
package s3test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	bucket, accessKey, secretKey = "evidence", "tester", "known-to-tests-alone"

	// patience is how long the server may take to start; pollInterval is how often it is asked.
	patience     = 30 * time.Second
	pollInterval = 20 * time.Millisecond
)

// Server is a running S3 server with a bucket.
type Server struct {
	// Address is what s3.Open takes: s3://…
	Address string
	// CredentialsFile is a file of AWS' form.
	CredentialsFile string

	client *minio.Client
	kill   func()
}

// Start starts a server with an empty bucket; it ends with the test. It is built on first use, which takes a minute or two.
func Start(t testing.TB) *Server {
	t.Helper()
	addr, dir := freeAddress(t), t.TempDir()
	data, meta := filepath.Join(dir, "data"), filepath.Join(dir, "meta")
	for _, d := range []string{data, meta} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s := &Server{
		Address:         fmt.Sprintf("s3://%s/redress/?endpoint=http://%s", bucket, addr),
		CredentialsFile: filepath.Join(dir, "credentials"),
	}
	ini := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", accessKey, secretKey)
	if err := os.WriteFile(s.CredentialsFile, []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kill = run(t, binary(t), "--port", addr, "--access", accessKey, "--secret", secretKey, "--quiet", "posix", "--sidecar", meta, data)
	var err error
	if s.client, err = minio.New(addr, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1", MaxRetries: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(pollInterval); ; <-tick.C {
		if err = s.client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{}); err == nil {
			return s
		}
		if ctx.Err() != nil {
			t.Fatalf("no S3 server within %v: %v", patience, err)
		}
	}
}

// Objects returns the names of everything in the bucket.
func (s *Server) Objects(t testing.TB) []string {
	t.Helper()
	var names []string
	for o := range s.client.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		names = append(names, o.Key)
	}
	return names
}

// Kill ends the server at once.
func (s *Server) Kill() { s.kill() }

// binary returns the server's program, which Go builds and keeps.
func binary(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	tool := exec.Command("go", "tool", "-n", "versitygw")
	tool.Dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "..", "..", ".tools", "s3")
	tool.Env = append(os.Environ(), "GOWORK=off")
	out, err := tool.Output()
	if err != nil {
		t.Fatalf("build an S3 server in %s: %v", tool.Dir, err)
	}
	return strings.TrimSpace(string(out))
}

// run starts a program that ends with the test, also when the test dies: its shell then reads the end of its input.
func run(t testing.TB, program string, args ...string) (kill func()) {
	t.Helper()
	const script = `"$@" >/dev/null 2>&1 & read -r _; kill -9 $!`
	c := exec.Command("/bin/sh", append([]string{"-c", script, "sh", program}, args...)...)
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = in.Close()
		_ = c.Wait()
	}
	t.Cleanup(kill)
	return kill
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
