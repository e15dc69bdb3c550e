package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Indexed is what a complaint is found by.
type Indexed struct {
	Tenant      string
	ComplaintID string
	Hashes      []int64
}

// LockSearch locks those cursors of the search index that no other transaction has, and returns their parts. Where they were moved
// under another setting of what is indexed, they go back to the beginning.
func LockSearch(ctx context.Context, tx pgx.Tx, content string) ([]int16, error) {
	const lock = `SELECT part FROM search_cursor ORDER BY part FOR UPDATE SKIP LOCKED`
	rows, _ := tx.Query(ctx, lock) // CollectRows returns the error
	parts, err := pgx.CollectRows(rows, pgx.RowTo[int16])
	if err != nil {
		return nil, fmt.Errorf("lock search cursors: %w", err)
	}
	const begin = `UPDATE search_cursor SET seq = 0, content = $2 WHERE part = ANY ($1) AND content <> $2`
	if _, err := tx.Exec(ctx, begin, parts, content); err != nil {
		return nil, fmt.Errorf("begin search index: %w", err)
	}
	return parts, nil
}

// ClearSearch forgets everything that complaints are found by, unless that was done. The cursors wait at the beginning.
func ClearSearch(ctx context.Context, tx pgx.Tx) error {
	const begin = `UPDATE search_cursor SET seq = 0, content = '' WHERE content <> ''`
	done, err := tx.Exec(ctx, begin)
	if err != nil {
		return fmt.Errorf("begin search index: %w", err)
	}
	if done.RowsAffected() == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM complaint_search`); err != nil {
		return fmt.Errorf("clear search index: %w", err)
	}
	return nil
}

// Told is an event of intake's own that the search index has not seen.
type Told struct {
	Part        int16
	Seq         int64
	Tenant      string
	ComplaintID string
	Type        string
}

// Untold returns at most limit events of each part that the search index has not seen, in order. The cursors of the parts are locked.
func Untold(ctx context.Context, tx pgx.Tx, parts []int16, limit int) ([]Told, error) {
	const q = `
		SELECT c.part, e.seq, e.tenant, e.aggregate_id, e.type
		FROM search_cursor c
		CROSS JOIN LATERAL (
			SELECT seq, tenant, aggregate_id, type FROM event_stream WHERE part = c.part AND seq > c.seq ORDER BY seq LIMIT $2) e
		WHERE c.part = ANY ($1)
		ORDER BY c.part, e.seq`
	rows, _ := tx.Query(ctx, q, parts, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Told])
	if err != nil {
		return nil, fmt.Errorf("read events for the search index: %w", err)
	}
	return list, nil
}

// MoveSearch moves the cursors behind the events.
func MoveSearch(ctx context.Context, tx pgx.Tx, seen []Told) error {
	const q = `
		UPDATE search_cursor c SET seq = u.seq
		FROM (SELECT part, max(seq) AS seq FROM unnest($1::smallint[], $2::bigint[]) AS s (part, seq) GROUP BY part) u
		WHERE c.part = u.part`
	_, err := tx.Exec(ctx, q, column(seen, func(t Told) int16 { return t.Part }), column(seen, func(t Told) int64 { return t.Seq }))
	if err != nil {
		return fmt.Errorf("move search cursors: %w", err)
	}
	return nil
}

// SearchLag returns how many events the search index has not seen.
func SearchLag(ctx context.Context, db Querier) (int64, error) {
	const q = `SELECT coalesce(sum(h.seq - c.seq), 0)::bigint FROM producer_head h JOIN search_cursor c ON c.part = h.part`
	var lag int64
	if err := db.QueryRow(ctx, q).Scan(&lag); err != nil {
		return 0, fmt.Errorf("read the search index's lag: %w", err)
	}
	return lag, nil
}

// ComplaintsToIndex returns those of the complaints that exist. Until tx ends nobody can erase their people, who locks the complaint for
// that: what is erased would come back by way of the index. They are looked up as LockComplaints does.
func ComplaintsToIndex(ctx context.Context, tx pgx.Tx, tenants, ids []string) ([]Kept, error) {
	const q = `
		SELECT c.*
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id) ORDER BY 2, 1) k
		CROSS JOIN LATERAL (` + withVault + `
			WHERE c.tenant = k.tenant AND c.complaint_id = k.complaint_id
			LIMIT 1
			FOR KEY SHARE OF c
		) c`
	return collectKept(ctx, tx, q, tenants, ids)
}

// SaveIndexed keeps what complaints are found by; each complaint occurs once.
func SaveIndexed(ctx context.Context, tx pgx.Tx, list []Indexed) error {
	const q = `
		INSERT INTO complaint_search (tenant, complaint_id, hashes)
		SELECT u.tenant, u.id::uuid, u.hashes::bigint[] FROM unnest($1::text[], $2::text[], $3::text[]) AS u (tenant, id, hashes)
		ON CONFLICT (tenant, complaint_id) DO UPDATE SET hashes = excluded.hashes WHERE complaint_search.hashes <> excluded.hashes`
	_, err := tx.Exec(ctx, q,
		column(list, func(x Indexed) string { return x.Tenant }), column(list, func(x Indexed) string { return x.ComplaintID }),
		column(list, func(x Indexed) string { return arrayLiteral(x.Hashes) })) // unnest would make one list of lists of them
	if err != nil {
		return fmt.Errorf("save search index: %w", err)
	}
	return nil
}

// arrayLiteral returns numbers as Postgres reads an array.
func arrayLiteral(numbers []int64) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.FormatInt(n, 10)
	}
	return "{" + strings.Join(words, ",") + "}"
}

// Sought is what is looked for.
type Sought struct {
	// Words are hashes of which at least Least must be there, Whole the hash of all of it as one number or reference, which counts as all.
	Words []int64
	Least int
	Whole int64
	// Required are hashes that must all be there.
	Required []int64
	// Phone and Email are blind indexes, or nil; what they find counts as all words.
	Phone, Email []byte
}

// Hit is a complaint that was found, with how many of the words.
type Hit struct {
	ComplaintID string `json:"i"`
	Matched     int    `json:"m"`
	ByContact   bool   `json:"c"` // by the telephone number or e-mail address that was sought
}

// Search returns at most limit complaints that f lets in and that s finds, the best match first and of equal ones the newest; with after,
// those that come after it. The order and the position of f do not count.
func Search(ctx context.Context, db Querier, tenant string, f Filter, s Sought, after *Hit, limit int) ([]Hit, error) {
	f.After = nil
	where, args := f.where(tenant)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if s.Required == nil {
		s.Required = []int64{} // everything contains nothing
	}
	words, whole, all := arg(s.Words), arg([]int64{s.Whole}), arg(len(s.Words))
	// The index is read for its words alone, and the complaints are looked up from there: by the newest first it would be read whole for
	// a rare word.
	q := `
		WITH found AS MATERIALIZED (
			SELECT complaint_id, CASE WHEN hashes @> ` + whole + `::bigint[] THEN ` + all + `::int
				ELSE (SELECT count(*)::int FROM unnest(` + words + `::bigint[]) AS w WHERE w = ANY (hashes)) END AS matched, false AS by_contact
			FROM complaint_search
			WHERE tenant = $1 AND hashes && (` + words + `::bigint[] || ` + whole + `::bigint[]) AND hashes @> ` + arg(s.Required) + `::bigint[]
			UNION ALL
			SELECT complaint_id, ` + all + `::int, true FROM vault WHERE tenant = $1 AND (phone_index = ` + arg(s.Phone) + ` OR email_index = ` + arg(s.Email) + `)
		), best AS (
			SELECT complaint_id, max(matched) AS matched, bool_or(by_contact) AS by_contact FROM found GROUP BY complaint_id HAVING max(matched) >= ` + arg(s.Least) + `
		)
		SELECT c.complaint_id::text, b.matched, b.by_contact
		FROM best b JOIN complaint c ON c.tenant = $1 AND c.complaint_id = b.complaint_id JOIN edition e ON e.tenant = c.tenant AND e.digest = c.digest
		` + where
	if after != nil {
		q += ` AND (b.matched, c.complaint_id) < (` + arg(after.Matched) + `, ` + arg(after.ComplaintID) + `::uuid)`
	}
	q += ` ORDER BY b.matched DESC, c.complaint_id DESC` + fmt.Sprintf(" LIMIT %d", limit)
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Hit])
	if err != nil {
		return nil, fmt.Errorf("search complaints: %w", err)
	}
	return list, nil
}
