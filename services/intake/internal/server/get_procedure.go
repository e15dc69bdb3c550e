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
	by := auth.From(ctx)
	service := by.Has(optionsv1.Role_ROLE_SERVICE)
	tenant := cmp.Or(req.GetTenant(), by.Tenant)
	if tenant != by.Tenant && !service {
		return nil, store.ErrNoEdition
	}
	var p store.Published
	var err error
	switch code := req.GetProcedure(); {
	case code != "":
		p, err = store.ActiveEdition(ctx, s.cfg.Pool, tenant, code)
	case service:
		// A service follows the complaints of all tenants, under one token: it has the digest from an event of one of them.
		p, err = store.EditionOfAnyTenant(ctx, s.cfg.Pool, req.GetDigest())
	default:
		p, err = store.EditionByDigest(ctx, s.cfg.Pool, by.Tenant, req.GetDigest())
	}
	if err != nil {
		return nil, err
	}
	content := &procedurev1.Procedure{}
	if err := proto.Unmarshal(p.Content, content); err != nil {
		return nil, fmt.Errorf("decode edition %s: %w", p.Digest, err)
	}
	return &intakev1.GetProcedureResponse{Edition: publishedProto(p), Procedure: content}, nil
}
