package cases

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/editions"
	"redress.dev/services/standalone"
)

const (
	// ahead is how long before the first entry of all the packs are published and the posts filled: what is told late happened before.
	ahead = 365 * 24 * time.Hour
	// settleTimeout bounds the wait for the services after each round.
	settleTimeout = 3 * time.Minute
	// callTimeout gives every call a deadline.
	callTimeout = `{"methodConfig": [{"name": [{}], "timeout": "120s"}]}`
	// manyMoments are worth a word on the way.
	manyMoments = 50
	// together is how many calls are made at once.
	together = 16
)

// apis are clients of the services; each call says who makes it.
type apis struct {
	intake    intakev1.IntakeServiceClient
	owner     grpc.ClientConnInterface // of the procedures and the evidence
	routing   routingv1.RoutingServiceClient
	directory routingv1.DirectoryServiceClient
	absences  routingv1.AbsenceServiceClient
	charges   routingv1.ChargeServiceClient
	slatimer  slatimerv1.SlatimerServiceClient
	followup  followupv1.FollowupServiceClient
	reporting reportingv1.ReportingServiceClient
	scores    reportingv1.ScorecardServiceClient
	reports   reportingv1.ReportServiceClient
}

// run is many cases played on one suite.
type run struct {
	Options
	suite *standalone.Suite
	clock *clock.Manual
	plays []*play
}

// Options say how cases are run.
type Options struct {
	// Dir is a folder for the suite's data, which any user may pass: Postgres may run as another.
	Dir string
	// Log takes what is told of the progress.
	Log func(format string, args ...any)
	// FailFast ends the run when a case has failed.
	FailFast bool
}

// Run plays cases on a suite of its own, all in one timeline, and returns what came of each, in their order. It fails when the suite
// does; a case that fails is no error.
func Run(ctx context.Context, opts Options, all []*Case) (_ []Result, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	first := all[0].story[0].at
	for _, c := range all {
		if at := c.story[0].at; at.Before(first) {
			first = at
		}
	}
	r := &run{clock: clock.NewManual(first.Add(-ahead)), Options: opts}
	begin := clock.System{}.Now()
	if r.suite, err = standalone.Start(ctx, standalone.Options{Dir: opts.Dir, Clock: r.clock}); err != nil {
		return nil, err
	}
	defer func() {
		if stopped := r.suite.Stop(); err == nil {
			err = stopped
		}
	}()
	api, closeAll, err := dial(r.suite)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	for _, c := range all {
		r.plays = append(r.plays, newPlay(r, api, c))
	}
	r.Log("the services run after %v", since(begin))
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	r.Log("%d cases are prepared after %v", len(all), since(begin))
	if err := r.tell(ctx); err != nil {
		return nil, err
	}
	r.Log("the stories are told after %v", since(begin))
	results := make([]Result, len(all))
	for i, p := range r.plays {
		slices.SortStableFunc(p.result.Failures, func(a, b Failure) int { return a.Line - b.Line })
		p.result.Unfinished = !p.over && p.next < len(p.c.story)
		results[i] = p.result
	}
	return results, nil
}

func since(begin time.Time) time.Duration {
	return clock.System{}.Now().Sub(begin).Round(10 * time.Millisecond)
}

func newPlay(r *run, api *apis, c *Case) *play {
	p := &play{
		run: r, c: c, api: api, tenant: "case-" + uuid.NewString(),
		complaints: map[string]string{}, alone: map[string]string{}, seats: map[string]string{}, tokens: map[string]auth.Token{},
		result: Result{Pack: c.pack.Name(), File: c.pack.casesFile(), Case: c.ID, Line: c.Line},
	}
	for _, s := range c.pack.seats {
		p.seats[s.Post] = s.Person
	}
	return p
}

func dial(suite *standalone.Suite) (*apis, func(), error) {
	conns := map[string]*grpc.ClientConn{}
	closeAll := func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	for _, name := range standalone.Names() {
		conn, err := grpc.NewClient(suite.Address(name), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(callTimeout))
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("connect to %s: %w", name, err)
		}
		conns[name] = conn
	}
	return &apis{
		intakev1.NewIntakeServiceClient(conns["intake"]), conns["intake"],
		routingv1.NewRoutingServiceClient(conns["routing"]), routingv1.NewDirectoryServiceClient(conns["routing"]),
		routingv1.NewAbsenceServiceClient(conns["routing"]), routingv1.NewChargeServiceClient(conns["routing"]),
		slatimerv1.NewSlatimerServiceClient(conns["slatimer"]), followupv1.NewFollowupServiceClient(conns["followup"]),
		reportingv1.NewReportingServiceClient(conns["reporting"]), reportingv1.NewScorecardServiceClient(conns["reporting"]),
		reportingv1.NewReportServiceClient(conns["reporting"]),
	}, closeAll, nil
}

// prepare publishes each case's pack in its tenant, by two people, and puts people in its posts.
func (r *run) prepare(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for _, p := range r.plays {
		g.Go(func() error {
			author := editions.As(p.api.owner, p.as("author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR))
			approver := editions.As(p.api.owner, p.as("approver", optionsv1.Role_ROLE_SUPERVISOR))
			if _, err := editions.Publish(gctx, author, approver, p.c.pack.source); err != nil {
				return fmt.Errorf("publish %s: %w", p.c.pack.Name(), err)
			}
			req := &routingv1.AssignDutiesRequest{RequestId: requestID(), Procedure: p.c.pack.compiled.Code}
			for _, s := range p.c.pack.seats {
				req.Seats = append(req.Seats, &routingv1.Seat{Post: s.Post, Person: s.Person})
			}
			if _, err := p.api.directory.AssignDuties(gctx, req, p.viewer()); err != nil {
				return fmt.Errorf("fill the posts of %s: %w", p.c.pack.Name(), err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return r.settle(ctx)
}

func (r *run) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	return r.suite.Settle(ctx)
}
