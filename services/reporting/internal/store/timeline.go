package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/reporting/internal/domain"
)

// InsertEntries adds lines to the timelines in one statement. An event that was added before is an error: the cursor of package
// events lets none come twice.
func InsertEntries(ctx context.Context, tx pgx.Tx, entries []domain.Entry) error {
	const q = `
		INSERT INTO timeline (tenant, complaint_id, entry, event_id, type, occur_time, record_time, actor, round, subject, detail, detail_zh,
			visit_outcome, steps)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::integer[]), unnest($4::uuid[]), unnest($5::text[]),
			unnest($6::timestamptz[]), unnest($7::timestamptz[]), unnest($8::text[]), unnest($9::integer[]), unnest($10::text[]),
			unnest($11::text[]), unnest($12::text[]), unnest($13::smallint[]), unnest($14::jsonb[])`
	if len(entries) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, q,
		column(entries, func(e domain.Entry) string { return e.Tenant }),
		column(entries, func(e domain.Entry) string { return e.ComplaintID }),
		column(entries, func(e domain.Entry) int { return e.Order }),
		column(entries, func(e domain.Entry) string { return e.EventID }),
		column(entries, func(e domain.Entry) string { return e.Type }),
		column(entries, func(e domain.Entry) time.Time { return e.OccurTime }),
		column(entries, func(e domain.Entry) time.Time { return e.RecordTime }),
		column(entries, func(e domain.Entry) string { return e.Actor }),
		column(entries, func(e domain.Entry) int { return e.Round }),
		column(entries, func(e domain.Entry) string { return e.Subject }),
		column(entries, func(e domain.Entry) string { return e.Detail }),
		column(entries, func(e domain.Entry) string { return e.DetailZh }),
		column(entries, func(e domain.Entry) int { return int(e.VisitOutcome) }),
		column(entries, func(e domain.Entry) map[string]string { return e.Steps }))
	if err != nil {
		return fmt.Errorf("insert timeline: %w", err)
	}
	return nil
}

// Timeline returns at most limit lines of a complaint's timeline, by time of occurrence, then in the order they were learned.
func Timeline(ctx context.Context, pool *pgxpool.Pool, tenant, complaintID string, limit int) ([]domain.Entry, error) {
	const q = `
		SELECT tenant, complaint_id::text, entry, event_id::text, type, occur_time, record_time, actor, round, subject, detail, detail_zh,
			visit_outcome, steps
		FROM timeline
		WHERE tenant = $1 AND complaint_id = $2
		ORDER BY occur_time, entry
		LIMIT $3`
	rows, _ := pool.Query(ctx, q, tenant, complaintID, limit) // CollectRows returns the error
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e domain.Entry, err error) {
		err = row.Scan(&e.Tenant, &e.ComplaintID, &e.Order, &e.EventID, &e.Type, &e.OccurTime, &e.RecordTime, &e.Actor, &e.Round, &e.Subject, &e.Detail,
			&e.DetailZh, &e.VisitOutcome, &e.Steps)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("select timeline: %w", err)
	}
	return entries, nil
}
