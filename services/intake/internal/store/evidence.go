package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// SealedEvidence is what is kept of a file beside its content; key and name are nil once it was removed.
type SealedEvidence struct {
	domain.Evidence
	SealedKey  []byte
	SealedName []byte
}

// evidenceColumns are read in the order that scanEvidence expects.
const evidenceColumns = `
	tenant, evidence_id::text, complaint_id::text, kind, media_type, size_bytes, sha256, state, offset_bytes, uploader,
	occur_time, start_time, attach_time, remove_time, sealed_key, sealed_name`

func scanEvidence(row pgx.CollectableRow) (SealedEvidence, error) {
	var e SealedEvidence
	var attached, removed *time.Time
	err := row.Scan(&e.Tenant, &e.ID, &e.ComplaintID, &e.Kind, &e.MediaType, &e.SizeBytes, &e.SHA256, &e.State, &e.Offset, &e.Uploader,
		&e.OccurTime, &e.StartTime, &attached, &removed, &e.SealedKey, &e.SealedName)
	e.AttachTime, e.RemoveTime = orZero(attached), orZero(removed)
	return e, err
}

// InsertEvidence keeps a new upload.
func InsertEvidence(ctx context.Context, tx pgx.Tx, e SealedEvidence) error {
	const q = `
		INSERT INTO evidence (tenant, evidence_id, complaint_id, kind, media_type, size_bytes, sha256, state, offset_bytes, uploader,
			occur_time, start_time, sealed_key, sealed_name)
		VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	_, err := tx.Exec(ctx, q, e.Tenant, e.ID, e.ComplaintID, e.Kind, e.MediaType, e.SizeBytes, e.SHA256, e.State, e.Offset, e.Uploader,
		e.OccurTime, e.StartTime, e.SealedKey, e.SealedName)
	if err != nil {
		return fmt.Errorf("insert evidence: %w", err)
	}
	return nil
}

// EvidenceByID returns a file in any state; found is false where there is none.
func EvidenceByID(ctx context.Context, db Querier, tenant, id string) (e SealedEvidence, found bool, err error) {
	return oneEvidence(ctx, db, `SELECT `+evidenceColumns+` FROM evidence WHERE tenant = $1 AND evidence_id = $2::uuid`, tenant, id)
}

// LockEvidence is EvidenceByID, with the file locked until tx ends. Who locks its complaint too locks that first.
func LockEvidence(ctx context.Context, tx pgx.Tx, tenant, id string) (e SealedEvidence, found bool, err error) {
	return oneEvidence(ctx, tx, `SELECT `+evidenceColumns+` FROM evidence WHERE tenant = $1 AND evidence_id = $2::uuid FOR UPDATE`, tenant, id)
}

func oneEvidence(ctx context.Context, db Querier, q, tenant, id string) (e SealedEvidence, found bool, err error) {
	rows, _ := db.Query(ctx, q, tenant, id) // CollectExactlyOneRow returns the error
	e, err = pgx.CollectExactlyOneRow(rows, scanEvidence)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, false, nil
	}
	if err != nil {
		return e, false, fmt.Errorf("find evidence: %w", err)
	}
	return e, true, nil
}

// SaveEvidence keeps what may change of a file. The key and the name of one that was removed are destroyed. The row is locked by the
// caller.
func SaveEvidence(ctx context.Context, tx pgx.Tx, e domain.Evidence) error {
	const q = `
		UPDATE evidence
		SET state = $3, offset_bytes = $4, attach_time = $5, remove_time = $6,
			sealed_key = CASE WHEN $7 THEN NULL ELSE sealed_key END, sealed_name = CASE WHEN $7 THEN NULL ELSE sealed_name END
		WHERE tenant = $1 AND evidence_id = $2::uuid`
	_, err := tx.Exec(ctx, q, e.Tenant, e.ID, e.State, e.Offset, orNull(e.AttachTime), orNull(e.RemoveTime), e.State == domain.Removed)
	if err != nil {
		return fmt.Errorf("save evidence: %w", err)
	}
	return nil
}

// EvidenceHeld returns how much a complaint has, uploads under way included. The complaint is locked by the caller.
func EvidenceHeld(ctx context.Context, tx pgx.Tx, tenant, complaintID string) (h domain.Held, err error) {
	const q = `
		SELECT count(*), coalesce(sum(size_bytes), 0)::bigint
		FROM evidence
		WHERE tenant = $1 AND complaint_id = $2::uuid AND state <> 3`
	if err := tx.QueryRow(ctx, q, tenant, complaintID).Scan(&h.Files, &h.Bytes); err != nil {
		return h, fmt.Errorf("count evidence: %w", err)
	}
	return h, nil
}

// EvidenceOf returns at most limit files of a complaint after the one named after, those on their way left out, in the order of their
// ids; after is empty for the first.
func EvidenceOf(ctx context.Context, db Querier, tenant, complaintID, after string, limit int) ([]SealedEvidence, error) {
	const q = `SELECT ` + evidenceColumns + `
		FROM evidence
		WHERE tenant = $1 AND complaint_id = $2::uuid AND state <> 1 AND ($3 = '' OR evidence_id > nullif($3, '')::uuid)
		ORDER BY evidence_id
		LIMIT $4`
	rows, _ := db.Query(ctx, q, tenant, complaintID, after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanEvidence)
	if err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	return list, nil
}

// DeleteUpload deletes an upload; its parts are orphans from now on. The row is locked by the caller.
func DeleteUpload(ctx context.Context, tx pgx.Tx, e domain.Evidence, now time.Time) error {
	if err := OrphanParts(ctx, tx, e, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM evidence WHERE tenant = $1 AND evidence_id = $2::uuid`, e.Tenant, e.ID); err != nil {
		return fmt.Errorf("delete upload: %w", err)
	}
	return nil
}

// LateUploads returns at most limit uploads of all tenants that began before, locked until tx ends; those that somebody else has
// locked are left out.
func LateUploads(ctx context.Context, tx pgx.Tx, before time.Time, limit int) ([]SealedEvidence, error) {
	const q = `SELECT ` + evidenceColumns + `
		FROM evidence
		WHERE state = 1 AND start_time <= $1
		ORDER BY start_time
		LIMIT $2
		FOR UPDATE SKIP LOCKED`
	rows, _ := tx.Query(ctx, q, before, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanEvidence)
	if err != nil {
		return nil, fmt.Errorf("list late uploads: %w", err)
	}
	return list, nil
}

// orZero returns the zero time for nil.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
