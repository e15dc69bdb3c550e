package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/store"
)

// editions keeps compiled procedures by digest. An edition never changes, and a company has few: none is ever dropped.
type editions struct {
	compiled sync.Map

	verifying singleflight.Group
	mu        sync.Mutex
	sound     map[string]verdict // what was verified lately, by digest
}

// maxVerdicts is how many verdicts are kept: drafts that nobody activates may be many.
const maxVerdicts = 100

// verdict is what verifying a procedure gives; procedure is nil where it is not sound.
type verdict struct {
	procedure *procedure.Procedure
	findings  []procedure.Finding
}

// verify verifies a procedure, which takes a second or more for a large one: the same content, published by several tenants or again, is
// verified once. What is not sound will come back changed, and is not remembered.
func (e *editions) verify(in *procedurev1.Procedure) verdict {
	digest := procedure.Digest(in)
	found, _, _ := e.verifying.Do(digest, func() (any, error) {
		e.mu.Lock()
		v, ok := e.sound[digest]
		e.mu.Unlock()
		if ok {
			return v, nil
		}
		if v.procedure, v.findings = procedure.Verify(in); v.procedure != nil {
			e.mu.Lock()
			if e.sound == nil || len(e.sound) >= maxVerdicts {
				e.sound = map[string]verdict{}
			}
			e.sound[digest] = v
			e.mu.Unlock()
		}
		return v, nil
	})
	return found.(verdict)
}

// standing is what new complaints of a procedure meet: an edition, or its retirement.
type standing struct {
	procedure *procedure.Procedure // nil where it is retired
	since     time.Time
}

// standings returns what decisions mean for new complaints of a tenant, by the procedure's code. They are read for every registration: an
// activation counts at once in every replica.
func (e *editions) standings(ctx context.Context, db store.Querier, tenant string, decisions map[string]store.Decision) (_ map[string]standing, err error) {
	found := make(map[string]standing, len(decisions))
	for code, d := range decisions {
		s := standing{since: d.Since}
		if !d.Retired {
			if s.procedure, err = e.get(ctx, db, tenant, d.Digest); err != nil {
				return nil, err
			}
		}
		found[code] = s
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
