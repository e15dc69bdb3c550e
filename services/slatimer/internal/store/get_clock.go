package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// GetClock returns a clock of a complaint, ended or not, with the complaint's facts. found is false when there is none.
func GetClock(ctx context.Context, pool *pgxpool.Pool, of domain.Key, clockID string) (c domain.Clock, facts procedure.Facts, found bool, err error) {
	const clock = `SELECT ` + clockColumns + ` FROM clock WHERE tenant = $1 AND complaint_id = $2 AND clock_id = $3`
	const file = `SELECT facts FROM clock_file WHERE tenant = $1 AND complaint_id = $2`
	rows, _ := pool.Query(ctx, clock, of.Tenant, of.ComplaintID, clockID) // eachClock returns the error
	if err := eachClock(rows, func(_ domain.Key, one domain.Clock) { c, found = one, true }); err != nil || !found {
		return c, facts, false, wrap("get clock", err)
	}
	switch err := pool.QueryRow(ctx, file, of.Tenant, of.ComplaintID).Scan(&facts); {
	case errors.Is(err, pgx.ErrNoRows):
		return c, facts, false, nil
	case err != nil:
		return c, facts, false, wrap("get facts", err)
	}
	return c, facts, true, nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
