package server

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/calendar"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// ExplainClock implements the RPC; its contract is in the .proto file.
func (s *Server) ExplainClock(ctx context.Context, req *slatimerv1.ExplainClockRequest) (*slatimerv1.ExplainClockResponse, error) {
	key := domain.Key{Tenant: auth.From(ctx).Tenant, ComplaintID: req.GetComplaintId()}
	c, facts, found, err := store.GetClock(ctx, s.cfg.Pool, key, req.GetClockId())
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, domain.ClockNotFound(req.GetClockId())
	}
	p, err := s.cfg.Editions.Get(ctx, c.Edition)
	if err != nil {
		return nil, err
	}
	if p, err = s.named(ctx, p, key.Tenant, c.Holidays); err != nil {
		return nil, err
	}
	e, err := domain.Explain(c, p, facts)
	if err != nil {
		return nil, err
	}
	return &slatimerv1.ExplainClockResponse{Explanation: explanationProto(key, e)}, nil
}

// explanationProto returns e as callers see it.
func explanationProto(key domain.Key, e domain.Explanation) *slatimerv1.Explanation {
	c, source := e.Clock, e.Policy.Source
	out := &slatimerv1.Explanation{
		Clock: clockProto(key, c), Name: source.GetName(), Clauses: e.Policy.Clauses, Procedure: e.Procedure.Code,
		EditionName: e.Procedure.Edition, Calendar: e.Policy.Calendar, Zone: e.Policy.Days().Location().String(), Holidays: c.Holidays,
		TriggerTime: timestamppb.New(c.TriggerTime), CountTime: timestamppb.New(c.CountTime), ReceiptRule: slatimerv1.ReceiptRule(e.Receipt),
		Limit: source.GetLimit(), LimitWhen: e.When, CountedDuration: durationpb.New(e.Counted), CountedDayCount: int32(e.CountedDays),
		Verified: e.Verified,
	}
	if n := c.LimitCase; n > 0 && n <= len(source.GetCases()) {
		out.Limit = source.GetCases()[n-1].GetLimit()
	}
	for _, span := range e.Spans {
		out.Intervals = append(out.Intervals, &slatimerv1.Interval{
			StartTime: timestamppb.New(span.From), EndTime: timestamppb.New(span.To), Kind: intervalKind(span.Kind), Name: span.Name,
		})
	}
	for _, r := range c.Revisions {
		out.Revisions = append(out.Revisions, &slatimerv1.Revision{
			Kind: revisionKinds[r.Kind], OccurTime: timestamppb.New(r.Time), EventId: r.EventID, Actor: r.Actor, Reason: r.Reason,
			PreviousDueTime: timestamppb.New(r.DueBefore), DueTime: timestamppb.New(r.DueAfter),
			PreviousEdition: r.EditionBefore, PreviousHolidays: r.HolidaysBefore,
		})
	}
	for _, m := range c.Moments() {
		out.Moments = append(out.Moments, &slatimerv1.Moment{
			Time: timestamppb.New(m.Time), Escalation: m.Escalation, Index: int32(m.Index), Reached: m.Reached,
		})
	}
	out.SentencesZh, out.SentencesEn = e.Sentences()
	return out
}

func intervalKind(k calendar.SpanKind) slatimerv1.IntervalKind {
	switch k {
	case calendar.Counted:
		return slatimerv1.IntervalKind_INTERVAL_KIND_COUNTED
	case calendar.Paused:
		return slatimerv1.IntervalKind_INTERVAL_KIND_PAUSED
	case calendar.Holiday:
		return slatimerv1.IntervalKind_INTERVAL_KIND_HOLIDAY
	case calendar.ExtraDay:
		return slatimerv1.IntervalKind_INTERVAL_KIND_EXTRA_DAY
	}
	return slatimerv1.IntervalKind_INTERVAL_KIND_UNSPECIFIED
}

// revisionKinds are the contract's names of the domain's kinds.
var revisionKinds = map[domain.RevisionKind]slatimerv1.RevisionKind{
	domain.RevisionPaused:     slatimerv1.RevisionKind_REVISION_KIND_PAUSED,
	domain.RevisionResumed:    slatimerv1.RevisionKind_REVISION_KIND_RESUMED,
	domain.RevisionAgreed:     slatimerv1.RevisionKind_REVISION_KIND_AGREED,
	domain.RevisionReclassed:  slatimerv1.RevisionKind_REVISION_KIND_RECLASSED,
	domain.RevisionExcused:    slatimerv1.RevisionKind_REVISION_KIND_EXCUSED,
	domain.RevisionMigrated:   slatimerv1.RevisionKind_REVISION_KIND_MIGRATED,
	domain.RevisionRecomputed: slatimerv1.RevisionKind_REVISION_KIND_RECOMPUTED,
}
