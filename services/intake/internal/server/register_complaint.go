package server

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
)

// registering is the name under which answers to RegisterComplaint are kept; a stream's items with a request_id share it.
var registering = string(proto.MessageName(&intakev1.RegisterComplaintRequest{}))

// RegisterComplaint implements the RPC; its contract is in the .proto file. It is a batch of one: what a stream registers and what a
// call registers cannot differ. The kept answer is the masked one, so that no table but the vault holds what is personal.
func (s *Server) RegisterComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	if req.GetValidateOnly() {
		return s.validateComplaint(ctx, req)
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RegisterComplaintResponse, error) {
		c := &candidate{draft: req.GetDraft(), trace: traceParent(ctx)}
		if err := s.registrar.register(ctx, tx, now, []*candidate{c}); err != nil {
			return nil, err
		}
		if c.refused != nil {
			return nil, c.refused
		}
		return registered(c), nil
	})
}

// registered returns the answer for a complaint that was registered.
func registered(c *candidate) *intakev1.RegisterComplaintResponse {
	return &intakev1.RegisterComplaintResponse{Complaint: complaintProto(c.complaint, c.personal)}
}

// validateComplaint returns what registering would, and writes nothing.
func (s *Server) validateComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (resp *intakev1.RegisterComplaintResponse, err error) {
	earnest := proto.CloneOf(req)
	earnest.ValidateOnly = false
	now, by := s.now(), auth.From(ctx)
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		kept, err := idempotency.Answers[*intakev1.RegisterComplaintResponse](ctx, tx, callerOf(by), registering, []idempotency.Request{earnest})
		if err != nil {
			return err
		}
		switch {
		case kept[0].Reused:
			return idempotency.ErrReused
		case kept[0].Found:
			resp = kept[0].Response
			return nil
		}
		c := &candidate{draft: req.GetDraft()}
		procedures, err := s.editions.active(ctx, tx, by.Tenant, proceduresOf([]*candidate{c}), now)
		if err != nil {
			return err
		}
		at := procedures[c.draft.GetProcedure()]
		c.procedure = at.procedure
		if err := s.registrar.decide(c, at, by.Tenant, now); err != nil {
			return err
		}
		c.complaint.ID = "" // nobody will ever find it
		resp = registered(c)
		return nil
	})
	return resp, err
}
