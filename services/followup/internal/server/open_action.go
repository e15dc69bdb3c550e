package server

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// OpenAction implements the RPC; its contract is in the .proto file.
func (s *Server) OpenAction(ctx context.Context, req *followupv1.OpenActionRequest) (*followupv1.OpenActionResponse, error) {
	caller, now := auth.From(ctx), s.now()
	if (len(req.GetComplaintIds()) == 0) == (req.GetEdition() == "") {
		return nil, fault.New(fault.Invalid, reasonEditionNotFound, "name the complaints, or for an action without any the edition that it runs by").At("edition")
	}
	o := domain.Opening{Action: req.GetAction(), ID: s.cfg.NewID(), Actor: caller.Actor(), Time: now}
	by := idempotency.Caller{Tenant: caller.Tenant, Subject: caller.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, by, "OpenAction", req, func(tx pgx.Tx) (*followupv1.OpenActionResponse, error) {
		open := s.openFor
		if req.GetEdition() != "" {
			open = s.openAlone
		}
		action, evs, err := open(ctx, tx, caller.Tenant, req, o)
		if err != nil {
			return nil, err
		}
		return &followupv1.OpenActionResponse{Action: actionProto(action)}, events.Emit(ctx, tx, now, draftsOf(caller.Tenant, "", evs)...)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// openFor opens an action for complaints and saves all files.
func (s *Server) openFor(ctx context.Context, tx pgx.Tx, tenant string, req *followupv1.OpenActionRequest, o domain.Opening) (domain.File, []domain.Event, error) {
	keys := make([]store.Key, len(req.GetComplaintIds()))
	for i, id := range req.GetComplaintIds() {
		keys[i] = store.Key{Tenant: tenant, ComplaintID: id}
	}
	loaded, err := store.LockFiles(ctx, tx, keys)
	if err != nil {
		return domain.File{}, nil, err
	}
	complaints := make([]domain.File, len(keys))
	for i, k := range keys {
		f, ok := loaded[k]
		if !ok || f.Action.Key != "" {
			return f, nil, fault.New(fault.NotFound, reasonComplaintNotFound, "there is no complaint %s here; right after its registration it may take a moment",
				k.ComplaintID).At("complaint_ids").With("complaint_id", k.ComplaintID)
		}
		complaints[i] = f
	}
	p, err := s.cfg.Editions.Get(ctx, complaints[0].Edition)
	if err != nil {
		return domain.File{}, nil, err
	}
	files, evs, err := domain.OpenFor(complaints, o, p)
	if err != nil {
		return domain.File{}, nil, err
	}
	return files[len(files)-1], evs, store.SaveFiles(ctx, tx, files)
}

// openAlone opens an action without a complaint and saves it.
func (s *Server) openAlone(ctx context.Context, tx pgx.Tx, tenant string, req *followupv1.OpenActionRequest, o domain.Opening) (domain.File, []domain.Event, error) {
	p, err := s.inForce(ctx, tenant, req.GetEdition())
	if err != nil {
		return domain.File{}, nil, err
	}
	number := ""
	if a, ok := p.Action(o.Action); ok { // else OpenAlone says so
		period := p.Period(o.Time)
		seq, err := store.NextActionNumber(ctx, tx, tenant, p.Code, a.Key, period)
		if err != nil {
			return domain.File{}, nil, err
		}
		number = p.ActionNumber(a, period, seq)
	}
	f, evs, err := domain.OpenAlone(tenant, o, number, p)
	if err != nil {
		return domain.File{}, nil, err
	}
	return f, evs, store.SaveFiles(ctx, tx, []domain.File{f})
}

// inForce returns an edition that new actions may begin by: the tenant's active one, as for complaints. What one person alone has published
// is none.
func (s *Server) inForce(ctx context.Context, tenant, digest string) (*procedure.Procedure, error) {
	stands, err := s.cfg.Standing(ctx, tenant, digest)
	switch {
	case status.Code(err) == codes.NotFound:
		return nil, fault.New(fault.NotFound, reasonEditionNotFound, "there is no edition %s; redressctl procedure list shows those that there are", digest).At("edition")
	case err != nil:
		return nil, err // intake's answer, for example that it is not there now
	case stands.GetState() != intakev1.EditionState_EDITION_STATE_ACTIVE:
		state := strings.TrimPrefix(stands.GetState().String(), "EDITION_STATE_")
		return nil, fault.New(fault.Precondition, reasonEditionNotActive,
			"edition %s is %s; an action opens by the active one, which redressctl procedure list shows", digest, state).At("edition").With("state", state)
	}
	return s.cfg.Editions.Get(ctx, digest)
}
