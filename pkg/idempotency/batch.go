package idempotency

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
)

// Call is one request of a batch, and what became of it.
type Call[Q Request, R proto.Message] struct {
	By      Caller
	Request Q

	// Answer is what the request gets, now or before, when Err is nil.
	Answer R
	Err    error
}

// DoAll does for several requests of one method in tx what Do does for one: those that were answered before get that answer, and f
// runs once, with the others, which may be none. It sets Answer or Err of each and has keep queue the answers with its own statements: an Err
// is not kept. No two of the calls may be the same request.
//
// Its error means that nothing was done; one cause is the same request running beside this batch: Do waits for that one.
func DoAll[Q Request, R proto.Message](ctx context.Context, tx pgx.Tx, now time.Time, method string, calls []*Call[Q, R], f func(fresh []*Call[Q, R], keep func(*pgx.Batch) error) error) error {
	k, err := keysOf(calls)
	if err != nil {
		return err
	}
	known, err := recallAll(ctx, tx, method, k, calls)
	if err != nil {
		return err
	}
	var fresh []*Call[Q, R]
	for i, c := range calls {
		if !known[i] {
			fresh = append(fresh, c)
		}
	}
	return f(fresh, func(b *pgx.Batch) error { return queueAnswers(b, now, method, k, calls, known) })
}

// queueAnswers has b insert the answers of the calls that were not known.
func queueAnswers[Q Request, R proto.Message](b *pgx.Batch, now time.Time, method string, k keys, calls []*Call[Q, R], known []bool) error {
	var kept keys
	var answers [][]byte
	for i, c := range calls {
		if known[i] || c.Err != nil {
			continue
		}
		answer, err := proto.Marshal(c.Answer)
		if err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		kept.add(k.tenants[i], k.callers[i], k.ids[i], k.hashes[i])
		answers = append(answers, answer)
	}
	const q = `
		INSERT INTO idempotency (tenant, caller, method, request_id, request_hash, response, create_time)
		SELECT tenant, caller, $5, id, hash, response, $7
		FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bytea[], $6::bytea[]) AS u (tenant, caller, id, hash, response)`
	if len(answers) > 0 {
		b.Queue(q, kept.tenants, kept.callers, kept.ids, kept.hashes, method, answers, now)
	}
	return nil
}

// keys are what calls are found by, and the hashes of what they ask.
type keys struct {
	tenants, callers []string
	ids              []uuid.UUID
	hashes           [][]byte
}

func (k *keys) add(tenant, caller string, id uuid.UUID, hash []byte) {
	k.tenants, k.callers, k.ids, k.hashes = append(k.tenants, tenant), append(k.callers, caller), append(k.ids, id), append(k.hashes, hash)
}

func keysOf[Q Request, R proto.Message](calls []*Call[Q, R]) (keys, error) {
	var k keys
	for _, c := range calls {
		id, err := uuid.Parse(c.Request.GetRequestId())
		if err != nil {
			return k, fmt.Errorf("request id: %w", err) // the door has checked it
		}
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(c.Request)
		if err != nil {
			return k, fmt.Errorf("hash request: %w", err)
		}
		hash := sha256.Sum256(body)
		k.add(c.By.Tenant, c.By.Subject, id, hash[:])
	}
	return k, nil
}

// recallAll sets what the calls that came before get, and tells which those are.
func recallAll[Q Request, R proto.Message](ctx context.Context, tx pgx.Tx, method string, k keys, calls []*Call[Q, R]) ([]bool, error) {
	const q = `
		SELECT k.n, i.response, i.request_hash = k.hash
		FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bytea[]) WITH ORDINALITY AS k (tenant, caller, id, hash, n)
		CROSS JOIN LATERAL (
			SELECT response, request_hash
			FROM idempotency
			WHERE tenant = k.tenant AND caller = k.caller AND method = $5 AND request_id = k.id
			OFFSET 0
		) i`
	known := make([]bool, len(calls))
	rows, _ := tx.Query(ctx, q, k.tenants, k.callers, k.ids, k.hashes, method) // ForEachRow returns the error
	var (
		n        int
		response []byte
		same     bool
	)
	_, err := pgx.ForEachRow(rows, []any{&n, &response, &same}, func() error {
		c := calls[n-1]
		known[n-1] = true
		if !same {
			c.Err = ErrReused
			return nil
		}
		c.Answer = c.Answer.ProtoReflect().Type().New().Interface().(R)
		return proto.Unmarshal(response, c.Answer)
	})
	if err != nil {
		return nil, fmt.Errorf("find requests: %w", err)
	}
	return known, nil
}
