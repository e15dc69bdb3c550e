package cases

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
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
	"redress.dev/services/standalone"
)

const (
	// ahead is how long before the first entry of all the packs are published.
	ahead = time.Hour
	// settleTimeout bounds the wait for the services after each round.
	settleTimeout = time.Minute
	// callTimeout gives every call a deadline.
	callTimeout = `{"methodConfig": [{"name": [{}], "timeout": "30s"}]}`
	// manyMoments are worth a word on the way.
	manyMoments = 50
	// together is how many calls are made at once.
	together = 16
)

// Result is what came of one case.
type Result struct {
	// Pack is "home-furnishing/2015", File its cases.yaml.
	Pack     string    `json:"pack"`
	File     string    `json:"file"`
	Case     string    `json:"case"`
	Line     int       `json:"line"`
	Failures []Failure `json:"failures,omitempty"`
	// Unfinished: the run ended before the story did.
	Unfinished bool `json:"unfinished,omitempty"`
	// Timelines tell of a failed case what happened to its complaints.
	Timelines []Timeline `json:"timelines,omitempty"`
}

// Passed reports whether everything was found as expected so far.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// Timeline is what happened to one complaint, a line each, in the zone of the procedure's numbering.
type Timeline struct {
	Complaint string   `json:"complaint"`
	Entries   []string `json:"entries"`
}

// apis are clients of the services; each call says who makes it.
type apis struct {
	intake     intakev1.IntakeServiceClient
	procedures intakev1.ProcedureServiceClient
	routing    routingv1.RoutingServiceClient
	directory  routingv1.DirectoryServiceClient
	slatimer   slatimerv1.SlatimerServiceClient
	followup   followupv1.FollowupServiceClient
	reporting  reportingv1.ReportingServiceClient
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
		complaints: map[string]string{}, seats: map[string]string{}, tokens: map[string]auth.Token{},
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
		intakev1.NewIntakeServiceClient(conns["intake"]), intakev1.NewProcedureServiceClient(conns["intake"]),
		routingv1.NewRoutingServiceClient(conns["routing"]), routingv1.NewDirectoryServiceClient(conns["routing"]),
		slatimerv1.NewSlatimerServiceClient(conns["slatimer"]), followupv1.NewFollowupServiceClient(conns["followup"]),
		reportingv1.NewReportingServiceClient(conns["reporting"]),
	}, closeAll, nil
}

// prepare publishes each case's pack in its tenant and puts people in its posts.
func (r *run) prepare(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for _, p := range r.plays {
		g.Go(func() error {
			author := p.as("author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
			_, err := p.api.procedures.PublishProcedure(gctx, &intakev1.PublishProcedureRequest{RequestId: requestID(), Procedure: p.c.pack.source}, author)
			if err != nil {
				return fmt.Errorf("publish %s: %w", p.c.pack.Name(), err)
			}
			for _, s := range p.c.pack.seats {
				if err := (duty{s.Post, s.Person}).do(gctx, p, ""); err != nil {
					return fmt.Errorf("put %s in the post %s of %s: %w", s.Person, s.Post, p.c.pack.Name(), err)
				}
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

// tell plays all stories in one timeline. At each instant all timers that are due fire; then, in rounds, every case that has an entry
// then does its act, the services settle, and every case looks.
func (r *run) tell(ctx context.Context) error {
	instants := r.instants()
	for i, at := range instants {
		if len(instants) >= manyMoments && i > 0 && i%(len(instants)/5) == 0 {
			r.Log("%d of %d moments are told: %s", i, len(instants), at.Format(time.DateOnly))
		}
		r.clock.Set(at)
		if err := r.settle(ctx); err != nil {
			return err
		}
		for now := r.due(at); len(now) > 0; now = r.due(at) {
			if err := r.round(ctx, now); err != nil {
				return err
			}
			if r.FailFast && slices.ContainsFunc(now, func(p *play) bool { return !p.result.Passed() }) {
				return r.parked(ctx)
			}
		}
	}
	return r.parked(ctx)
}

// due returns the cases that have an entry at an instant.
func (r *run) due(at time.Time) []*play {
	var now []*play
	for _, p := range r.plays {
		if p.due(at) {
			now = append(now, p)
		}
	}
	return now
}

// round plays the next entry of some cases.
func (r *run) round(ctx context.Context, now []*play) error {
	if slices.ContainsFunc(now, func(p *play) bool { return p.c.story[p.next].act != nil }) {
		r.each(now, func(p *play) { p.act(ctx) })
		if err := r.settle(ctx); err != nil {
			return err
		}
	}
	r.each(now, func(p *play) { p.look(ctx); p.end(ctx) })
	return ctx.Err()
}

// instants returns the times of all entries, each once, in order.
func (r *run) instants() []time.Time {
	var out []time.Time
	for _, p := range r.plays {
		for _, e := range p.c.story {
			out = append(out, e.at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// each does something for some cases at once. Failures are the cases' own.
func (r *run) each(plays []*play, do func(p *play)) {
	var g errgroup.Group
	g.SetLimit(together)
	for _, p := range plays {
		g.Go(func() error { do(p); return nil })
	}
	_ = g.Wait() // do returns nothing
}

// end keeps what happened to the complaints of a case that has failed, when its story is over.
func (p *play) end(ctx context.Context) {
	if p.next < len(p.c.story) && !p.over || p.result.Passed() {
		return
	}
	names := make([]string, 0, len(p.complaints))
	for name := range p.complaints {
		names = append(names, name)
	}
	for _, name := range sorted(names) {
		v := &view{play: p, complaint: p.complaints[name]}
		story, err := v.story(ctx)
		t := Timeline{Complaint: name}
		if err != nil {
			t.Entries = []string{errorWords(err)}
		}
		for _, e := range story {
			kind := e.GetType()[strings.LastIndex(e.GetType(), ".")+1:]
			line := fmt.Sprintf("%-19s  %s  %s  %s", v.written(e.GetOccurTime()), kind, e.GetSubject(), e.GetDetail())
			t.Entries = append(t.Entries, strings.TrimRight(utc.ReplaceAllStringFunc(line, v.local), " "))
		}
		p.result.Timelines = append(p.result.Timelines, t)
	}
}

// utc is how a timeline's details give times.
var utc = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// local turns a time of a timeline's detail into one as the author would write it.
func (v *view) local(s string) string {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return written(at, v.c.pack.zone)
}

// parked fails the cases some of whose events a service could not apply: such a complaint stands still.
func (r *run) parked(ctx context.Context) error {
	events, err := r.suite.ParkedEvents(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		for _, p := range r.plays {
			if p.tenant == e.Tenant && !strings.HasPrefix(e.Error, "behind ") {
				last := p.c.story[len(p.c.story)-1]
				p.result.Failures = append(p.result.Failures, Failure{p.c.Line, written(last.at, p.c.pack.zone), "what " + e.Service + " does with " + e.Type, "it is applied", e.Error})
			}
		}
	}
	return nil
}
