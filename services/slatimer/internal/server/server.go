// Package server is slatimer's transport: the RPCs, the events it consumes, and the transaction in which timers fire.
package server

import (
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// actor is who starts, warns and ends clocks: nobody does it by hand.
const actor = "service:slatimer"

// Config is what a Server is given. All of it is needed.
type Config struct {
	// Pool is slatimer's database.
	Pool *pgxpool.Pool
	// Firing are connections to it for what fires (store.FiringPool).
	Firing *pgxpool.Pool
	// Editions are the procedures that complaints run by.
	Editions *editions.Book
	// Now is the business clock.
	Now func() time.Time
	// NewID returns a new UUIDv7.
	NewID func() string
	// Poke wakes the relay after a commit that emitted.
	Poke func()
	// Armed is told of new timers just before the commit that arms them.
	Armed func([]domain.Timer)
	// Log takes what goes wrong where no caller waits for it.
	Log *slog.Logger
	// Fetch asks intake for an edition, Feed returns a producer's event feed or nil: a simulation reads them.
	Fetch editions.Fetch
	Feed  func(producer string) eventsv1.EventFeedServiceClient
}

// Server answers slatimer's RPCs and follows the complaints' events.
type Server struct {
	slatimerv1.UnimplementedSlatimerServiceServer

	cfg         Config
	calendars   calendarBook
	prepared    prepared
	published   chan struct{} // holidays were
	simulations chan struct{} // one element for each simulation that runs
}

// New returns a server.
func New(cfg Config) *Server {
	return &Server{
		cfg: cfg, prepared: prepared{list: map[domain.Key]*preparation{}}, calendars: calendarBook{made: map[string]*procedure.Procedure{}}, published: make(chan struct{}, 1),
		simulations: make(chan struct{}, maxSimulations),
	}
}

// Register puts the RPCs on r.
func (s *Server) Register(r grpc.ServiceRegistrar) { slatimerv1.RegisterSlatimerServiceServer(r, s) }

// Subscription says which events slatimer follows, and how.
func (s *Server) Subscription() events.Subscription {
	return events.Subscription{
		Producers: map[string][]string{"intake": lifecycle.Intake, "routing": lifecycle.Routing, "followup": lifecycle.Followup},
		Fold:      s.Fold,
		Together:  map[string][]string{"intake": {"routing"}},
	}
}
