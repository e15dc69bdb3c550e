// Package server speaks for intake: its RPCs, the stream of gateways, and the events that it consumes.
package server

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/vault"
)

// Name of the service, as in the domain of its errors.
const Name = "intake"

// Config is what the server stands on. All but InTx, Search and OutboxLimit is needed; who uploads nothing needs no Contents.
type Config struct {
	Pool *pgxpool.Pool
	// Keys open the vault.
	Keys *vault.Keys
	// Contents keeps the content of evidence.
	Contents Contents
	// Evidence says which files are taken.
	Evidence domain.EvidenceRules
	// Poke wakes the relay after a commit that emitted.
	Poke func()
	// InTx runs transactions of many events (events.Bus); nil leaves their sequences to the relay.
	InTx func(ctx context.Context, first func(b *pgx.Batch), f func(ctx context.Context, tx pgx.Tx) error) error
	// Now is the business clock.
	Now func() time.Time
	// NewID returns a UUIDv7 that is greater than those before.
	NewID func() string
	// Log is told what goes wrong where nobody asked, and what callers are not shown.
	Log *slog.Logger
	// Search says what complaints are found by; empty means SearchText.
	Search SearchContent
	// Assigned asks routing whether a person may act on open work of a complaint.
	Assigned func(ctx context.Context, tenant, complaintID, person string) (bool, error)
	// VisitDue asks followup whether a return visit of a complaint is due.
	VisitDue func(ctx context.Context, tenant, complaintID string) (bool, error)
	// RevealQuota and FindQuota are how often a person may see the data of a complaint, and look for people, within an hour.
	RevealQuota, FindQuota int
	// OutboxLimit is how many events may wait for the relay before streams are held back; 0 means 20,000.
	OutboxLimit int
	// Backlog tells how many events the slowest consumer is behind; nil means none.
	Backlog func() int64
}

// Server implements IntakeService, EvidenceService, PeopleService and ProcedureService.
type Server struct {
	intakev1.UnimplementedIntakeServiceServer
	intakev1.UnimplementedEvidenceServiceServer
	intakev1.UnimplementedPeopleServiceServer
	intakev1.UnimplementedProcedureServiceServer

	cfg       Config
	editions  *editions
	registrar *registrar
	gate      *gate
	checks    *semaphore.Weighted // of frames
	orphaned  chan struct{}       // content is to be deleted now
	group     *group

	searchKeys sync.Map // by tenant

	news    news         // of what this process has committed
	watches atomic.Int32 // that run

	drain    sync.Once
	draining chan struct{} // closed when the service begins to stop
}

// New returns a server. It starts nothing.
func New(cfg Config) *Server {
	if cfg.Search == "" {
		cfg.Search = SearchText
	}
	e := &editions{}
	// The detector's own 3 KiB miss documents whose first entry is a picture. It is one setting for the process: nobody else here detects.
	mimetype.SetLimit(domain.PartBytes)
	s := &Server{
		cfg: cfg, editions: e, registrar: &registrar{keys: cfg.Keys, newID: cfg.NewID, editions: e},
		gate: newGate(cfg.Pool, cfg.OutboxLimit, cfg.Backlog), checks: newChecks(), orphaned: make(chan struct{}, 1), draining: make(chan struct{}),
	}
	s.group = newGroup(s)
	s.cfg.Poke = func() {
		cfg.Poke()
		s.news.spread()
	}
	return s
}

// inTx runs a transaction that registers many complaints; what first queues goes with BEGIN.
func (s *Server) inTx(ctx context.Context, first func(b *pgx.Batch), f func(ctx context.Context, tx pgx.Tx) error) error {
	if s.cfg.InTx == nil {
		err := postgres.Pipelined(ctx, s.cfg.Pool, first, func(tx pgx.Tx, _ *pgx.Batch) error { return f(ctx, tx) })
		if err == nil {
			s.cfg.Poke()
		}
		return err
	}
	err := s.cfg.InTx(ctx, first, f)
	if err == nil {
		s.news.spread()
	}
	return err
}

// Register registers the four services.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	intakev1.RegisterIntakeServiceServer(r, s)
	intakev1.RegisterEvidenceServiceServer(r, s)
	intakev1.RegisterPeopleServiceServer(r, s)
	intakev1.RegisterProcedureServiceServer(r, s)
}

// Drain asks gateways and watchers to go elsewhere. It may be called more than once.
func (s *Server) Drain() { s.drain.Do(func() { close(s.draining) }) }

// now returns the business time as Postgres keeps it: in microseconds.
func (s *Server) now() time.Time { return s.cfg.Now().Truncate(time.Microsecond) }

// callerOf returns whose request ids p's are.
func callerOf(p auth.Principal) idempotency.Caller {
	return idempotency.Caller{Tenant: p.Tenant, Subject: p.Subject}
}

// once runs f in a transaction unless the same request has been answered before, and wakes the relay.
func once[R proto.Message](ctx context.Context, s *Server, now time.Time, req idempotency.Request, f func(tx pgx.Tx) (R, error)) (R, error) {
	answer, err := idempotency.Do(ctx, s.cfg.Pool, now, callerOf(auth.From(ctx)), string(proto.MessageName(req)), req, f)
	if err == nil {
		s.cfg.Poke()
	}
	return answer, err
}

// emit publishes one event about a complaint, in the transaction that made it happen.
func emit(ctx context.Context, tx pgx.Tx, now time.Time, c domain.Complaint, e domain.Event, occur time.Time) error {
	return events.Emit(ctx, tx, now, events.Draft{
		Tenant: c.Tenant, AggregateID: c.ID, Version: c.EventVersion, Actor: auth.From(ctx).Actor(), OccurTime: occur, Message: eventProto(e),
	})
}
