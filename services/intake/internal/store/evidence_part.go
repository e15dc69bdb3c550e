package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// Object names one sealed part of a file in the content's store. An object never changes.
type Object struct {
	Tenant     string
	EvidenceID string
	// ID is a UUID of its own: a part that is sent twice makes two objects, of which one counts.
	ID string
}

// InsertOrphan writes an object down for deletion at a time.
func InsertOrphan(ctx context.Context, db Executor, o Object, deleteTime time.Time) error {
	const q = `INSERT INTO evidence_orphan (tenant, evidence_id, object_id, delete_time) VALUES ($1, $2::uuid, $3::uuid, $4)`
	if _, err := db.Exec(ctx, q, o.Tenant, o.EvidenceID, o.ID, deleteTime); err != nil {
		return fmt.Errorf("insert orphan: %w", err)
	}
	return nil
}

// InsertPart makes an object, which was written down for deletion, part of a file. It fails when the object has been deleted: storing
// it took too long.
func InsertPart(ctx context.Context, tx pgx.Tx, o Object, part int) error {
	const adopt = `DELETE FROM evidence_orphan WHERE tenant = $1 AND evidence_id = $2::uuid AND object_id = $3::uuid`
	const q = `INSERT INTO evidence_part (tenant, evidence_id, part, object_id) VALUES ($1, $2::uuid, $3, $4::uuid)`
	tag, err := tx.Exec(ctx, adopt, o.Tenant, o.EvidenceID, o.ID)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("object %s was deleted before it became part", o.ID)
	}
	if err == nil {
		_, err = tx.Exec(ctx, q, o.Tenant, o.EvidenceID, part, o.ID)
	}
	if err != nil {
		return fmt.Errorf("insert part: %w", err)
	}
	return nil
}

// Parts returns the objects of a file in the order of its content.
func Parts(ctx context.Context, db Querier, e domain.Evidence) ([]Object, error) {
	const q = `SELECT tenant, evidence_id::text, object_id::text FROM evidence_part WHERE tenant = $1 AND evidence_id = $2::uuid ORDER BY part`
	rows, _ := db.Query(ctx, q, e.Tenant, e.ID) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Object])
	if err != nil {
		return nil, fmt.Errorf("list parts: %w", err)
	}
	return list, nil
}

// OrphanParts takes the parts of a file out of it and writes their objects down for deletion now.
func OrphanParts(ctx context.Context, tx pgx.Tx, e domain.Evidence, now time.Time) error {
	const q = `
		WITH gone AS (DELETE FROM evidence_part WHERE tenant = $1 AND evidence_id = $2::uuid RETURNING tenant, evidence_id, object_id)
		INSERT INTO evidence_orphan (tenant, evidence_id, object_id, delete_time)
		SELECT tenant, evidence_id, object_id, $3 FROM gone`
	if _, err := tx.Exec(ctx, q, e.Tenant, e.ID, now); err != nil {
		return fmt.Errorf("orphan parts: %w", err)
	}
	return nil
}

// DueOrphans returns at most limit objects that are to be deleted by now, locked until tx ends: a part that is kept meanwhile waits,
// and finds its object gone. Those that another replica has locked are left out.
func DueOrphans(ctx context.Context, tx pgx.Tx, now time.Time, limit int) ([]Object, error) {
	const q = `
		SELECT tenant, evidence_id::text, object_id::text
		FROM evidence_orphan
		WHERE delete_time <= $1
		ORDER BY delete_time
		LIMIT $2
		FOR UPDATE SKIP LOCKED`
	rows, _ := tx.Query(ctx, q, now, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Object])
	if err != nil {
		return nil, fmt.Errorf("list orphans: %w", err)
	}
	return list, nil
}

// DeleteOrphans strikes objects that are deleted off the list.
func DeleteOrphans(ctx context.Context, tx pgx.Tx, objects []Object) error {
	const q = `
		DELETE FROM evidence_orphan o
		USING unnest($1::text[], $2::text[], $3::text[]) AS u (tenant, evidence, object)
		WHERE o.tenant = u.tenant AND o.evidence_id = u.evidence::uuid AND o.object_id = u.object::uuid`
	if _, err := tx.Exec(ctx, q, objectColumns(objects)...); err != nil {
		return fmt.Errorf("delete orphans: %w", err)
	}
	return nil
}

// objectColumns returns the names of objects as unnest takes them.
func objectColumns(objects []Object) []any {
	return []any{
		column(objects, func(o Object) string { return o.Tenant }),
		column(objects, func(o Object) string { return o.EvidenceID }),
		column(objects, func(o Object) string { return o.ID }),
	}
}
