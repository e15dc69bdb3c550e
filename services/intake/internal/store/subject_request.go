package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// selectRequest reads requests in the order that scanRequest expects.
const selectRequest = `
	SELECT subject_request_id::text, subject_id::text, kind, reason, state, requester, request_time, decider, decide_time
	FROM subject_request `

func scanRequest(row pgx.CollectableRow) (domain.SubjectRequest, error) {
	var r domain.SubjectRequest
	var decided *time.Time
	err := row.Scan(&r.ID, &r.SubjectID, &r.Kind, &r.Reason, &r.State, &r.Requester, &r.RequestTime, &r.Decider, &decided)
	if decided != nil {
		r.DecideTime = *decided
	}
	return r, err
}

// SaveSubjectRequest keeps a new request, or what was decided of one. The row of its person is locked by tx.
func SaveSubjectRequest(ctx context.Context, tx pgx.Tx, tenant string, r domain.SubjectRequest) error {
	const q = `
		INSERT INTO subject_request (tenant, subject_request_id, subject_id, kind, reason, state, requester, request_time, decider, decide_time)
		VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant, subject_request_id) DO UPDATE
			SET state = excluded.state, decider = excluded.decider, decide_time = excluded.decide_time`
	_, err := tx.Exec(ctx, q, tenant, r.ID, r.SubjectID, r.Kind, r.Reason, r.State, r.Requester, r.RequestTime, r.Decider, orNull(r.DecideTime))
	if err != nil {
		return fmt.Errorf("save subject request: %w", err)
	}
	return nil
}

// SubjectRequest returns one request, or the fault SUBJECT_REQUEST_NOT_FOUND. What it says may change until its person's row is locked.
func SubjectRequest(ctx context.Context, db Querier, tenant, id string) (domain.SubjectRequest, error) {
	const q = selectRequest + `WHERE tenant = $1 AND subject_request_id = $2::uuid`
	rows, _ := db.Query(ctx, q, tenant, id) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, domain.NoSubjectRequest(id)
	}
	if err != nil {
		return r, fmt.Errorf("find subject request: %w", err)
	}
	return r, nil
}

// PendingRequest returns the request of a kind for a person that waits; its ID is empty where there is none.
func PendingRequest(ctx context.Context, tx pgx.Tx, tenant, subjectID string, kind domain.SubjectRequestKind) (domain.SubjectRequest, error) {
	const q = selectRequest + `WHERE tenant = $1 AND subject_id = $2::uuid AND kind = $3 AND state = 1`
	rows, _ := tx.Query(ctx, q, tenant, subjectID, kind) // CollectExactlyOneRow returns the error
	r, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return r, fmt.Errorf("find pending subject request: %w", err)
	}
	return r, nil
}

// SubjectRequests returns at most limit requests, the newest first, whose ids are before the one given; empty parts want all.
func SubjectRequests(ctx context.Context, db Querier, tenant, subjectID string, state domain.SubjectRequestState, before string, limit int) ([]domain.SubjectRequest, error) {
	const q = selectRequest + `
		WHERE tenant = $1 AND ($2 = '' OR subject_id = nullif($2, '')::uuid) AND ($3 = 0 OR state = $3)
			AND ($4 = '' OR subject_request_id < nullif($4, '')::uuid)
		ORDER BY subject_request_id DESC
		LIMIT $5`
	rows, _ := db.Query(ctx, q, tenant, subjectID, state, before, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("list subject requests: %w", err)
	}
	return list, nil
}
