package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// NewPeople are the people of new complaints of one tenant, and what is known of them.
type NewPeople struct {
	// Subjects are those that are not kept yet; none has a reference.
	Subjects []domain.Subject
	// ComplaintIDs and Sealed go together.
	ComplaintIDs []string
	Sealed       []domain.Sealed
}

// KeepPeople keeps the people of complaints that are being registered and takes the next count numbers of each series, of which it returns
// the first; in one round trip.
func KeepPeople(ctx context.Context, tx pgx.Tx, tenant string, people NewPeople, counts map[string]int64) (first map[string]int64, err error) {
	first = make(map[string]int64, len(counts))
	var b pgx.Batch
	queueSubjects(&b, tenant, people.Subjects)
	queueVault(&b, tenant, people.ComplaintIDs, people.Sealed)
	queueTake(&b, tenant, counts, first)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("keep people and take numbers: %w", err)
	}
	return first, nil
}
