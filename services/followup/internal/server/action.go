package server

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/rpc"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// Reasons of faults about actions that only the server finds.
const (
	reasonActionNotFound    = "ACTION_NOT_FOUND"
	reasonComplaintNotFound = "COMPLAINT_NOT_FOUND"
	reasonEditionNotFound   = "EDITION_NOT_FOUND"
	reasonEditionNotActive  = "EDITION_NOT_ACTIVE"
)

func actionNotFound(id string) error {
	return fault.New(fault.NotFound, reasonActionNotFound, "there is no action %s", id).At("action_id").With("action_id", id)
}

// CancelAction implements the RPC; its contract is in the .proto file.
func (s *Server) CancelAction(ctx context.Context, req *followupv1.CancelActionRequest) (*followupv1.CancelActionResponse, error) {
	caller, now := auth.From(ctx), s.now()
	by := idempotency.Caller{Tenant: caller.Tenant, Subject: caller.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, by, "CancelAction", req, func(tx pgx.Tx) (*followupv1.CancelActionResponse, error) {
		k := store.Key{Tenant: caller.Tenant, ComplaintID: req.GetActionId()}
		files, err := store.LockFiles(ctx, tx, []store.Key{k})
		if err != nil {
			return nil, err
		}
		before := files[k]
		if before.Action.Key == "" {
			return nil, actionNotFound(req.GetActionId())
		}
		f, evs, err := before.Cancel(req.GetReason(), caller.Actor(), now)
		if err != nil {
			return nil, err
		}
		rules, err := s.rulesOf(ctx, files, before, f)
		if err != nil {
			return nil, err
		}
		changed, drafts, err := s.settle(files, before, f, evs, rules, "")
		if err != nil {
			return nil, err
		}
		if err := save(ctx, tx, files, changed); err != nil {
			return nil, err
		}
		return &followupv1.CancelActionResponse{Action: actionProto(f)}, events.Emit(ctx, tx, now, drafts...)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// GetAction implements the RPC; its contract is in the .proto file.
func (s *Server) GetAction(ctx context.Context, req *followupv1.GetActionRequest) (*followupv1.GetActionResponse, error) {
	f, ok, err := store.GetAction(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetActionId())
	if err == nil && !ok {
		err = actionNotFound(req.GetActionId())
	}
	if err != nil {
		return nil, err
	}
	return &followupv1.GetActionResponse{Action: actionProto(f)}, nil
}

// ListActions implements the RPC; its contract is in the .proto file.
func (s *Server) ListActions(ctx context.Context, req *followupv1.ListActionsRequest) (*followupv1.ListActionsResponse, error) {
	after, follows, err := rpc.ParsePageToken[store.ActionPosition](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if follows && (len(after.ActionID) != 36 || uuid.Validate(after.ActionID) != nil) { // package uuid takes forms that Postgres does not
		return nil, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of ListActions; leave it empty for the first page").At("page_token")
	}
	size := rpc.PageSize(req.GetPageSize())
	states := []domain.State{domain.Open}
	if len(req.GetStates()) > 0 {
		states = nil
	}
	for _, state := range req.GetStates() {
		states = append(states, domain.State(state))
	}
	list, err := store.ListActions(ctx, s.cfg.Pool, store.ActionFilter{
		Tenant: auth.From(ctx).Tenant, ComplaintID: req.GetComplaintId(), Action: req.GetAction(), Procedure: req.GetProcedure(), States: states,
	}, after, size+1) // one more tells whether there is another page
	if err != nil {
		return nil, err
	}
	resp := &followupv1.ListActionsResponse{}
	if len(list) > size {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = rpc.PageToken(store.ActionPosition{OpenTime: last.Action.OpenTime, ActionID: last.ComplaintID})
	}
	for _, f := range list {
		resp.Actions = append(resp.Actions, actionProto(f))
	}
	return resp, nil
}
