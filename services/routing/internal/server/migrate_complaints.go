package server

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// maxMigrations is how many complaints one call moves, in one transaction.
const maxMigrations = 100

// MigrateComplaints implements the RPC; its contract is in the .proto file.
func (s *Server) MigrateComplaints(ctx context.Context, req *routingv1.MigrateComplaintsRequest) (*routingv1.MigrateComplaintsResponse, error) {
	now, by := s.now(), auth.From(ctx)
	to, err := s.target(ctx, by.Tenant, req)
	if err != nil {
		return nil, err
	}
	m := migrating{Server: s, by: by, req: req, to: to, now: now}
	if req.GetValidateOnly() {
		var resp *routingv1.MigrateComplaintsResponse
		errDry := errors.New("nothing is kept")
		err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
			if resp, _, _, err = m.decide(ctx, tx); err != nil {
				return err
			}
			return errDry
		})
		if errors.Is(err, errDry) {
			return resp, nil
		}
		return nil, err
	}
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "MigrateComplaints", req, func(tx pgx.Tx) (*routingv1.MigrateComplaintsResponse, error) {
		resp, cases, drafts, err := m.decide(ctx, tx)
		if err != nil {
			return nil, err
		}
		var b pgx.Batch
		if err := store.QueueCases(&b, cases, now); err != nil {
			return nil, err
		}
		return resp, events.EmitWith(ctx, tx, now, &b, drafts...)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// target returns the edition that complaints go to. What one person alone has published is none.
func (s *Server) target(ctx context.Context, tenant string, req *routingv1.MigrateComplaintsRequest) (*procedure.Procedure, error) {
	stands, err := s.cfg.Standing(ctx, tenant, req.GetToDigest())
	switch {
	case status.Code(err) == codes.NotFound:
		return nil, domain.EditionNotFound("to_digest", req.GetToDigest())
	case err != nil:
		return nil, err // intake's answer, for example that it is not there now
	case !activated(stands):
		return nil, domain.EditionNotActivated("to_digest", strings.TrimPrefix(stands.GetState().String(), "EDITION_STATE_"))
	}
	to, err := s.cfg.Editions.Get(ctx, req.GetToDigest())
	if err != nil {
		return nil, err
	}
	for _, step := range req.GetSteps() {
		if !hasStep(to, step) {
			return nil, domain.StepUnknown(step, to.Edition)
		}
	}
	return to, nil
}

// activated reports whether two people have approved an edition, whenever it is or was the active one.
func activated(e *intakev1.PublishedEdition) bool {
	switch e.GetState() {
	case intakev1.EditionState_EDITION_STATE_SCHEDULED, intakev1.EditionState_EDITION_STATE_ACTIVE,
		intakev1.EditionState_EDITION_STATE_SUPERSEDED, intakev1.EditionState_EDITION_STATE_RETIRED:
		return true
	default:
		return e.GetActive()
	}
}

// hasStep reports whether any flow of an edition has the step.
func hasStep(p *procedure.Procedure, key string) bool {
	return slices.ContainsFunc(p.Flows, func(f *procedure.Flow) bool {
		_, ok := f.Step(key)
		return ok
	})
}

// migrating is one call.
type migrating struct {
	*Server
	by  auth.Principal
	req *routingv1.MigrateComplaintsRequest
	to  *procedure.Procedure
	now time.Time
}

// decide locks the complaints and decides each by itself. It returns the answer, the cases as they become and their events.
func (m *migrating) decide(ctx context.Context, tx pgx.Tx) (*routingv1.MigrateComplaintsResponse, []domain.Case, []events.Draft, error) {
	ids, next, err := m.complaints(ctx, tx)
	if err != nil {
		return nil, nil, nil, err
	}
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = store.Key{Tenant: m.by.Tenant, ComplaintID: id}
	}
	locked := slices.SortedFunc(slices.Values(keys), func(a, b store.Key) int { return bytes.Compare(a.ComplaintID[:], b.ComplaintID[:]) })
	cases, err := store.LockCases(ctx, tx, locked) // in order, so that two calls do not wait for each other
	if err != nil {
		return nil, nil, nil, err
	}
	setting, err := m.setting(ctx, tx, m.to, m.by.Tenant, m.now, m.now)
	if err != nil {
		return nil, nil, nil, err
	}
	resp := &routingv1.MigrateComplaintsResponse{NextPageToken: next}
	var moved []domain.Case
	var drafts []events.Draft
	for _, k := range keys {
		before, found := cases[k]
		if !found {
			resp.Complaints = append(resp.Complaints, notHere(k.ComplaintID))
			continue
		}
		from, err := m.cfg.Editions.Get(ctx, before.Digest) // in memory but for the first time
		if err != nil {
			return nil, nil, nil, err
		}
		if from.Digest == m.to.Digest {
			resp.Complaints = append(resp.Complaints, migration(before, from, routingv1.MigrationOutcome_MIGRATION_OUTCOME_UNCHANGED))
			continue
		}
		after, evs, obstacles := domain.Migrate(setting, before, from, domain.Plan{Steps: m.req.GetSteps(), Reason: m.req.GetReason()}, m.now)
		if len(obstacles) > 0 {
			resp.Complaints = append(resp.Complaints, refused(before, from, obstacles))
			continue
		}
		resp.Complaints = append(resp.Complaints, migrated(before, from, evs, after))
		moved = append(moved, after)
		drafts = append(drafts, cause{actor: m.by.Actor(), occurTime: m.now}.drafts(after, evs)...)
	}
	return resp, moved, drafts, nil
}

// complaints returns the complaints of this call, and the token of the next page.
func (m *migrating) complaints(ctx context.Context, tx pgx.Tx) (ids []uuid.UUID, next string, err error) {
	if m.req.GetFromDigest() == "" {
		for _, id := range m.req.GetComplaintIds() {
			ids = append(ids, uuid.MustParse(id)) // the contract lets nothing else in
		}
		return ids, "", nil
	}
	from, err := m.from(ctx)
	if err != nil {
		return nil, "", err
	}
	after := uuid.Nil
	if token := m.req.GetPageToken(); token != "" {
		after = uuid.MustParse(token)
	}
	limit := cmp.Or(int(m.req.GetPageSize()), maxMigrations)
	ids, err = store.OpenCases(ctx, tx, m.by.Tenant, from.Digest, after, limit)
	if err == nil && len(ids) == limit {
		next = ids[limit-1].String()
	}
	return ids, next, err
}

// from returns the edition that is left. A step of the mapping that it does not have is a slip of the pen.
func (m *migrating) from(ctx context.Context) (*procedure.Procedure, error) {
	digest := m.req.GetFromDigest()
	switch _, err := m.cfg.Standing(ctx, m.by.Tenant, digest); {
	case status.Code(err) == codes.NotFound:
		return nil, domain.EditionNotFound("from_digest", digest)
	case err != nil:
		return nil, err
	}
	from, err := m.cfg.Editions.Get(ctx, digest)
	if err != nil {
		return nil, err
	}
	for step := range m.req.GetSteps() {
		if !hasStep(from, step) {
			return nil, domain.StepUnknown(step, from.Edition)
		}
	}
	return from, nil
}
