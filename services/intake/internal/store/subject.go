package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// insertSubjects is what queueSubjects and TakeSubjects have in common.
const insertSubjects = `
	INSERT INTO subject (tenant, subject_id, wrapped_key, key_version, reference, create_time)
	SELECT $1, unnest($2::uuid[]), unnest($3::bytea[]), unnest($4::bigint[]), unnest($5::bytea[]), unnest($6::timestamptz[])`

// queueSubjects inserts new people of one tenant, none of whom has a reference: there is nobody to be found again, and the plain statement
// costs half as much.
func queueSubjects(b *pgx.Batch, tenant string, subjects []domain.Subject) {
	if len(subjects) > 0 {
		b.Queue(insertSubjects, subjectColumnsOf(tenant, subjects)...)
	}
}

func subjectColumnsOf(tenant string, subjects []domain.Subject) []any {
	return []any{
		tenant, column(subjects, func(s domain.Subject) string { return s.ID }),
		column(subjects, func(s domain.Subject) []byte { return s.WrappedKey }),
		column(subjects, func(s domain.Subject) int64 { return int64(s.KeyVersion) }),
		column(subjects, func(s domain.Subject) []byte { return s.Reference }),
		column(subjects, func(s domain.Subject) time.Time { return s.CreateTime }),
	}
}

// TakeSubjects inserts new people of one tenant with one statement, however many they are, and returns those who were there already,
// by their reference: their keys are the ones to seal under. They are locked until tx ends, so that nobody erases them meanwhile.
//
// Each reference occurs once, and those with a reference come in its order, so that two transactions do not wait for each other.
func TakeSubjects(ctx context.Context, tx pgx.Tx, tenant string, subjects []domain.Subject) (map[string]domain.Subject, error) {
	const q = insertSubjects + `
		ON CONFLICT (tenant, reference) WHERE reference IS NOT NULL DO UPDATE SET reference = excluded.reference
		RETURNING ` + subjectColumns
	offered := map[string]string{} // ids by reference
	for _, s := range subjects {
		if s.Reference != nil {
			offered[string(s.Reference)] = s.ID
		}
	}
	rows, _ := tx.Query(ctx, q, subjectColumnsOf(tenant, subjects)...) // CollectRows returns the error
	kept, err := pgx.CollectRows(rows, scanSubject)
	if err != nil {
		return nil, fmt.Errorf("insert or find subjects: %w", err)
	}
	found := map[string]domain.Subject{}
	for _, s := range kept {
		if id := offered[string(s.Reference)]; s.Reference != nil && s.ID != id {
			found[string(s.Reference)] = s
		}
	}
	return found, nil
}

// subjectColumns are read in the order that scanSubject expects.
const subjectColumns = `subject_id::text, wrapped_key, key_version, reference, create_time, erase_time`

func scanSubject(row pgx.CollectableRow) (domain.Subject, error) {
	var s domain.Subject
	var erased *time.Time
	err := row.Scan(&s.ID, &s.WrappedKey, &s.KeyVersion, &s.Reference, &s.CreateTime, &erased)
	if erased != nil {
		s.EraseTime = *erased
	}
	return s, err
}

// LockSubject returns a person, locked until tx ends, or the fault SUBJECT_NOT_FOUND.
func LockSubject(ctx context.Context, tx pgx.Tx, tenant, id string) (domain.Subject, error) {
	const q = `SELECT ` + subjectColumns + ` FROM subject WHERE tenant = $1 AND subject_id = $2::uuid FOR UPDATE`
	rows, _ := tx.Query(ctx, q, tenant, id) // CollectExactlyOneRow returns the error
	s, err := pgx.CollectExactlyOneRow(rows, scanSubject)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, domain.NoSubject(id)
	}
	if err != nil {
		return s, fmt.Errorf("lock subject: %w", err)
	}
	return s, nil
}

// SubjectByReference returns the id of the person whom the company knows by a reference, given as its blind index; "" for nobody.
func SubjectByReference(ctx context.Context, db Querier, tenant string, reference []byte) (id string, err error) {
	const q = `SELECT subject_id::text FROM subject WHERE tenant = $1 AND reference = $2`
	if err := db.QueryRow(ctx, q, tenant, reference).Scan(&id); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find subject: %w", err)
	}
	return id, nil
}
