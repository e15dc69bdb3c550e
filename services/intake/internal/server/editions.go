package server

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/store"
)

// editions keeps compiled procedures by digest. An edition never changes, and a company has few: none is ever dropped.
type editions struct{ compiled sync.Map }

// active returns the procedures that new complaints of a tenant begin on, by code; unknown codes are missing.
//
// Which edition is active is read every time, by one statement: a publication counts at once in every replica.
func (e *editions) active(ctx context.Context, db store.Querier, tenant string, codes []string) (map[string]*procedure.Procedure, error) {
	digests, err := store.ActiveDigests(ctx, db, tenant, codes)
	if err != nil {
		return nil, err
	}
	found := make(map[string]*procedure.Procedure, len(digests))
	for code, digest := range digests {
		if found[code], err = e.get(ctx, db, tenant, digest); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// get returns an edition of a tenant. Two goroutines may compile one at the same time: either result will do.
func (e *editions) get(ctx context.Context, db store.Querier, tenant, digest string) (*procedure.Procedure, error) {
	if p, ok := e.compiled.Load(digest); ok {
		return p.(*procedure.Procedure), nil
	}
	kept, err := store.EditionByDigest(ctx, db, tenant, digest)
	if err != nil {
		return nil, err
	}
	var in procedurev1.Procedure
	if err := proto.Unmarshal(kept.Content, &in); err != nil {
		return nil, fmt.Errorf("decode edition %s: %w", digest, err)
	}
	p, err := procedure.Compile(&in)
	if err != nil {
		return nil, fmt.Errorf("compile edition %s: %w", digest, err)
	}
	e.compiled.Store(digest, p)
	return p, nil
}
