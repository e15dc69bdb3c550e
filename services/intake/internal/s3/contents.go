// Package s3 keeps the content of evidence in a store that speaks S3: what it is given is sealed already.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"redress.dev/services/intake/internal/store"
)

const (
	// awsEndpoint is where buckets are when the address does not say.
	awsEndpoint = "https://s3.amazonaws.com"
	// defaultRegion signs requests to stores that have no regions.
	defaultRegion = "us-east-1"
	// maxTries is how often the client tries a request; the callers of this package have their own deadlines and retries.
	maxTries = 3
)

// Contents keeps objects in a bucket, under PREFIX/TENANT/EVIDENCE/OBJECT. It is safe for concurrent use.
type Contents struct {
	client         *minio.Client
	bucket, prefix string
}

// Open returns the store at an address, s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION. The prefix may be missing, and so may
// the endpoint (Amazon's) and the region (us-east-1). It connects to nothing: services start in any order.
//
// Credentials stand in a file of AWS' form (profile "default"); when none is named, in AWS' own variables and files, or they are those of
// the machine's or the pod's role.
func Open(address, credentialsFile string) (*Contents, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%q is no address: %w", address, err)
	}
	q := u.Query()
	for key := range q {
		if key != "endpoint" && key != "region" {
			return nil, fmt.Errorf("%q has a %q; it takes endpoint and region", address, key)
		}
	}
	if u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%q is not s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION", address)
	}
	endpoint, err := url.Parse(or(q.Get("endpoint"), awsEndpoint))
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" || strings.Trim(endpoint.Path, "/") != "" {
		return nil, fmt.Errorf("the endpoint of %q is not https://HOST:PORT", address)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: keys(credentialsFile), Secure: endpoint.Scheme == "https", Region: or(q.Get("region"), defaultRegion), MaxRetries: maxTries,
	})
	if err != nil {
		return nil, fmt.Errorf("client of %q: %w", address, err)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Contents{client, u.Host, prefix}, nil
}

// keys are where credentials are looked for.
func keys(file string) *credentials.Credentials {
	if file != "" {
		return credentials.NewFileAWSCredentials(file, "default")
	}
	return credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}})
}

func or(s, unset string) string {
	if s == "" {
		return unset
	}
	return s
}

// key is the name of an object. A tenant may have any characters; it cannot leave its folder.
func (c *Contents) key(o store.Object) string {
	return c.prefix + "t-" + url.QueryEscape(o.Tenant) + "/" + o.EvidenceID + "/" + o.ID
}

// Put keeps an object.
func (c *Contents) Put(ctx context.Context, o store.Object, sealed []byte) error {
	_, err := c.client.PutObject(ctx, c.bucket, c.key(o), bytes.NewReader(sealed), int64(len(sealed)),
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	if err != nil {
		return fmt.Errorf("put object %s: %w", o.ID, err)
	}
	return nil
}

// Get returns an object. It fails with store.ErrNoObject when there is none.
func (c *Contents) Get(ctx context.Context, o store.Object) ([]byte, error) {
	reader, err := c.client.GetObject(ctx, c.bucket, c.key(o), minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", o.ID, err)
	}
	defer func() { _ = reader.Close() }() // what was read is checked by its seal
	sealed, err := io.ReadAll(reader)
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		err = store.ErrNoObject
	}
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", o.ID, err)
	}
	return sealed, nil
}

// Delete deletes objects; one that is not there is as good as deleted.
func (c *Contents) Delete(ctx context.Context, objects []store.Object) error {
	names := make(chan minio.ObjectInfo, len(objects))
	for _, o := range objects {
		names <- minio.ObjectInfo{Key: c.key(o)}
	}
	close(names)
	var failed error
	for e := range c.client.RemoveObjects(ctx, c.bucket, names, minio.RemoveObjectsOptions{}) {
		failed = errors.Join(failed, fmt.Errorf("delete object %s: %w", e.ObjectName, e.Err))
	}
	return failed
}
