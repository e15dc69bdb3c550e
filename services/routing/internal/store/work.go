package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// workColumns are what workRow.targets takes. The kind of work, its outcomes and its form are the edition's to say.
const workColumns = `w.complaint_id, w.work_id, w.step, w.rung, w.round, w.post, w.person, w.state, w.open_time, w.end_time,
	w.outcome, w.fields`

// selectOpenWork looks each case's work up by itself, as lockCases does with the cases.
const selectOpenWork = `
	SELECT k.tenant, w.*
	FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id)
	CROSS JOIN LATERAL (
		SELECT ` + workColumns + `
		FROM work w
		WHERE w.tenant = k.tenant AND w.complaint_id = k.complaint_id AND w.state = 1
		ORDER BY w.open_time, w.work_id
		OFFSET 0
	) w`

// openWork returns the open work of cases, earliest first in each. The cases are locked.
func openWork(ctx context.Context, tx pgx.Tx, tenants []string, ids []uuid.UUID) (map[Key][]domain.Work, error) {
	rows, _ := tx.Query(ctx, selectOpenWork, tenants, ids)
	found := map[Key][]domain.Work{}
	var (
		k   Key
		row workRow
	)
	_, err := pgx.ForEachRow(rows, append([]any{&k.Tenant}, row.targets(&k.ComplaintID)...), func() error {
		found[k] = append(found[k], row.work())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select open work: %w", err)
	}
	return found, nil
}

// allWork returns the work of one case, earliest opened first.
func allWork(ctx context.Context, tx pgx.Tx, tenant, complaintID string) ([]domain.Work, error) {
	const q = `
		SELECT ` + workColumns + `
		FROM work w
		WHERE w.tenant = $1 AND w.complaint_id = $2
		ORDER BY w.open_time, w.work_id`
	rows, _ := tx.Query(ctx, q, tenant, complaintID)
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (domain.Work, error) {
		var row workRow
		var id string
		if err := r.Scan(row.targets(&id)...); err != nil {
			return domain.Work{}, err
		}
		return row.work(), nil
	})
	if err != nil {
		return nil, fmt.Errorf("select work of case: %w", err)
	}
	return list, nil
}

// FindWork returns the complaint that work belongs to and when the work was recorded; false when there is no such work.
func FindWork(ctx context.Context, q Querier, tenant, workID string) (complaintID string, recorded time.Time, found bool, err error) {
	const sql = `SELECT complaint_id, record_time FROM work WHERE tenant = $1 AND work_id = $2`
	rows, _ := q.Query(ctx, sql, tenant, workID)
	for rows.Next() {
		found, err = true, rows.Scan(&complaintID, &recorded)
	}
	if err = errors.Join(err, rows.Err()); err != nil {
		return "", recorded, false, fmt.Errorf("find work: %w", err)
	}
	return complaintID, recorded.UTC(), found, nil
}

// workRow is a row of workColumns.
type workRow struct {
	domain.Work
	end *time.Time
}

// targets returns where the columns go; complaintID takes the first.
func (r *workRow) targets(complaintID any) []any {
	w := &r.Work
	return []any{complaintID, &w.ID, &w.Step, &w.Rung, &w.Round, &w.Post, &w.Person, &w.State, &w.OpenTime, &r.end, &w.Outcome, &w.Fields}
}

// work returns the row that was scanned last, its times in UTC as all of domain's are.
func (r *workRow) work() domain.Work {
	w := r.Work
	w.OpenTime, w.EndTime = w.OpenTime.UTC(), time.Time{}
	if r.end != nil {
		w.EndTime = r.end.UTC()
	}
	return w
}

// queueWork has b insert or replace the changed work of cases.
func queueWork(b *pgx.Batch, cases []domain.Case, now time.Time) error {
	const q = `
		INSERT INTO work (tenant, work_id, complaint_id, procedure, step, rung, round, post, person, state, open_time, end_time,
			outcome, fields, record_time)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]), unnest($6::smallint[]),
			unnest($7::integer[]), unnest($8::text[]), unnest($9::text[]), unnest($10::smallint[]), unnest($11::timestamptz[]),
			unnest($12::timestamptz[]), unnest($13::text[]), unnest($14::jsonb[]), $15
		ON CONFLICT (tenant, work_id) DO UPDATE SET state = excluded.state, end_time = excluded.end_time, outcome = excluded.outcome,
			fields = excluded.fields, step = excluded.step, rung = excluded.rung, post = excluded.post, person = excluded.person`
	var (
		tenants, codes, steps, posts, persons, outcomes []string
		ids, complaints                                 []uuid.UUID
		rungs, states                                   []int16
		rounds                                          []int32
		opens                                           []time.Time
		ends                                            []*time.Time
		fields                                          []map[string]procedure.Value
	)
	for _, c := range cases {
		k, err := keyOf(c)
		if err != nil {
			return fmt.Errorf("save work: %w", err)
		}
		for _, w := range c.Work {
			if !w.Changed {
				continue
			}
			id, err := uuid.Parse(w.ID)
			if err != nil {
				return fmt.Errorf("save work: %w", err)
			}
			var end *time.Time
			if !w.EndTime.IsZero() {
				end = &w.EndTime
			}
			tenants, codes, steps = append(tenants, c.Tenant), append(codes, c.Procedure), append(steps, w.Step)
			posts, persons, outcomes = append(posts, w.Post), append(persons, w.Person), append(outcomes, w.Outcome)
			ids, complaints = append(ids, id), append(complaints, k.ComplaintID)
			rungs, states = append(rungs, int16(w.Rung)), append(states, int16(w.State))
			rounds = append(rounds, int32(w.Round))
			opens, ends, fields = append(opens, w.OpenTime), append(ends, end), append(fields, w.Fields)
		}
	}
	if len(ids) > 0 {
		b.Queue(q, tenants, ids, complaints, codes, steps, rungs, rounds, posts, persons, states, opens, ends, outcomes, fields, now)
	}
	return nil
}
