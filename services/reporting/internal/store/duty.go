package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Duty is a person's sitting in a post from a time on.
type Duty struct {
	Tenant, ID, Procedure, Post, Person string
	StartTime                           time.Time
}

// SaveDuties keeps duties; one that is kept already stays as it is.
func SaveDuties(ctx context.Context, tx pgx.Tx, duties []Duty) error {
	const q = `
		INSERT INTO duty (tenant, duty_id, procedure, post, person, start_time)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]), unnest($6::timestamptz[])
		ON CONFLICT DO NOTHING`
	if len(duties) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, q,
		column(duties, func(d Duty) string { return d.Tenant }),
		column(duties, func(d Duty) string { return d.ID }),
		column(duties, func(d Duty) string { return d.Procedure }),
		column(duties, func(d Duty) string { return d.Post }),
		column(duties, func(d Duty) string { return d.Person }),
		column(duties, func(d Duty) time.Time { return d.StartTime }))
	if err != nil {
		return fmt.Errorf("insert duties: %w", err)
	}
	return nil
}

// PostsHeld returns the posts of a procedure in which a person sits at an instant, in order.
func PostsHeld(ctx context.Context, tx pgx.Tx, tenant, procedure, person string, at time.Time) ([]string, error) {
	const q = `
		SELECT post
		FROM (
			SELECT DISTINCT ON (post) post, person
			FROM duty
			WHERE tenant = $1 AND procedure = $2 AND start_time <= $4
			ORDER BY post, start_time DESC, duty_id DESC) newest
		WHERE person = $3
		ORDER BY post`
	rows, _ := tx.Query(ctx, q, tenant, procedure, person, at) // CollectRows returns the error
	posts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("select posts held: %w", err)
	}
	return posts, nil
}

// Holds reports whether a person sat in one of the posts, or where there is none in any, at some time from one instant to another, which
// is excluded.
func Holds(ctx context.Context, pool *pgxpool.Pool, d Duty, posts []string, from, to time.Time) (bool, error) {
	const q = `
		SELECT EXISTS (
			SELECT
			FROM duty d
			WHERE tenant = $1 AND procedure = $2 AND person = $3 AND (cardinality($4::text[]) = 0 OR post = ANY ($4)) AND start_time < $6
				AND NOT EXISTS (
					SELECT
					FROM duty later
					WHERE later.tenant = d.tenant AND later.procedure = d.procedure AND later.post = d.post
						AND (later.start_time, later.duty_id) > (d.start_time, d.duty_id) AND later.start_time <= $5))`
	if posts == nil {
		posts = []string{}
	}
	var held bool
	if err := pool.QueryRow(ctx, q, d.Tenant, d.Procedure, d.Person, posts, from, to).Scan(&held); err != nil {
		return false, fmt.Errorf("select duty: %w", err)
	}
	return held, nil
}
