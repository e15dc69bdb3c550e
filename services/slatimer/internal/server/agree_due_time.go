package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
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
		current, err := store.CurrentHolidays(ctx, tx)
		if err != nil {
			return nil, err
		}
		files, err := store.LockFiles(ctx, tx, events.PartOf(key.ComplaintID), []domain.Key{key})
		if err != nil {
			return nil, err
		}
		before, ok := files[key]
		if !ok {
			return nil, domain.ClockNotFound(req.GetClockId())
		}
		p, err := s.edition(ctx, before.Edition)
		if err != nil {
			return nil, err
		}
		if p, err = s.dated(ctx, p, by.Tenant, current); err != nil {
			return nil, err
		}
		cause := domain.Cause{EventID: req.GetRequestId(), Actor: by.Actor(), Reason: req.GetReason(), Time: now}
		after, evs, err := domain.Agree(before, req.GetClockId(), req.GetDueTime().AsTime(), p, cause)
		if err != nil {
			return nil, err
		}
		ch := domain.Diff(before, after)
		armed = ch.Armed
		if err := store.Save(ctx, tx, []domain.File{after}, []domain.Change{ch}); err != nil {
			return nil, err
		}
		if err := events.Emit(ctx, tx, now, draftsBy(by.Actor(), evs)...); err != nil {
			return nil, err
		}
		resp := &slatimerv1.AgreeDueTimeResponse{}
		for _, c := range after.Clocks {
			if c.ID == req.GetClockId() {
				resp.Clock = clockProto(store.ListedClock{Key: key, Clock: c})
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
