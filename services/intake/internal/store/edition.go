package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/fault"

	"redress.dev/services/intake/internal/domain"
)

// MaxEditions is how many editions a list has.
const MaxEditions = 1000

// Published is a published edition.
type Published struct {
	domain.Edition
	PublishTime time.Time
	// Active is true when new complaints begin on it.
	Active bool
	// Content is the encoded procedure; nil in lists.
	Content []byte
}

// published selects editions with their state.
const published = `
	SELECT e.procedure, e.name, e.digest, e.publish_time, coalesce(a.digest = e.digest, false), `

const fromEdition = ` FROM edition e LEFT JOIN active_edition a ON a.tenant = e.tenant AND a.procedure = e.procedure `

func scanPublished(row pgx.CollectableRow) (Published, error) {
	var p Published
	err := row.Scan(&p.Procedure, &p.Name, &p.Digest, &p.PublishTime, &p.Active, &p.Content)
	return p, err
}

// ErrNoEdition is the fault of an edition that is not there.
var ErrNoEdition = fault.New(fault.NotFound, "EDITION_NOT_FOUND", "there is no such edition; ListProcedures shows what is published")

// EditionByDigest returns one edition with its content, or ErrNoEdition.
func EditionByDigest(ctx context.Context, db Querier, tenant, digest string) (Published, error) {
	const q = published + `e.content` + fromEdition + `WHERE e.tenant = $1 AND e.digest = $2`
	return oneEdition(ctx, db, q, tenant, digest)
}

// EditionOfAnyTenant returns one edition with its content, whoever published it, or ErrNoEdition. The digest is over the content: of
// two tenants with the same edition either will do.
func EditionOfAnyTenant(ctx context.Context, db Querier, digest string) (Published, error) {
	const q = published + `e.content` + fromEdition + `WHERE e.digest = $1 LIMIT 1`
	return oneEdition(ctx, db, q, digest)
}

// ActiveEdition returns the edition of a procedure that new complaints begin on, with its content, or ErrNoEdition.
func ActiveEdition(ctx context.Context, db Querier, tenant, procedure string) (Published, error) {
	const q = published + `e.content` + fromEdition + `WHERE e.tenant = $1 AND e.procedure = $2 AND a.digest = e.digest`
	return oneEdition(ctx, db, q, tenant, procedure)
}

// EditionByName returns one edition as its author calls it, with its content, or ErrNoEdition.
func EditionByName(ctx context.Context, db Querier, tenant, procedure, name string) (Published, error) {
	const q = published + `e.content` + fromEdition + `WHERE e.tenant = $1 AND e.procedure = $2 AND e.name = $3`
	return oneEdition(ctx, db, q, tenant, procedure, name)
}

func oneEdition(ctx context.Context, db Querier, q string, args ...any) (Published, error) {
	rows, _ := db.Query(ctx, q, args...) // CollectExactlyOneRow returns the error
	p, err := pgx.CollectExactlyOneRow(rows, scanPublished)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrNoEdition
	}
	if err != nil {
		return p, fmt.Errorf("find edition: %w", err)
	}
	return p, nil
}

// Editions returns a tenant's first MaxEditions editions without content, by procedure, the newest first.
func Editions(ctx context.Context, db Querier, tenant string) ([]Published, error) {
	const q = published + `NULL::bytea` + fromEdition + `WHERE e.tenant = $1 ORDER BY e.procedure, e.publish_time DESC, e.name DESC LIMIT $2`
	rows, _ := db.Query(ctx, q, tenant, MaxEditions) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanPublished)
	if err != nil {
		return nil, fmt.Errorf("list editions: %w", err)
	}
	return list, nil
}

// ActiveDigests returns the digest of the active edition of each procedure that has one.
func ActiveDigests(ctx context.Context, db Querier, tenant string, procedures []string) (map[string]string, error) {
	const q = `SELECT procedure, digest FROM active_edition WHERE tenant = $1 AND procedure = ANY ($2)`
	rows, err := db.Query(ctx, q, tenant, procedures)
	if err != nil {
		return nil, fmt.Errorf("find active editions: %w", err)
	}
	digests := map[string]string{}
	var procedure, digest string
	_, err = pgx.ForEachRow(rows, []any{&procedure, &digest}, func() error {
		digests[procedure] = digest
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find active editions: %w", err)
	}
	return digests, nil
}

// LockProcedure locks a procedure until tx ends and returns how many events were published about it. A new procedure comes into
// being, so that its first two publications wait for each other too.
func LockProcedure(ctx context.Context, tx pgx.Tx, tenant, procedure string) (eventVersion int64, err error) {
	const q = `
		INSERT INTO active_edition AS a (tenant, procedure, digest, event_version) VALUES ($1, $2, '', 0)
		ON CONFLICT (tenant, procedure) DO UPDATE SET event_version = a.event_version
		RETURNING event_version`
	if err := tx.QueryRow(ctx, q, tenant, procedure).Scan(&eventVersion); err != nil {
		return 0, fmt.Errorf("lock procedure: %w", err)
	}
	return eventVersion, nil
}

// InsertEdition keeps a new edition and makes it the active one. The procedure is locked.
func InsertEdition(ctx context.Context, tx pgx.Tx, tenant string, p Published, eventVersion int64) error {
	const insert = `INSERT INTO edition (tenant, digest, procedure, name, content, publish_time) VALUES ($1, $2, $3, $4, $5, $6)`
	if _, err := tx.Exec(ctx, insert, tenant, p.Digest, p.Procedure, p.Name, p.Content, p.PublishTime); err != nil {
		return fmt.Errorf("insert edition: %w", err)
	}
	const activate = `UPDATE active_edition SET digest = $3, event_version = $4 WHERE tenant = $1 AND procedure = $2`
	if _, err := tx.Exec(ctx, activate, tenant, p.Procedure, p.Digest, eventVersion); err != nil {
		return fmt.Errorf("activate edition: %w", err)
	}
	return nil
}
