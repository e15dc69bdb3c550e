package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/rpc"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// chargePosition is what a page token holds. It is checked like any input: a token may come from anywhere.
type chargePosition struct {
	JudgeTime time.Time `json:"t"`
	ChargeID  uuid.UUID `json:"c"`
}

// ListCharges implements the RPC; its contract is in the .proto file.
func (s *Server) ListCharges(ctx context.Context, req *routingv1.ListChargesRequest) (*routingv1.ListChargesResponse, error) {
	size := rpc.PageSize(req.GetPageSize())
	filter := store.ChargeFilter{
		Tenant: auth.From(ctx).Tenant, ComplaintID: req.GetComplaintId(), Procedure: req.GetProcedure(), Charge: req.GetCharge(),
		Party: req.GetParty(), Limit: size + 1, // one more tells whether there is another page
	}
	for _, k := range req.GetKinds() {
		filter.Kinds = append(filter.Kinds, procedure.ChargeKind(k))
	}
	for _, state := range req.GetStates() {
		filter.States = append(filter.States, domain.ChargeState(state))
	}
	var err error
	if filter.From, err = instant("judge_time_from", req.GetJudgeTimeFrom(), time.Time{}); err != nil {
		return nil, err
	}
	if filter.To, err = instant("judge_time_to", req.GetJudgeTimeTo(), time.Time{}); err != nil {
		return nil, err
	}
	after, given, err := rpc.ParsePageToken[chargePosition](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if given {
		filter.After = &store.ChargePosition{JudgeTime: after.JudgeTime, ChargeID: after.ChargeID.String()}
	}
	list, err := store.ListCharges(ctx, s.cfg.Pool, filter)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListChargesResponse{}
	if len(list) > size {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = rpc.PageToken(chargePosition{last.JudgeTime, uuid.MustParse(last.ID)}) // Postgres keeps UUIDs only
	}
	for _, c := range list {
		resp.Charges = append(resp.Charges, chargeProto(c))
	}
	if given {
		return resp, nil
	}
	totals, err := store.ChargeTotals(ctx, s.cfg.Pool, filter)
	if err != nil {
		return nil, err
	}
	for _, t := range totals {
		resp.Totals = append(resp.Totals, totalProto(t))
	}
	return resp, nil
}
