// Package server speaks for cases: routing's RPCs, and the events that it consumes.
package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/editions"

	"redress.dev/services/routing/internal/domain"
)

// Config is what a server is built from. All of it is needed.
type Config struct {
	// Pool is routing's database, migrated.
	Pool *pgxpool.Pool
	// Poke is called after a commit that emitted events.
	Poke func()
	// Now tells the time.
	Now func() time.Time
	// NewID returns a new UUIDv7.
	NewID func() string
	// Editions finds the procedure of a case.
	Editions *editions.Book
	// Published asks intake for the editions of a tenant's procedure, the newest first. Its errors are intake's statuses.
	Published func(ctx context.Context, tenant, code string) ([]*intakev1.PublishedEdition, error)
	// Standing asks intake where an edition of a tenant stands. Its errors are intake's statuses.
	Standing editions.Standing
}

// Server implements RoutingService, DirectoryService, AbsenceService, ChargeService and MigrationService.
type Server struct {
	routingv1.UnimplementedMigrationServiceServer
	routingv1.UnimplementedRoutingServiceServer
	routingv1.UnimplementedDirectoryServiceServer
	routingv1.UnimplementedAbsenceServiceServer
	routingv1.UnimplementedChargeServiceServer
	cfg Config
}

// New returns a server.
func New(cfg Config) *Server { return &Server{cfg: cfg} }

// Register adds the services to a gRPC server.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	routingv1.RegisterRoutingServiceServer(r, s)
	routingv1.RegisterDirectoryServiceServer(r, s)
	routingv1.RegisterMigrationServiceServer(r, s)
	routingv1.RegisterAbsenceServiceServer(r, s)
	routingv1.RegisterChargeServiceServer(r, s)
}

// now is the time as the database keeps it.
func (s *Server) now() time.Time { return s.cfg.Now().Truncate(time.Microsecond) }

// instant returns the time that a request field holds, or otherwise where it is unset.
func instant(field string, t *timestamppb.Timestamp, otherwise time.Time) (time.Time, error) {
	if t == nil {
		return otherwise, nil
	}
	if t.CheckValid() != nil {
		return time.Time{}, domain.TimeInvalid(field)
	}
	return t.AsTime().Truncate(time.Microsecond), nil
}
