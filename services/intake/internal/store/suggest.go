package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// Likeness is what complaints that are like another are found by.
type Likeness struct {
	ComplaintID string
	SubjectID   string
	// Codes are hashes of codes that may be another's too, by field; Sketch is that of its text.
	Codes  map[string]int64
	Sketch []int64
}

// MaxSharing is how many complaints with one code are counted.
const MaxSharing = 100

// PeopleAlike returns at most limit other complaints of the same person, telephone number or e-mail address, the newest first.
func PeopleAlike(ctx context.Context, db Querier, tenant string, l Likeness, limit int) ([]string, error) {
	const q = `
		SELECT complaint_id::text FROM (
			SELECT complaint_id FROM complaint WHERE tenant = $1 AND subject_id = $3::uuid AND subject_id <> complaint_id
			UNION
			SELECT $3::uuid
			UNION
			SELECT v.complaint_id
			FROM vault own JOIN vault v ON v.tenant = own.tenant AND (v.phone_index = own.phone_index OR v.email_index = own.email_index)
			WHERE own.tenant = $1 AND own.complaint_id = $2::uuid) AS alike
		WHERE complaint_id <> $2::uuid
		ORDER BY complaint_id DESC
		LIMIT $4`
	return collectIDs(ctx, db, q, tenant, l.ComplaintID, l.SubjectID, limit)
}

// TextsAlike returns at most limit other complaints whose text may be like its, the likeliest first. Where very many share a part of the
// sketch, as of a form letter, some of them are looked at.
func TextsAlike(ctx context.Context, db Querier, tenant string, l Likeness, limit int) ([]string, error) {
	const q = `
		SELECT complaint_id::text FROM (
			SELECT complaint_id, hashes FROM complaint_search
			WHERE tenant = $1 AND hashes && $2::bigint[] AND complaint_id <> $3::uuid
			LIMIT 2000) AS alike
		ORDER BY (SELECT count(*) FROM unnest($2::bigint[]) AS h WHERE h = ANY (hashes)) DESC, complaint_id DESC
		LIMIT $4`
	if len(l.Sketch) == 0 {
		return nil, nil
	}
	return collectIDs(ctx, db, q, tenant, l.Sketch, l.ComplaintID, limit)
}

// Sharing returns, for each field of l, other complaints with the same code, at most MaxSharing.
func Sharing(ctx context.Context, db Querier, tenant string, l Likeness) (map[string][]string, error) {
	const q = `SELECT complaint_id::text FROM complaint_search WHERE tenant = $1 AND hashes @> ARRAY[$2::bigint] AND complaint_id <> $3::uuid LIMIT $4`
	sharing := make(map[string][]string, len(l.Codes))
	for field, code := range l.Codes {
		ids, err := collectIDs(ctx, db, q, tenant, code, l.ComplaintID, MaxSharing)
		if err != nil {
			return nil, err
		}
		sharing[field] = ids
	}
	return sharing, nil
}

func collectIDs(ctx context.Context, db Querier, q string, args ...any) ([]string, error) {
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find complaints that are alike: %w", err)
	}
	return ids, nil
}

// Dismissal is that somebody said of two complaints that they have nothing to do with each other.
type Dismissal struct {
	Actor string
	Time  time.Time
}

// Dismissals returns those of a complaint, by the other one.
func Dismissals(ctx context.Context, db Querier, tenant, complaintID string) (map[string]Dismissal, error) {
	const q = `
		SELECT other_id::text, actor, dismiss_time FROM link_dismissal WHERE tenant = $1 AND complaint_id = $2::uuid
		UNION ALL
		SELECT complaint_id::text, actor, dismiss_time FROM link_dismissal WHERE tenant = $1 AND other_id = $2::uuid`
	rows, err := db.Query(ctx, q, tenant, complaintID)
	if err != nil {
		return nil, fmt.Errorf("list dismissals: %w", err)
	}
	byOther := map[string]Dismissal{}
	var id string
	var d Dismissal
	_, err = pgx.ForEachRow(rows, []any{&id, &d.Actor, &d.Time}, func() error {
		byOther[id] = d
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list dismissals: %w", err)
	}
	return byOther, nil
}

// SaveDismissal keeps that two complaints have nothing to do with each other; the first who said so stays.
func SaveDismissal(ctx context.Context, tx pgx.Tx, tenant, one, other string, d Dismissal) error {
	const q = `
		INSERT INTO link_dismissal (tenant, complaint_id, other_id, actor, dismiss_time) VALUES ($1, $2::uuid, $3::uuid, $4, $5)
		ON CONFLICT DO NOTHING`
	pair := pairOf(one, other)
	if _, err := tx.Exec(ctx, q, tenant, pair[0], pair[1], d.Actor, d.Time); err != nil {
		return fmt.Errorf("save dismissal: %w", err)
	}
	return nil
}

// DeleteDismissal takes a dismissal back; there need be none.
func DeleteDismissal(ctx context.Context, tx pgx.Tx, tenant, one, other string) error {
	const q = `DELETE FROM link_dismissal WHERE tenant = $1 AND complaint_id = $2::uuid AND other_id = $3::uuid`
	pair := pairOf(one, other)
	if _, err := tx.Exec(ctx, q, tenant, pair[0], pair[1]); err != nil {
		return fmt.Errorf("delete dismissal: %w", err)
	}
	return nil
}

// pairOf returns two complaints with the lesser id first.
func pairOf(one, other string) []string {
	pair := []string{one, other}
	slices.Sort(pair)
	return pair
}

// LinkedIDs returns the complaints that one is linked with in any way.
func LinkedIDs(ctx context.Context, db Querier, tenant, complaintID string) ([]string, error) {
	links, err := Links(ctx, db, tenant, complaintID)
	return column(links, func(l domain.Linked) string { return l.ComplaintID }), err
}
