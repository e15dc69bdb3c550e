package cases

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// view is what the services say of a complaint at one moment. Each answer is asked for once, when something first needs it; what its
// methods return is in the author's words.
type view struct {
	*play
	complaint string // its id

	registered *intakev1.Complaint
	handling   *routingv1.Case
	clocks     []*slatimerv1.Clock
	visits     []*followupv1.Visit
	charges    []*routingv1.Charge
	timeline   []*reportingv1.TimelineEntry
}

// stamped is a time of the contract.
type stamped interface{ AsTime() time.Time }

// written returns a time of the contract as the author would write it.
func (v *view) written(t stamped) string {
	if at := t.AsTime(); at.Unix() != 0 {
		return written(at, v.c.pack.zone)
	}
	return nothing
}

func (v *view) intake(ctx context.Context) (*intakev1.Complaint, error) {
	if v.registered == nil {
		resp, err := v.api.intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{
			Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: v.complaint},
		}, v.viewer())
		if err != nil {
			return nil, fmt.Errorf("get complaint: %w", err)
		}
		v.registered = resp.GetComplaint()
	}
	return v.registered, nil
}

func (v *view) routing(ctx context.Context) (*routingv1.Case, error) {
	if v.handling == nil {
		resp, err := v.api.routing.GetCase(ctx, &routingv1.GetCaseRequest{ComplaintId: v.complaint}, v.viewer())
		if err != nil {
			return nil, fmt.Errorf("get case: %w", err)
		}
		v.handling = resp.GetCase()
	}
	return v.handling, nil
}

func (v *view) state(ctx context.Context) (string, error) {
	c, err := v.intake(ctx)
	return lower(c.GetState().String(), "COMPLAINT_STATE_"), err
}

func (v *view) number(ctx context.Context) (string, error) {
	c, err := v.intake(ctx)
	return c.GetNumber(), err
}

func (v *view) round(ctx context.Context) (string, error) {
	c, err := v.routing(ctx)
	return fmt.Sprint(c.GetRound()), err
}

func (v *view) value(ctx context.Context, target string) (string, error) {
	c, err := v.routing(ctx)
	return c.GetValues()[target], err
}

func (v *view) milestone(ctx context.Context, name string) (string, error) {
	c, err := v.routing(ctx)
	if err == nil && slices.Contains(c.GetMilestones(), name) {
		return "reached", nil
	}
	return "not reached", err
}

// openWork lists the posts of open work by step.
func (v *view) openWork(ctx context.Context) (string, error) {
	c, err := v.routing(ctx)
	return workWords(openPosts(c)), err
}

func openPosts(c *routingv1.Case) []string {
	var out []string
	for _, w := range c.GetWork() {
		if w.GetState() == routingv1.WorkState_WORK_STATE_OPEN {
			out = append(out, w.GetStep()+": "+w.GetPost())
		}
	}
	return out
}

// persons lists who has the open work of a step.
func (v *view) persons(ctx context.Context, step string) (string, error) {
	c, err := v.routing(ctx)
	var out []string
	for _, w := range c.GetWork() {
		if w.GetState() == routingv1.WorkState_WORK_STATE_OPEN && w.GetStep() == step {
			out = append(out, w.GetPerson())
		}
	}
	if len(out) == 0 {
		return "no open work", err
	}
	return strings.Join(out, ", "), err
}

// clocksOf returns the clocks of a policy, the newest last.
func (v *view) clocksOf(ctx context.Context, policy string) ([]*slatimerv1.Clock, error) {
	if v.clocks == nil {
		resp, err := v.api.slatimer.ListClocks(ctx, &slatimerv1.ListClocksRequest{ComplaintId: v.complaint, PageSize: maxPage}, v.viewer())
		if err != nil {
			return nil, fmt.Errorf("list clocks: %w", err)
		}
		v.clocks = resp.GetClocks()
	}
	var out []*slatimerv1.Clock
	for _, c := range v.clocks {
		if c.GetPolicy() == policy {
			out = append(out, c)
		}
	}
	// Ids are in the order of starting; start times need not be: what is told late may have happened early.
	slices.SortFunc(out, func(a, b *slatimerv1.Clock) int { return strings.Compare(a.GetClockId(), b.GetClockId()) })
	return out, nil
}

// clock returns the newest clock of a policy, or nil.
func (v *view) clock(ctx context.Context, policy string) (*slatimerv1.Clock, error) {
	all, err := v.clocksOf(ctx, policy)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[len(all)-1], nil
}

// anyClock tells of a policy's newest clock, or that there is none.
func (v *view) anyClock(ctx context.Context, policy string) (string, error) {
	c, err := v.clock(ctx, policy)
	if err != nil || c == nil {
		return nothing, err
	}
	return fmt.Sprintf("%s, due %s", lower(c.GetState().String(), "CLOCK_STATE_"), v.written(c.GetDueTime())), nil
}

// explanation returns the account of a policy's newest clock in both languages.
func (v *view) explanation(ctx context.Context, policy string) (string, error) {
	c, err := v.clock(ctx, policy)
	if err != nil || c == nil {
		return "the clock has not started", err
	}
	resp, err := v.api.slatimer.ExplainClock(ctx, &slatimerv1.ExplainClockRequest{ComplaintId: v.complaint, ClockId: c.GetClockId()}, v.viewer())
	e := resp.GetExplanation()
	return strings.Join(append(e.GetSentencesZh(), e.GetSentencesEn()...), "\n"), err
}

// allVisits returns the visits in every state, earliest due first.
func (v *view) allVisits(ctx context.Context) ([]*followupv1.Visit, error) {
	if v.visits == nil {
		for state := range followupv1.VisitState_name {
			if state == int32(followupv1.VisitState_VISIT_STATE_UNSPECIFIED) {
				continue
			}
			resp, err := v.api.followup.ListVisits(ctx, &followupv1.ListVisitsRequest{
				ComplaintId: v.complaint, State: followupv1.VisitState(state), PageSize: maxPage,
			}, v.viewer())
			if err != nil {
				return nil, fmt.Errorf("list visits: %w", err)
			}
			v.visits = append(v.visits, resp.GetVisits()...)
		}
		slices.SortFunc(v.visits, func(a, b *followupv1.Visit) int { return strings.Compare(a.GetVisitId(), b.GetVisitId()) })
	}
	return v.visits, nil
}

// visit returns the newest visit of a plan, or nil.
func (v *view) visit(ctx context.Context, plan string) (*followupv1.Visit, error) {
	all, err := v.allVisits(ctx)
	for _, f := range slices.Backward(all) {
		if f.GetPlan() == plan {
			return f, nil
		}
	}
	return nil, err
}

// story returns the complaint's timeline.
func (v *view) story(ctx context.Context) ([]*reportingv1.TimelineEntry, error) {
	if v.timeline == nil {
		resp, err := v.api.reporting.GetTimeline(ctx, &reportingv1.GetTimelineRequest{ComplaintId: v.complaint}, v.viewer())
		if err != nil {
			return nil, fmt.Errorf("get timeline: %w", err)
		}
		v.timeline = resp.GetEntries()
	}
	return v.timeline, nil
}

// noticeIssued is how a timeline names a notice.
const noticeIssued = "redress.routing.v1.NoticeIssued"

// told lists the posts that have been told about something.
func (v *view) told(ctx context.Context, about string) (string, error) {
	story, err := v.story(ctx)
	var posts []string
	for _, e := range story {
		if e.GetType() == noticeIssued && e.GetSubject() == about {
			posts = append(posts, strings.Split(e.GetDetail(), ", ")...)
		}
	}
	if len(posts) == 0 {
		return nothing, err
	}
	return strings.Join(sorted(posts), ", "), err
}

// allNotices lists what posts have been told about.
func (v *view) allNotices(ctx context.Context) (string, error) {
	story, err := v.story(ctx)
	var out []string
	for _, e := range story {
		if e.GetType() == noticeIssued {
			out = append(out, e.GetSubject()+": "+e.GetDetail())
		}
	}
	if len(out) == 0 {
		return nothing, err
	}
	return strings.Join(out, "; "), err
}

// metric returns a figure over all complaints of the case, or over those of one group.
func (v *view) metric(ctx context.Context, key, by, group string) (*reportingv1.MetricValue, error) {
	req := &reportingv1.QueryMetricsRequest{Procedure: v.c.pack.compiled.Code, Metrics: []string{key}}
	if by != "" {
		req.GroupBy = []string{by}
	}
	resp, err := v.api.reporting.QueryMetrics(ctx, req, v.viewer())
	if err != nil {
		return nil, fmt.Errorf("query metrics: %w", err)
	}
	for _, row := range resp.GetRows() {
		if by == "" || row.GetGroup()[0] == group {
			return row.GetValues()[0], nil
		}
	}
	return &reportingv1.MetricValue{}, nil // no complaint yet, or none in the group
}

// figureWords returns a figure as the procedure shows it: "6", "5/6 = 83 %", "0/0" for a rate of no case.
func figureWords(v *reportingv1.MetricValue) string {
	switch {
	case !v.GetRate():
		return strconv.FormatInt(v.GetNumerator(), 10)
	case v.GetPerCent() == "":
		return "0/0"
	}
	return fmt.Sprintf("%d/%d = %s %%", v.GetNumerator(), v.GetDenominator(), v.GetPerCent())
}

// figureIs returns a figure in words and whether it is the wanted one: parts for parts, else the quotient to as many decimals as want has.
func figureIs(sum *reportingv1.MetricValue, rate bool, want string) (found string, ok bool) {
	if !rate {
		found = strconv.FormatInt(sum.GetNumerator(), 10)
		return found, found == want
	}
	parts := fmt.Sprintf("%d/%d", sum.GetNumerator(), sum.GetDenominator())
	if fraction.MatchString(want) || sum.GetDenominator() == 0 {
		return parts, parts == want
	}
	wanted, _ := strconv.ParseFloat(want, 64) // read when the file was
	_, decimals, _ := strings.Cut(want, ".")
	quotient := float64(sum.GetNumerator()) / float64(sum.GetDenominator())
	return fmt.Sprintf("%s (%.4f)", parts, quotient), math.Abs(quotient-wanted) <= math.Pow10(-len(decimals))/2
}
