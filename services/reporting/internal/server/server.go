// Package server speaks for reporting: its RPCs, and the events that it consumes.
package server

import (
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
)

// Config is what a server needs, all of it.
type Config struct {
	// Pool is reporting's database.
	Pool *pgxpool.Pool
	// Editions has the procedures.
	Editions *editions.Book
	// Log takes metrics that cannot be worked out.
	Log *slog.Logger
	// Now tells the business time.
	Now func() time.Time
	// NewID returns a new UUIDv7.
	NewID func() string
}

// Server implements the RPCs and the fold. It is safe for concurrent use.
type Server struct {
	reportingv1.UnimplementedReportingServiceServer
	reportingv1.UnimplementedScorecardServiceServer
	reportingv1.UnimplementedReportServiceServer
	cfg Config
}

// New returns a server.
func New(cfg Config) *Server { return &Server{cfg: cfg} }

// Register registers the RPCs.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	reportingv1.RegisterReportingServiceServer(r, s)
	reportingv1.RegisterScorecardServiceServer(r, s)
	reportingv1.RegisterReportServiceServer(r, s)
}

// now returns the time in the resolution that Postgres keeps.
func (s *Server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// batchSize is larger than usual: reporting sees every event of all services, and each statement serves a whole batch.
const batchSize = 1024

// Subscription is what reporting consumes: every event about a complaint, who sits in which post, and what editions there are.
func (s *Server) Subscription() events.Subscription {
	return events.Subscription{
		Producers: map[string][]string{
			"intake": append(names(&intakev1.PersonalDataRevealed{}, &intakev1.SubjectErased{}, &intakev1.ComplaintLinked{}, &intakev1.EvidenceAttached{},
				&intakev1.EvidenceRemoved{}, &intakev1.ProcedurePublished{}, &intakev1.ProcedureActivated{}), lifecycle.Intake...),
			"routing": append(names(&routingv1.NoticeIssued{}, &routingv1.DutyChanged{}, &routingv1.ChargeProposed{}, &routingv1.ChargeSigned{},
				&routingv1.ChargeVoided{}), lifecycle.Routing...),
			"slatimer": names(&slatimerv1.ClockStarted{}, &slatimerv1.ClockWarned{}, &slatimerv1.ClockMet{}, &slatimerv1.ClockBreached{},
				&slatimerv1.ClockStopped{}, &slatimerv1.ClockCancelled{}, &slatimerv1.ClockPaused{}, &slatimerv1.ClockResumed{},
				&slatimerv1.ClockReplaced{}, &slatimerv1.ClockEscalated{}, &slatimerv1.ClockExcused{}),
			"followup": append(names(&followupv1.VisitScheduled{}), lifecycle.Followup...),
		},
		Fold:      s.Fold,
		Together:  map[string][]string{"intake": {"routing", "slatimer"}, "routing": {"slatimer"}},
		BatchSize: batchSize,
		Rest:      events.AtLeisure,
	}
}

func names(messages ...proto.Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = string(proto.MessageName(m))
	}
	return list
}
