package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/services/followup"
	"redress.dev/services/routing"
)

const (
	// callsInFlight is how many of the staff's calls run at once.
	callsInFlight = 32
	pageSize      = 200
)

// staff handles what is open, through the public APIs, as the script plans it.
type staff struct {
	book    playbook
	callers *callers
	digest  string            // of the file: makes the request ids the same at every run
	posts   map[string]string // person by post
	cases   *cases
	routing routingv1.RoutingServiceClient // of the system that looks what is open
	visits  followupv1.FollowupServiceClient
	intake  intakev1.IntakeServiceClient
}

// round does everything that is open and planned by until, once, and returns how much that was.
func (s *staff) round(ctx context.Context, until time.Time) (int, error) {
	var todo []func(context.Context) error
	for _, collect := range []func(context.Context, time.Time) ([]func(context.Context) error, error){s.work, s.visit} {
		more, err := collect(ctx, until)
		if err != nil {
			return 0, err
		}
		todo = append(todo, more...)
	}
	return len(todo), s.do(ctx, todo)
}

// do makes calls, several at once, and returns the first error.
func (s *staff) do(ctx context.Context, calls []func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(callsInFlight)
	for _, call := range calls {
		g.Go(func() error { return call(ctx) })
	}
	return g.Wait()
}

// work returns the calls that complete what is open and planned by until.
func (s *staff) work(ctx context.Context, until time.Time) ([]func(context.Context) error, error) {
	var calls []func(context.Context) error
	for token, more := "", true; more; more = token != "" {
		resp, err := s.routing.ListWork(ctx, &routingv1.ListWorkRequest{Procedure: s.book.Procedure, PageSize: pageSize, PageToken: token})
		if err != nil {
			return nil, fmt.Errorf("list work: %w", err)
		}
		token = resp.GetNextPageToken()
		for _, w := range resp.GetWork() {
			a, ok, err := s.cases.planned(ctx, w.GetComplaintId(), w.GetStep(), w.GetRound())
			if err != nil {
				return nil, err
			}
			if ok && !a.Time.After(until) {
				calls = append(calls, func(ctx context.Context) error { return s.complete(ctx, w, a) })
			}
		}
	}
	return calls, nil
}

func (s *staff) complete(ctx context.Context, w *routingv1.Work, a act) error {
	if w.GetPerson() == "" {
		return fmt.Errorf("nobody sits in the post %s: see redressctl duties", w.GetPost())
	}
	conn, err := s.callers.dial(routing.Name, w.GetPerson(), optionsv1.Role_ROLE_HANDLER)
	if err != nil {
		return err
	}
	_, err = routingv1.NewRoutingServiceClient(conn).CompleteWork(ctx, &routingv1.CompleteWorkRequest{
		RequestId: s.requestID(w.GetWorkId()), WorkId: w.GetWorkId(), OccurTime: timestamppb.New(a.Time),
		Fields: map[string]*typev1.Value{s.book.Response.Field: {Kind: &typev1.Value_Code{Code: a.Code}}},
	})
	if err != nil {
		return fmt.Errorf("complete %s of complaint %s: %w", w.GetStep(), w.GetNumber(), err)
	}
	return nil
}

// visit returns the calls that record the visits which are due and planned by until.
func (s *staff) visit(ctx context.Context, until time.Time) ([]func(context.Context) error, error) {
	var calls []func(context.Context) error
	for token, more := "", true; more; more = token != "" {
		resp, err := s.visits.ListVisits(ctx, &followupv1.ListVisitsRequest{Procedure: s.book.Procedure, PageSize: pageSize, PageToken: token})
		if err != nil {
			return nil, fmt.Errorf("list visits: %w", err)
		}
		token = resp.GetNextPageToken()
		for _, v := range resp.GetVisits() {
			a, ok, err := s.cases.planned(ctx, v.GetComplaintId(), v.GetPlan(), v.GetRound())
			if err != nil {
				return nil, err
			}
			if ok && !a.Time.After(until) {
				calls = append(calls, func(ctx context.Context) error { return s.record(ctx, v, a) })
			}
		}
	}
	return calls, nil
}

func (s *staff) record(ctx context.Context, v *followupv1.Visit, a act) error {
	person := s.posts[v.GetPost()]
	if person == "" {
		return fmt.Errorf("nobody sits in the post %s: see redressctl duties", v.GetPost())
	}
	conn, err := s.callers.dial(followup.Name, person, optionsv1.Role_ROLE_AGENT)
	if err != nil {
		return err
	}
	_, err = followupv1.NewFollowupServiceClient(conn).RecordVisit(ctx, &followupv1.RecordVisitRequest{
		RequestId: s.requestID(v.GetVisitId()), VisitId: v.GetVisitId(), Outcome: a.Outcome, OccurTime: timestamppb.New(a.Time),
	})
	if err != nil {
		return fmt.Errorf("record visit of complaint %s: %w", v.GetNumber(), err)
	}
	return nil
}

// withdraw records that the consumer has withdrawn.
func (s *staff) withdraw(ctx context.Context, r Record, a act) error {
	id, err := s.cases.complaintID(ctx, r)
	if err != nil {
		return err
	}
	_, err = s.intake.WithdrawComplaint(ctx, &intakev1.WithdrawComplaintRequest{
		RequestId: s.requestID(id), ComplaintId: id, OccurTime: timestamppb.New(a.Time),
	})
	if err != nil {
		return fmt.Errorf("withdraw complaint %s: %w", r.ID, err)
	}
	return nil
}

// requestID names the one call that is made about a thing, so that a replay which was broken off cannot make it twice.
func (s *staff) requestID(thing string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("redress-demo/"+s.digest+"/"+thing)).String()
}
