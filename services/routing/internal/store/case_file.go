package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/routing/internal/domain"
)

// Key names a case.
type Key struct {
	Tenant      string
	ComplaintID uuid.UUID
}

// caseColumns are what scanCase scans. A case's work is read by a second query: a join would repeat the facts for every row.
const caseColumns = `c.tenant, c.complaint_id, c.number, c.procedure, encode(c.digest, 'hex'), c.flow, c.round, c.state, c.receive_time,
	c.facts, c.steps, c.version, c.event_version`

// lockCases looks each case up by itself: asked for "IN" a list, the planner may read the whole table, which only grows. The order keeps
// two transactions that lock several cases from waiting for each other.
const lockCases = `
	SELECT c.*
	FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id) ORDER BY 1, 2) k
	CROSS JOIN LATERAL (
		SELECT ` + caseColumns + `
		FROM case_file c
		WHERE c.tenant = k.tenant AND c.complaint_id = k.complaint_id
		LIMIT 1
		FOR UPDATE
	) c`

// LockCases returns the cases of keys that there are, with their open work and standing charges, locked until tx ends.
func LockCases(ctx context.Context, tx pgx.Tx, keys []Key) (map[Key]domain.Case, error) {
	tenants, ids := columns(keys)
	rows, _ := tx.Query(ctx, lockCases, tenants, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanCase)
	if err != nil {
		return nil, fmt.Errorf("lock cases: %w", err)
	}
	cases := make(map[Key]domain.Case, len(keys))
	if len(list) == 0 {
		return cases, nil // they are new, so they have no work
	}
	work, err := openWork(ctx, tx, tenants, ids)
	if err != nil {
		return nil, err
	}
	charges, err := standingCharges(ctx, tx, tenants, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		k, err := keyOf(c)
		if err != nil {
			return nil, err
		}
		c.Work, c.Charges = work[k], charges[k]
		cases[k] = c
	}
	return cases, nil
}

// LockCaseOfWork returns the case that the work belongs to, with all its work, locked until tx ends; false when there is no such work.
func LockCaseOfWork(ctx context.Context, tx pgx.Tx, tenant, workID string) (domain.Case, bool, error) {
	const q = `
		SELECT ` + caseColumns + `
		FROM work w JOIN case_file c USING (tenant, complaint_id)
		WHERE w.tenant = $1 AND w.work_id = $2
		FOR UPDATE OF c`
	rows, _ := tx.Query(ctx, q, tenant, workID)
	return oneCase(ctx, tx, rows)
}

// ReadCase returns one case with all its work, as they stood at one moment; false when there is none.
func ReadCase(ctx context.Context, pool *pgxpool.Pool, tenant, complaintID string) (c domain.Case, found bool, err error) {
	const q = `SELECT ` + caseColumns + ` FROM case_file c WHERE c.tenant = $1 AND c.complaint_id = $2`
	oneView := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, pool, oneView, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, q, tenant, complaintID)
		c, found, err = oneCase(ctx, tx, rows)
		return err
	})
	return c, found, err
}

// oneCase returns the only row, with all its work.
func oneCase(ctx context.Context, tx pgx.Tx, rows pgx.Rows) (domain.Case, bool, error) {
	c, err := pgx.CollectExactlyOneRow(rows, scanCase)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("select case: %w", err)
	}
	if c.Work, err = allWork(ctx, tx, c.Tenant, c.ComplaintID); err != nil {
		return c, false, err
	}
	k, err := keyOf(c)
	if err != nil {
		return c, false, err
	}
	charges, err := standingCharges(ctx, tx, []string{k.Tenant}, []uuid.UUID{k.ComplaintID})
	c.Charges = charges[k]
	return c, err == nil, err
}

// QueueCases has b insert or replace cases, and their work and charges that have changed.
func QueueCases(b *pgx.Batch, cases []domain.Case, now time.Time) error {
	if len(cases) == 0 {
		return nil
	}
	const q = `
		INSERT INTO case_file AS c (tenant, complaint_id, number, procedure, digest, flow, round, state, receive_time, facts, steps,
			version, event_version, update_time)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]), decode(unnest($5::text[]), 'hex'),
			unnest($6::text[]), unnest($7::integer[]), unnest($8::smallint[]), unnest($9::timestamptz[]), unnest($10::json[]),
			unnest($11::json[]), unnest($12::bigint[]), unnest($13::bigint[]), $14
		ON CONFLICT (tenant, complaint_id) DO UPDATE SET digest = excluded.digest, round = excluded.round, state = excluded.state, facts = excluded.facts,
			steps = excluded.steps, version = excluded.version, event_version = excluded.event_version, update_time = excluded.update_time`
	// One array a column: the statement is the same for one case and for a thousand, so it is planned once.
	n := len(cases)
	var (
		tenants  = make([]string, n)
		ids      = make([]uuid.UUID, n)
		numbers  = make([]string, n)
		codes    = make([]string, n)
		digests  = make([]string, n)
		flows    = make([]string, n)
		rounds   = make([]int32, n)
		states   = make([]int16, n)
		receipts = make([]time.Time, n)
		facts    = make([]factsJSON, n)
		steps    = make([]stepsJSON, n)
		versions = make([]int64, n)
		emitted  = make([]int64, n)
		err      error
	)
	for i, c := range cases {
		if ids[i], err = uuid.Parse(c.ComplaintID); err != nil {
			return fmt.Errorf("save case: %w", err)
		}
		tenants[i], numbers[i], codes[i], digests[i], flows[i] = c.Tenant, c.Number, c.Procedure, c.Digest, c.Facts.Flow
		rounds[i], states[i], receipts[i] = int32(c.Facts.Round), int16(c.State), c.Facts.Received
		versions[i], emitted[i] = c.Version, c.EventVersion
		facts[i] = factsJSON{c.Facts.Channel, c.Facts.Fields, c.Facts.Values, c.Facts.Answers, c.Facts.Links}
		steps[i] = stepsJSON{c.Milestones, c.Waiting}
	}
	b.Queue(q, tenants, ids, numbers, codes, digests, flows, rounds, states, receipts, facts, steps, versions, emitted, now)
	queueCharges(b, cases)
	return queueWork(b, cases, now)
}

// columns returns keys as the arrays that unnest takes.
func columns(keys []Key) (tenants []string, ids []uuid.UUID) {
	tenants, ids = make([]string, len(keys)), make([]uuid.UUID, len(keys))
	for i, k := range keys {
		tenants[i], ids[i] = k.Tenant, k.ComplaintID
	}
	return tenants, ids
}

// keyOf fails for a complaint id that is no UUID: such a case cannot be kept.
func keyOf(c domain.Case) (Key, error) {
	id, err := uuid.Parse(c.ComplaintID)
	return Key{c.Tenant, id}, err
}
