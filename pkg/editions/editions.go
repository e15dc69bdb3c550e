// Package editions is how a service other than intake gets the edition of a procedure that a complaint runs by: from memory, else
// from the service's own table, else from intake, once, and then kept.
package editions

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

//go:embed migrations
var files embed.FS

// Migrations keep the table of editions in a service's schema.
var Migrations = postgres.Migrations{Name: "editions", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}

// patience is how long a caller waits for an edition that is not in memory, loadTimeout how long getting it may take.
//
// A caller may hold a transaction, and with it one of the pool's connections, while the load needs another. Were every connection
// held by callers, none would ever be free; callers that give up first let the load through, and find the edition in memory when
// they come again.
const (
	patience    = 2 * time.Second
	loadTimeout = 20 * time.Second
)

// ErrWrongContent says that intake answered with an edition of another digest than was asked for.
var ErrWrongContent = errors.New("the edition's content has another digest")

// awayError is the failure of Get. Its status is UNAVAILABLE whatever the cause: folds wait for what is unavailable and park events for
// anything else, and a caller must not take intake's answer to this service, such as UNAUTHENTICATED, for one to itself.
type awayError struct{ error }

// Unwrap returns why it is away.
func (e awayError) Unwrap() error { return e.error }

// GRPCStatus makes it a status.
func (e awayError) GRPCStatus() *status.Status { return status.New(codes.Unavailable, e.Error()) }

// Fetch asks the owner of editions, intake, for one by digest.
type Fetch func(ctx context.Context, digest string) (*procedurev1.Procedure, error)

// Book holds compiled editions. It is safe for concurrent use. Editions are few, so none is ever dropped.
type Book struct {
	pool   *pgxpool.Pool
	fetch  Fetch
	flight singleflight.Group

	mu   sync.RWMutex
	held map[string]*procedure.Procedure
}

// New returns an empty book. pool is the service's; its schema holds the table of Migrations.
func New(pool *pgxpool.Pool, fetch Fetch) *Book {
	return &Book{pool: pool, fetch: fetch, held: map[string]*procedure.Procedure{}}
}

// Get returns the edition with this digest (lower-case hex). Any error is worth another try: intake may be down, not know the
// edition yet, or have it in a language that only a newer build of this service reads. An event that needs the edition waits.
func (b *Book) Get(ctx context.Context, digest string) (*procedure.Procedure, error) {
	if p := b.get(digest); p != nil {
		return p, nil
	}
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := b.Await(patient, digest)
	if err != nil && patient.Err() != nil && ctx.Err() == nil {
		// Not the caller's deadline: whoever asks again in a moment finds it.
		return nil, awayError{fmt.Errorf("edition %s is not here within %v; it is still being fetched", digest, patience)}
	}
	return p, err
}

// Await is Get for a caller that holds no transaction: it waits as long as ctx lets it, at most loadTimeout.
func (b *Book) Await(ctx context.Context, digest string) (*procedure.Procedure, error) {
	if p := b.get(digest); p != nil {
		return p, nil
	}
	load := b.flight.DoChan(digest, func() (any, error) {
		// Whoever asked first may give up; the others still want it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return b.load(ctx, digest)
	})
	select {
	case <-ctx.Done():
		return nil, awayError{fmt.Errorf("wait for edition %s: %w", digest, ctx.Err())}
	case r := <-load:
		if r.Err != nil {
			return nil, awayError{fmt.Errorf("get edition %s: %w", digest, r.Err)}
		}
		return r.Val.(*procedure.Procedure), nil
	}
}

// get returns an edition that is held, or nil.
func (b *Book) get(digest string) *procedure.Procedure {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.held[digest]
}

// load gets an edition from the table or from intake, and keeps it.
func (b *Book) load(ctx context.Context, digest string) (*procedure.Procedure, error) {
	content, err := b.find(ctx, digest)
	if err != nil {
		return nil, err
	}
	kept := content != nil
	if !kept {
		if content, err = b.fetch(ctx, digest); err != nil {
			return nil, fmt.Errorf("fetch: %w", err)
		}
	}
	if got := procedure.Digest(content); got != digest {
		return nil, fmt.Errorf("%w: %s", ErrWrongContent, got)
	}
	p, err := procedure.Compile(content)
	if err != nil {
		return nil, err
	}
	if !kept {
		if err := b.keep(ctx, digest, content); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	b.held[digest] = p
	b.mu.Unlock()
	return p, nil
}

// find returns the edition that the table holds, or nil.
func (b *Book) find(ctx context.Context, digest string) (*procedurev1.Procedure, error) {
	const q = `SELECT content FROM procedure_edition WHERE digest = decode($1, 'hex')`
	var content []byte
	switch err := b.pool.QueryRow(ctx, q, digest).Scan(&content); {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("find: %w", err)
	}
	p := &procedurev1.Procedure{}
	if err := proto.Unmarshal(content, p); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return p, nil
}

// keep adds the edition to the table; another replica may have been first.
func (b *Book) keep(ctx context.Context, digest string, p *procedurev1.Procedure) error {
	const q = `INSERT INTO procedure_edition (digest, content) VALUES (decode($1, 'hex'), $2) ON CONFLICT DO NOTHING`
	content, err := proto.Marshal(p)
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if _, err := b.pool.Exec(ctx, q, digest, content); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}
