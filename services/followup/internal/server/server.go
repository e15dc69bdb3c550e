// Package server speaks for followup: its RPCs, and the events that it consumes.
package server

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
)

// Config is what a server needs, all of it.
type Config struct {
	// Pool is followup's database.
	Pool *pgxpool.Pool
	// Editions has the procedures.
	Editions *editions.Book
	// Poke is called after a commit that emitted.
	Poke func()
	// Standing asks intake where an edition of a tenant stands. Its errors are intake's statuses.
	Standing editions.Standing
	// Now tells the business time.
	Now func() time.Time
	// NewID returns a new UUIDv7.
	NewID func() string
}

// Server implements the RPCs and the fold. It is safe for concurrent use.
type Server struct {
	followupv1.UnimplementedFollowupServiceServer
	cfg Config
}

// New returns a server.
func New(cfg Config) *Server { return &Server{cfg: cfg} }

// Register registers the RPCs.
func (s *Server) Register(r grpc.ServiceRegistrar) { followupv1.RegisterFollowupServiceServer(r, s) }

// Subscription is what followup consumes: a complaint's life as intake and routing tell it. Its own part it knows.
func (s *Server) Subscription() events.Subscription {
	return events.Subscription{
		Producers: map[string][]string{"intake": lifecycle.Intake, "routing": lifecycle.Routing},
		Fold:      s.Fold,
		Together:  map[string][]string{"intake": {"routing"}},
	}
}

// now returns the time in the resolution that Postgres keeps.
func (s *Server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }
