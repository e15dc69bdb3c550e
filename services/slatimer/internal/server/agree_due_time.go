package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// AgreeDueTime implements the RPC; its contract is in the .proto file.
func (s *Server) AgreeDueTime(ctx context.Context, req *slatimerv1.AgreeDueTimeRequest) (*slatimerv1.AgreeDueTimeResponse, error) {
	if req.GetDueTime().CheckValid() != nil {
		return nil, fault.New(fault.Invalid, "DUE_TIME_INVALID", "due_time is no time between the years 1 and 9999").At("due_time")
	}
	now, by := s.cfg.Now(), auth.From(ctx)
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	var armed []domain.Timer
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "AgreeDueTime", req, func(tx pgx.Tx) (*slatimerv1.AgreeDueTimeResponse, error) {
		key := domain.Key{Tenant: by.Tenant, ComplaintID: req.GetComplaintId()}
		cause := domain.Cause{EventID: req.GetRequestId(), Actor: by.Actor(), Reason: req.GetReason(), Time: now}
		after, timers, err := s.change(ctx, tx, key, by.Actor(), func(before domain.File, p *procedure.Procedure) (domain.File, []domain.Event, error) {
			return domain.Agree(before, req.GetClockId(), req.GetDueTime().AsTime(), p, cause)
		})
		if err != nil {
			return nil, err
		}
		armed = timers
		resp := &slatimerv1.AgreeDueTimeResponse{}
		for _, c := range after.Clocks {
			if c.ID == req.GetClockId() {
				resp.Clock = clockProto(key, c)
			}
		}
		return resp, nil
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Armed(armed)
	s.cfg.Poke()
	return resp, nil
}
