package server

import (
	"cmp"
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/store"
)

// GetProcedure implements the RPC; its contract is in the .proto file. Services ask once for each digest and keep the answer for ever;
// by code it tells what new complaints begin on at this moment.
func (s *Server) GetProcedure(ctx context.Context, req *intakev1.GetProcedureRequest) (*intakev1.GetProcedureResponse, error) {
	p, err := s.findEdition(ctx, req)
	if err != nil {
		return nil, err
	}
	lives, err := store.Acts(ctx, s.cfg.Pool, p.Tenant, p.Procedure)
	if err != nil {
		return nil, err
	}
	content := &procedurev1.Procedure{}
	if err := proto.Unmarshal(p.Content, content); err != nil {
		return nil, fmt.Errorf("decode edition %s: %w", p.Digest, err)
	}
	return &intakev1.GetProcedureResponse{Edition: publishedProto(p, lives[p.Procedure], s.now()), Procedure: content}, nil
}

// findEdition returns the edition that a request names, or store.ErrNoEdition.
func (s *Server) findEdition(ctx context.Context, req *intakev1.GetProcedureRequest) (store.Published, error) {
	tenant, ok := whose(ctx, req.GetTenant())
	if !ok {
		return store.Published{}, store.ErrNoEdition
	}
	switch name := req.GetName(); {
	case req.GetProcedure() != "":
		active, err := store.Decisions(ctx, s.cfg.Pool, tenant, []string{req.GetProcedure()}, s.now())
		if err != nil {
			return store.Published{}, err
		}
		decided, ok := active[req.GetProcedure()]
		if !ok || decided.Retired {
			return store.Published{}, store.ErrNoEdition
		}
		return store.EditionByDigest(ctx, s.cfg.Pool, tenant, decided.Digest)
	case name != nil:
		return store.EditionByName(ctx, s.cfg.Pool, tenant, name.GetProcedure(), name.GetEdition())
	case auth.From(ctx).Has(optionsv1.Role_ROLE_SERVICE) && req.GetTenant() == "":
		// A service follows the complaints of all tenants, under one token: it has the digest from an event of one of them.
		return store.EditionOfAnyTenant(ctx, s.cfg.Pool, req.GetDigest())
	default:
		return store.EditionByDigest(ctx, s.cfg.Pool, tenant, req.GetDigest())
	}
}

// whose returns the tenant whose procedures a request means, "" for the caller's own; false where it may not ask for them.
func whose(ctx context.Context, tenant string) (string, bool) {
	by := auth.From(ctx)
	tenant = cmp.Or(tenant, by.Tenant)
	return tenant, tenant == by.Tenant || by.Has(optionsv1.Role_ROLE_SERVICE)
}
