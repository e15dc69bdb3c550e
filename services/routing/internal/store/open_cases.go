package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// OpenCases returns the complaints of at most limit cases, neither closed nor withdrawn, that run by the edition with this digest, from
// the one after the given id on; uuid.Nil is before all. Ids are UUIDv7, so it is the order of registration. It reads the whole table:
// the edition of a case is looked for so rarely that no index is worth its cost at every registration.
func OpenCases(ctx context.Context, tx pgx.Tx, tenant, digest string, after uuid.UUID, limit int) ([]uuid.UUID, error) {
	const q = `
		SELECT complaint_id
		FROM case_file
		WHERE tenant = $1 AND digest = decode($2, 'hex') AND complaint_id > $3 AND state IN (1, 2)
		ORDER BY complaint_id
		LIMIT $4`
	rows, _ := tx.Query(ctx, q, tenant, digest, after, limit)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("select open cases: %w", err)
	}
	return ids, nil
}
