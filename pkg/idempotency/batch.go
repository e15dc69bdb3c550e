package idempotency

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/wire"
)

// Call is one request of a batch, and what became of it.
type Call[Q Request, R proto.Message] struct {
	By      Caller
	Request Q

	// Answer is what the request gets, now or before, when Err is nil.
	Answer R
	Err    error
}

// Batch is several requests of one method that one transaction handles: what Do does for one. No two of them may be the same request.
//
// The transaction looks for answers that were kept before (QueueRecall), does what is Fresh, sets Answer or Err of each of these, and keeps the
// answers (QueueAnswers). It fails when the same request runs beside it; Do waits for that one.
type Batch[Q Request, R proto.Message] struct {
	method string
	calls  []*Call[Q, R]
	keys   keys
	known  []bool
}

// NewBatch returns a batch of calls.
func NewBatch[Q Request, R proto.Message](method string, calls []*Call[Q, R]) (*Batch[Q, R], error) {
	k, err := keysOf(calls)
	return &Batch[Q, R]{method: method, calls: calls, keys: k}, err
}

// QueueRecall has b find the calls that came before, which get what they got then: Answer or Err is set. It may be queued again, in another
// transaction: then all begins anew.
func (a *Batch[Q, R]) QueueRecall(b *pgx.Batch) {
	const q = `
		SELECT k.n, i.response, i.request_hash = k.hash
		FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bytea[]) WITH ORDINALITY AS k (tenant, caller, id, hash, n)
		CROSS JOIN LATERAL (
			SELECT response, request_hash
			FROM idempotency
			WHERE tenant = k.tenant AND caller = k.caller AND method = $5 AND request_id = k.id
			OFFSET 0
		) i`
	a.known = make([]bool, len(a.calls))
	for _, c := range a.calls {
		var none R
		c.Answer, c.Err = none, nil
	}
	if len(a.calls) == 0 {
		return
	}
	b.Queue(q, a.keys.tenants, a.keys.callers, a.keys.ids, a.keys.hashes, a.method).Query(func(rows pgx.Rows) error {
		var (
			n        int
			response []byte
			same     bool
		)
		_, err := pgx.ForEachRow(rows, []any{&n, &response, &same}, func() error {
			c := a.calls[n-1]
			a.known[n-1] = true
			if !same {
				c.Err = ErrReused
				return nil
			}
			c.Answer = c.Answer.ProtoReflect().Type().New().Interface().(R)
			return wire.Unmarshal(response, c.Answer)
		})
		if err != nil {
			return fmt.Errorf("find requests: %w", err)
		}
		return nil
	})
}

// Fresh returns the calls that did not come before.
func (a *Batch[Q, R]) Fresh() []*Call[Q, R] {
	var fresh []*Call[Q, R]
	for i, c := range a.calls {
		if !a.known[i] {
			fresh = append(fresh, c)
		}
	}
	return fresh
}

// QueueAnswers has b keep the answers of the fresh calls. One that ended in an Err is not kept: it may come back corrected.
func (a *Batch[Q, R]) QueueAnswers(b *pgx.Batch, now time.Time) error {
	var kept keys
	var answers [][]byte
	for i, c := range a.calls {
		if a.known[i] || c.Err != nil {
			continue
		}
		answer, err := wire.Marshal(c.Answer)
		if err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		kept.add(a.keys.tenants[i], a.keys.callers[i], a.keys.ids[i], a.keys.hashes[i])
		answers = append(answers, answer)
	}
	const q = `
		INSERT INTO idempotency (tenant, caller, method, request_id, request_hash, response, create_time)
		SELECT unnest($1::text[]), unnest($2::text[]), $5, unnest($3::uuid[]), unnest($4::bytea[]), unnest($6::bytea[]), $7`
	if len(answers) > 0 {
		b.Queue(q, kept.tenants, kept.callers, kept.ids, kept.hashes, a.method, answers, now)
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
		id, hash, err := identify(c.Request)
		if err != nil {
			return k, err
		}
		k.add(c.By.Tenant, c.By.Subject, id, hash)
	}
	return k, nil
}
