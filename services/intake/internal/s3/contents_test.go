package s3_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"redress.dev/services/intake/internal/s3"
	"redress.dev/services/intake/internal/s3/s3test"
	"redress.dev/services/intake/internal/store"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, wantErr string }{
		{"s3://bucket", ""},
		{"s3://bucket/a/b/?endpoint=http://127.0.0.1:9000&region=cn-north-1", ""},
		{"https://bucket.example.com", "is not s3://"},
		{"s3:///prefix", "is not s3://"},
		{"s3://key:secret@bucket", "is not s3://"},
		{"s3://bucket?endpoint=minio:9000", "endpoint"},
		{"s3://bucket?endpoint=https://minio/path", "endpoint"},
		{"s3://bucket?secret=x", `"secret"`},
	}
	for _, test := range tests {
		_, err := s3.Open(test.address, "")
		if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("%s gives %v, want %q", test.address, err, test.wantErr)
		}
	}
}

func TestObjectsComeBackUntilTheyAreDeleted(t *testing.T) {
	t.Parallel()
	srv := s3test.Start(t)
	c, err := s3.Open(srv.Address, srv.CredentialsFile)
	if err != nil {
		t.Fatal(err)
	}
	var objects []store.Object
	for _, tenant := range []string{"default", "../佛山 50%/x"} {
		o := store.Object{Tenant: tenant, EvidenceID: uuid.NewString(), ID: uuid.NewString()}
		objects = append(objects, o)
		want := bytes.Repeat([]byte(tenant), 50_000)
		if err := c.Put(t.Context(), o, want); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Get(t.Context(), o); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %d bytes came back of %d: %v", tenant, len(got), len(want), err)
		}
	}
	for _, name := range srv.Objects(t) {
		if !strings.HasPrefix(name, "redress/t-") || strings.Count(name, "/") != 3 {
			t.Errorf("an object lies at %s", name)
		}
	}
	for range 2 { // what is gone is gone
		if err := c.Delete(t.Context(), objects); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(t.Context(), objects[0]); !errors.Is(err, store.ErrNoObject) {
		t.Errorf("a deleted object gives %v, want ErrNoObject", err)
	}
	srv.Kill()
	if err := c.Put(t.Context(), objects[0], []byte("x")); err == nil || errors.Is(err, store.ErrNoObject) {
		t.Errorf("without a server, Put gives %v", err)
	}
}
