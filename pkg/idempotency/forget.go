package idempotency

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// forgetBatch is how many words one statement looks for, so that none runs into its timeout: each answer is searched for each word.
const forgetBatch = 20

// Forget empties the answers of a tenant that hold one of words, for example the id of somebody who is erased, and the hashes of their
// requests, from which a request might be guessed. The ids stay taken for the answers' Life: a retry fails with ErrReused, and does not run again.
//
// It reads every answer of the tenant, once for some words, so it is for rare occasions.
func Forget(ctx context.Context, tx pgx.Tx, tenant string, words ...string) error {
	const q = `
		UPDATE idempotency SET response = '', request_hash = ''
		WHERE tenant = $1 AND EXISTS (SELECT FROM unnest($2::bytea[]) AS w WHERE position(w IN response) > 0)`
	for batch := range slices.Chunk(words, forgetBatch) {
		sought := make([][]byte, len(batch))
		for i, w := range batch {
			sought[i] = []byte(w)
		}
		if _, err := tx.Exec(ctx, q, tenant, sought); err != nil {
			return fmt.Errorf("forget answers: %w", err)
		}
	}
	return nil
}
