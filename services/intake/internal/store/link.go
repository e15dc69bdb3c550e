package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// linkedColumns are read in the order that scanLinked expects, from complaint_link l, complaint c and vault v.
const linkedColumns = `c.complaint_id::text, c.number, l.kind, coalesce(l.group_id::text, ''), coalesce(v.phone_index, v.email_index), c.receive_time,
	coalesce(l.counted, true), coalesce(l.reason, ''), coalesce(l.actor, ''), l.link_time`

func scanLinked(row pgx.CollectableRow) (domain.Linked, error) {
	var l domain.Linked
	var kind *domain.LinkKind
	var at *time.Time
	err := row.Scan(&l.ComplaintID, &l.Number, &kind, &l.GroupID, &l.Person, &l.ReceiveTime, &l.Counted, &l.Reason, &l.Actor, &at)
	if kind != nil {
		l.Kind, l.LinkTime = *kind, *at
	}
	return l, err
}

// Linked returns what a complaint is linked with by kind, itself first and the others by receipt; itself alone where it is linked with
// none. It is empty when there is no such complaint. Their ids are one array: with OR or IN the planner may read all of the tenant's.
func Linked(ctx context.Context, db Querier, tenant string, kind domain.LinkKind, complaintID string) ([]domain.Linked, error) {
	const q = `
		SELECT ` + linkedColumns + `
		FROM complaint c
		LEFT JOIN complaint_link l ON l.tenant = c.tenant AND l.complaint_id = c.complaint_id AND l.kind = $2
		LEFT JOIN vault v ON v.tenant = c.tenant AND v.complaint_id = c.complaint_id
		WHERE c.tenant = $1 AND c.complaint_id = ANY (ARRAY(
			SELECT o.complaint_id
			FROM complaint_link own JOIN complaint_link o ON o.tenant = own.tenant AND o.kind = own.kind AND o.group_id = own.group_id
			WHERE own.tenant = $1 AND own.kind = $2 AND own.complaint_id = $3::uuid
			UNION SELECT $3::uuid))
		ORDER BY c.complaint_id <> $3::uuid, c.receive_time, c.complaint_id`
	return collectLinked(ctx, db, q, tenant, kind, complaintID)
}

// Links returns what a complaint is linked with, those of each kind together, by receipt.
func Links(ctx context.Context, db Querier, tenant, complaintID string) ([]domain.Linked, error) {
	const q = `
		SELECT ` + linkedColumns + `
		FROM complaint_link own
		JOIN complaint_link l ON l.tenant = own.tenant AND l.kind = own.kind AND l.group_id = own.group_id
		JOIN complaint c ON c.tenant = l.tenant AND c.complaint_id = l.complaint_id
		LEFT JOIN vault v ON v.tenant = c.tenant AND v.complaint_id = c.complaint_id
		WHERE own.tenant = $1 AND own.complaint_id = $2::uuid
		ORDER BY l.kind, c.receive_time, c.complaint_id`
	return collectLinked(ctx, db, q, tenant, complaintID)
}

func collectLinked(ctx context.Context, db Querier, q string, args ...any) ([]domain.Linked, error) {
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanLinked)
	if err != nil {
		return nil, fmt.Errorf("select linked complaints: %w", err)
	}
	return list, nil
}

// SaveLinks keeps what is linked by kind. The complaints' rows are locked by tx.
func SaveLinks(ctx context.Context, tx pgx.Tx, tenant string, kind domain.LinkKind, links []domain.Linked) error {
	const q = `
		INSERT INTO complaint_link (tenant, kind, complaint_id, group_id, counted, reason, actor, link_time)
		SELECT $1, $2, unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::boolean[]), unnest($6::text[]), unnest($7::text[]),
			unnest($8::timestamptz[])
		ON CONFLICT (tenant, kind, complaint_id) DO UPDATE
			SET group_id = EXCLUDED.group_id, counted = EXCLUDED.counted, reason = EXCLUDED.reason, actor = EXCLUDED.actor, link_time = EXCLUDED.link_time`
	_, err := tx.Exec(ctx, q, tenant, kind,
		column(links, func(l domain.Linked) string { return l.ComplaintID }),
		column(links, func(l domain.Linked) string { return l.GroupID }),
		column(links, func(l domain.Linked) bool { return l.Counted }),
		column(links, func(l domain.Linked) string { return l.Reason }),
		column(links, func(l domain.Linked) string { return l.Actor }),
		column(links, func(l domain.Linked) time.Time { return l.LinkTime }))
	if err != nil {
		return fmt.Errorf("save links: %w", err)
	}
	return nil
}

// DeleteLinks takes complaints out of what they are linked with by kind.
func DeleteLinks(ctx context.Context, tx pgx.Tx, tenant string, kind domain.LinkKind, complaintIDs []string) error {
	const q = `DELETE FROM complaint_link WHERE tenant = $1 AND kind = $2 AND complaint_id = ANY ($3::text[]::uuid[])`
	if _, err := tx.Exec(ctx, q, tenant, kind, complaintIDs); err != nil {
		return fmt.Errorf("delete links: %w", err)
	}
	return nil
}
