package server

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
)

// registering is the name under which answers to RegisterComplaint are kept; a stream's items with a request_id share it.
var registering = string(proto.MessageName(&intakev1.RegisterComplaintRequest{}))

// RegisterComplaint implements the RPC; its contract is in the .proto file. What a stream registers and what a call registers cannot
// differ: both are batches of one registrar.
func (s *Server) RegisterComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	if req.GetValidateOnly() {
		return s.validateComplaint(ctx, req)
	}
	return s.group.register(ctx, req)
}

// errValidated keeps an answer from being kept.
var errValidated = errors.New("nothing was registered")

// validateComplaint returns what registering would, and writes nothing.
func (s *Server) validateComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (resp *intakev1.RegisterComplaintResponse, err error) {
	now, by := s.now(), auth.From(ctx)
	call := &registration{By: callerOf(by), Request: proto.CloneOf(req)}
	call.Request.ValidateOnly = false // as it would come in earnest
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		call.Answer, call.Err = nil, nil
		return idempotency.DoAll(ctx, tx, now, registering, []*registration{call}, func(fresh []*registration, _ func(*pgx.Batch) error) (err error) {
			if len(fresh) == 0 {
				return nil
			}
			call.Err = errValidated
			resp, err = s.wouldRegister(ctx, tx, &candidate{draft: req.GetDraft(), by: by})
			return err
		})
	})
	switch {
	case err != nil || errors.Is(call.Err, errValidated):
		return resp, err
	default:
		return call.Answer, call.Err
	}
}

// wouldRegister returns what a candidate would become, or the fault that refuses it.
func (s *Server) wouldRegister(ctx context.Context, tx pgx.Tx, c *candidate) (*intakev1.RegisterComplaintResponse, error) {
	now := s.now()
	procedures, err := s.editions.active(ctx, tx, c.by.Tenant, proceduresOf([]*candidate{c}), now)
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
