package idempotency

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Forget empties the answers of a tenant that hold one of words, for example the id of somebody who is erased, and the hashes of their
// requests, from which a request might be guessed. The ids stay taken for the answers' Life: a retry fails with ErrReused, and does not run again.
//
// It reads every answer of the tenant, so it is for rare occasions.
func Forget(ctx context.Context, tx pgx.Tx, tenant string, words ...string) error {
	const q = `
		UPDATE idempotency SET response = '', request_hash = ''
		WHERE tenant = $1 AND EXISTS (SELECT FROM unnest($2::text[]) AS w WHERE position(convert_to(w, 'UTF8') IN response) > 0)`
	if _, err := tx.Exec(ctx, q, tenant, words); err != nil {
		return fmt.Errorf("forget answers: %w", err)
	}
	return nil
}
