// Package idempotency makes calls that write safe to retry: the same request id with the same body gets the first answer.
package idempotency

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/wire"
)

//go:embed migrations
var files embed.FS

// Migrations keep the table of answers in a service's schema.
var Migrations = postgres.Migrations{Name: "idempotency", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}

// ErrReused is the fault of a request id that was used before with another body.
var ErrReused = fault.New(fault.Invalid, "REQUEST_ID_REUSED",
	"request_id was used before with other content; use a new UUID for a new request").At("request_id")

// Caller is who sent a request: the same id from two callers is two requests.
type Caller struct{ Tenant, Subject string }

// Request is a message with a request id.
type Request interface {
	proto.Message
	GetRequestId() string
}

// Do runs f in a transaction and keeps its answer with it; a retry of the request gets that answer and f does not run.
//
// It fails with ErrReused when the id came before with another body. When f fails nothing is kept: a later retry runs it anew.
func Do[R proto.Message](ctx context.Context, pool *pgxpool.Pool, now time.Time, by Caller, method string, req Request, f func(tx pgx.Tx) (R, error)) (R, error) {
	var answer R
	id, hash, err := identify(req)
	if err != nil {
		return answer, err
	}
	recall := func(tx pgx.Tx) (found bool, err error) {
		stored, err := find(ctx, tx, by, method, id, hash)
		if err != nil || stored == nil {
			return false, err
		}
		answer = answer.ProtoReflect().Type().New().Interface().(R)
		return true, wire.Unmarshal(stored, answer)
	}
	failure := postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
		found, err := recall(tx)
		if found || err != nil {
			return err
		}
		if answer, err = f(tx); err != nil {
			return err
		}
		return keep(ctx, tx, now, by, method, id, hash, answer)
	})
	if failure == nil || errors.Is(failure, ErrReused) {
		return answer, failure
	}
	// The same request may have run beside this one, and f been held up until that was done: then f judged what the request itself
	// had left, and the answer is there now.
	err = postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
		if found, err := recall(tx); found || errors.Is(err, ErrReused) {
			return err
		}
		return failure
	})
	return answer, err
}

// identify returns the id of a request, and the hash of what it asks: a retry may spell the id otherwise.
func identify(req Request) (id uuid.UUID, hash []byte, err error) {
	if id, err = uuid.Parse(req.GetRequestId()); err != nil {
		return id, nil, fmt.Errorf("request id: %w", err) // the door has checked it
	}
	var asked proto.Message = req
	if canonical := id.String(); canonical != req.GetRequestId() {
		asked = proto.Clone(req)
		m := asked.ProtoReflect()
		m.Set(m.Descriptor().Fields().ByName("request_id"), protoreflect.ValueOfString(canonical))
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(asked)
	if err != nil {
		return id, nil, fmt.Errorf("hash request: %w", err)
	}
	sum := sha256.Sum256(body)
	return id, sum[:], nil
}

// find returns the answer kept for a request, or nil.
func find(ctx context.Context, tx pgx.Tx, by Caller, method string, requestID uuid.UUID, hash []byte) ([]byte, error) {
	const q = `
		SELECT response, request_hash = $5
		FROM idempotency
		WHERE tenant = $1 AND caller = $2 AND method = $3 AND request_id = $4`
	var response []byte
	var same bool
	err := tx.QueryRow(ctx, q, by.Tenant, by.Subject, method, requestID, hash).Scan(&response, &same)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("find request: %w", err)
	case !same:
		return nil, ErrReused
	}
	return response, nil
}

func keep(ctx context.Context, tx pgx.Tx, now time.Time, by Caller, method string, requestID uuid.UUID, hash []byte, answer proto.Message) error {
	const q = `
		INSERT INTO idempotency (tenant, caller, method, request_id, request_hash, response, create_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	response, err := wire.Marshal(answer)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if _, err = tx.Exec(ctx, q, by.Tenant, by.Subject, method, requestID, hash, response, now); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}
