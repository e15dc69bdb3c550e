package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNoObject says that the content's store has no such object.
var ErrNoObject = errors.New("no such object")

// Contents keeps the content of evidence in the service's own database: nothing else to run, and one backup holds it all.
type Contents struct{ Pool *pgxpool.Pool }

// Put keeps an object.
func (c Contents) Put(ctx context.Context, o Object, sealed []byte) error {
	const q = `INSERT INTO evidence_content (tenant, evidence_id, object_id, sealed) VALUES ($1, $2::uuid, $3::uuid, $4)`
	if _, err := c.Pool.Exec(ctx, q, o.Tenant, o.EvidenceID, o.ID, sealed); err != nil {
		return fmt.Errorf("put object: %w", err)
	}
	return nil
}

// Get returns an object. It fails with ErrNoObject when there is none.
func (c Contents) Get(ctx context.Context, o Object) (sealed []byte, err error) {
	const q = `SELECT sealed FROM evidence_content WHERE tenant = $1 AND evidence_id = $2::uuid AND object_id = $3::uuid`
	err = c.Pool.QueryRow(ctx, q, o.Tenant, o.EvidenceID, o.ID).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoObject
	}
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", o.ID, err)
	}
	return sealed, nil
}

// Delete deletes objects; one that is not there is as good as deleted.
func (c Contents) Delete(ctx context.Context, objects []Object) error {
	const q = `
		DELETE FROM evidence_content c
		USING unnest($1::text[], $2::text[], $3::text[]) AS u (tenant, evidence, object)
		WHERE c.tenant = u.tenant AND c.evidence_id = u.evidence::uuid AND c.object_id = u.object::uuid`
	if _, err := c.Pool.Exec(ctx, q, objectColumns(objects)...); err != nil {
		return fmt.Errorf("delete objects: %w", err)
	}
	return nil
}
