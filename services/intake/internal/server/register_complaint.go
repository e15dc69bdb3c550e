package server

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/wire"
	"redress.dev/services/intake/internal/store"
)

// registering is the name under which answers to RegisterComplaint are kept; a stream's items with a request_id share it.
var registering = string(proto.MessageName(&intakev1.RegisterComplaintRequest{}))

// RegisterComplaint implements the RPC; its contract is in the .proto file. What a stream registers and what a call registers cannot
// differ: both are batches of one registrar.
func (s *Server) RegisterComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	if req.GetValidateOnly() {
		return s.validateComplaint(ctx, req)
	}
	call := submit(ctx, req)
	if err := s.group.register(ctx, call); err != nil {
		return nil, err
	}
	return call.items[0].named.Answer, call.items[0].named.Err
}

// validateComplaint returns what registering would, and writes nothing.
func (s *Server) validateComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (resp *intakev1.RegisterComplaintResponse, err error) {
	by := auth.From(ctx)
	call := &registration{By: callerOf(by), Request: proto.CloneOf(req)}
	call.Request.ValidateOnly = false // as it would come in earnest
	known, err := idempotency.NewBatch(registering, []*registration{call})
	if err != nil {
		return nil, err
	}
	err = postgres.Pipelined(ctx, s.cfg.Pool, known.QueueRecall, func(tx pgx.Tx, _ *pgx.Batch) (err error) {
		if len(known.Fresh()) > 0 {
			resp, call.Err = s.wouldRegister(ctx, tx, &candidate{draft: req.GetDraft(), bytes: int64(wire.Size(req)), by: by})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(known.Fresh()) > 0 {
		return resp, call.Err
	}
	return call.Answer, call.Err
}

// wouldRegister returns what a candidate would become, or the fault that refuses it.
func (s *Server) wouldRegister(ctx context.Context, tx pgx.Tx, c *candidate) (*intakev1.RegisterComplaintResponse, error) {
	now := s.now()
	decisions, err := store.Decisions(ctx, tx, c.by.Tenant, proceduresOf([]*candidate{c}), now)
	if err != nil {
		return nil, err
	}
	procedures, err := s.editions.standings(ctx, tx, c.by.Tenant, decisions)
	if err != nil {
		return nil, err
	}
	at := procedures[c.draft.GetProcedure()]
	c.procedure = at.procedure
	if c.refused = s.registrar.decide(c, at, c.by.Tenant, now); c.refused == nil {
		c.complaint.ID = "" // nobody will ever find it
	}
	return answerOf(c)
}
