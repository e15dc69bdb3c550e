package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// chargeColumns are what chargeRow.targets takes.
const chargeColumns = `h.complaint_id, h.charge_id, h.charge, h.kind, h.round, h.party, h.currency, h.hundredths, h.basis, h.state,
	h.judge_step, h.judge_post, h.judge, h.judge_time, h.sign_step, h.sign_post, h.signer, h.sign_time, h.void_time, h.void_reason,
	h.corrects::text`

// selectCharges looks each case's charges up by itself, as lockCases does with the cases.
const selectCharges = `
	SELECT k.tenant, h.*
	FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id)
	CROSS JOIN LATERAL (
		SELECT ` + chargeColumns + `
		FROM charge h
		WHERE h.tenant = k.tenant AND h.complaint_id = k.complaint_id AND h.state < 4
		ORDER BY h.charge_id
		OFFSET 0
	) h`

// standingCharges returns the charges of cases that are not voided, in the order in which they were judged. The cases are locked.
func standingCharges(ctx context.Context, tx pgx.Tx, tenants []string, ids []uuid.UUID) (map[Key][]domain.Charge, error) {
	rows, _ := tx.Query(ctx, selectCharges, tenants, ids)
	found := map[Key][]domain.Charge{}
	var (
		k   Key
		row chargeRow
	)
	_, err := pgx.ForEachRow(rows, append([]any{&k.Tenant}, row.targets(&k.ComplaintID)...), func() error {
		found[k] = append(found[k], row.charge())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select charges: %w", err)
	}
	return found, nil
}

// chargeRow is a row of chargeColumns.
type chargeRow struct {
	domain.Charge
	signed, void *time.Time
	corrects     *string
}

// targets returns where the columns go; complaintID takes the first.
func (r *chargeRow) targets(complaintID any) []any {
	c := &r.Charge
	return []any{complaintID, &c.ID, &c.Key, &c.Kind, &c.Round, &c.Party, &c.Amount.Currency, &c.Amount.Hundredths, &c.Basis, &c.State,
		&c.Step, &c.Post, &c.Judge, &c.JudgeTime, &c.SignStep, &c.SignPost, &c.Signer, &r.signed, &r.void, &c.VoidReason, &r.corrects}
}

// charge returns the row that was scanned last, its times in UTC as all of domain's are.
func (r *chargeRow) charge() domain.Charge {
	c := r.Charge
	c.JudgeTime, c.SignTime, c.VoidTime, c.Corrects = c.JudgeTime.UTC(), time.Time{}, time.Time{}, ""
	if r.signed != nil {
		c.SignTime = r.signed.UTC()
	}
	if r.void != nil {
		c.VoidTime = r.void.UTC()
	}
	if r.corrects != nil {
		c.Corrects = *r.corrects
	}
	return c
}

// queueCharges has b insert the new charges of cases, which are few, and note what became of those that were there.
func queueCharges(b *pgx.Batch, cases []domain.Case) {
	const q = `
		INSERT INTO charge (tenant, charge_id, complaint_id, procedure, charge, kind, round, party, currency, hundredths, basis, state,
			judge_step, judge_post, judge, judge_time, sign_step, sign_post, signer, sign_time, void_time, void_reason, corrects)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, nullif($23, '')::uuid)
		ON CONFLICT (tenant, charge_id) DO UPDATE SET state = excluded.state, sign_step = excluded.sign_step, sign_post = excluded.sign_post,
			signer = excluded.signer, sign_time = excluded.sign_time, void_time = excluded.void_time, void_reason = excluded.void_reason`
	for _, c := range cases {
		for _, h := range c.Charges {
			if h.Changed {
				b.Queue(q, c.Tenant, h.ID, c.ComplaintID, c.Procedure, h.Key, int16(h.Kind), h.Round, h.Party, h.Amount.Currency,
					h.Amount.Hundredths, h.Basis, h.State, h.Step, h.Post, h.Judge, h.JudgeTime, h.SignStep, h.SignPost, h.Signer,
					orNull(h.SignTime), orNull(h.VoidTime), h.VoidReason, h.Corrects)
			}
		}
	}
}
