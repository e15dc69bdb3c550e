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

// MigrateClocks implements the RPC; its contract is in the .proto file.
func (s *Server) MigrateClocks(ctx context.Context, req *slatimerv1.MigrateClocksRequest) (*slatimerv1.MigrateClocksResponse, error) {
	now, by := s.cfg.Now(), auth.From(ctx)
	key := domain.Key{Tenant: by.Tenant, ComplaintID: req.GetComplaintId()}
	cause := domain.Cause{EventID: req.GetRequestId(), Actor: by.Actor(), Reason: req.GetReason(), Time: now}
	var armed []domain.Timer
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "MigrateClocks", req, func(tx pgx.Tx) (*slatimerv1.MigrateClocksResponse, error) {
		after, timers, err := s.change(ctx, tx, key, by.Actor(), func(before domain.File, from *procedure.Procedure) (domain.File, []domain.Event, error) {
			to, err := s.policies(ctx, tx, req.GetEdition(), key.Tenant)
			if err != nil {
				return before, nil, err
			}
			return domain.Migrate(before, from, to, cause)
		})
		if err != nil {
			return nil, err
		}
		armed = timers
		resp := &slatimerv1.MigrateClocksResponse{}
		for _, c := range after.Clocks {
			resp.Clocks = append(resp.Clocks, clockProto(key, c))
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

// complaintNotFound is the fault of a complaint that slatimer does not know.
func complaintNotFound(id string) error {
	return fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "there is no complaint %s here, or it has not arrived yet; try again in a moment", id).
		With("complaint_id", id)
}
