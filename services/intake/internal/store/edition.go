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
	Tenant      string
	PublishTime time.Time
	// Content is the encoded procedure; nil in lists.
	Content []byte
}

// published selects editions.
const published = `SELECT e.tenant, e.procedure, e.name, e.digest, e.publish_time, `

const fromEdition = ` FROM edition e `

func scanPublished(row pgx.CollectableRow) (Published, error) {
	var p Published
	err := row.Scan(&p.Tenant, &p.Procedure, &p.Name, &p.Digest, &p.PublishTime, &p.Content)
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

// Editions returns a tenant's first MaxEditions editions, of one procedure or with "" of all, without content, by procedure, the newest
// first.
func Editions(ctx context.Context, db Querier, tenant, procedure string) ([]Published, error) {
	const q = published + `NULL::bytea` + fromEdition + `
		WHERE e.tenant = $1 AND ($2 = '' OR e.procedure = $2)
		ORDER BY e.procedure, e.publish_time DESC, e.name DESC
		LIMIT $3`
	rows, _ := db.Query(ctx, q, tenant, procedure, MaxEditions) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanPublished)
	if err != nil {
		return nil, fmt.Errorf("list editions: %w", err)
	}
	return list, nil
}

// LockProcedure locks a procedure until tx ends and returns how many events were published about it. A new procedure comes into
// being, so that its first two publications wait for each other too.
func LockProcedure(ctx context.Context, tx pgx.Tx, tenant, procedure string) (eventVersion int64, err error) {
	const q = `
		INSERT INTO procedure_head AS h (tenant, procedure, event_version) VALUES ($1, $2, 0)
		ON CONFLICT (tenant, procedure) DO UPDATE SET event_version = h.event_version
		RETURNING event_version`
	if err := tx.QueryRow(ctx, q, tenant, procedure).Scan(&eventVersion); err != nil {
		return 0, fmt.Errorf("lock procedure: %w", err)
	}
	return eventVersion, nil
}

// InsertEdition keeps a new edition. The procedure is locked.
func InsertEdition(ctx context.Context, tx pgx.Tx, p Published) error {
	const q = `INSERT INTO edition (tenant, digest, procedure, name, content, publish_time) VALUES ($1, $2, $3, $4, $5, $6)`
	if _, err := tx.Exec(ctx, q, p.Tenant, p.Digest, p.Procedure, p.Name, p.Content, p.PublishTime); err != nil {
		return fmt.Errorf("insert edition: %w", err)
	}
	return nil
}

// Procedures returns the codes of a tenant's procedures, in order.
func Procedures(ctx context.Context, db Querier, tenant string) ([]string, error) {
	const q = `SELECT procedure FROM procedure_head WHERE tenant = $1 ORDER BY procedure`
	rows, _ := db.Query(ctx, q, tenant) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list procedures: %w", err)
	}
	return list, nil
}
