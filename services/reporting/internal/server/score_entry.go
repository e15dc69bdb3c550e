package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// card returns a scorecard of the newest edition of a procedure, with all editions.
func (s *Server) card(ctx context.Context, code, key string) (*procedure.Scorecard, []*procedure.Procedure, error) {
	editions, err := s.editions(ctx, auth.From(ctx).Tenant, code)
	if err != nil {
		return nil, nil, err
	}
	card, err := domain.FindCard(editions[0], key)
	return card, editions, err
}

// knownSubject fails with SUBJECT_UNKNOWN unless the scorecard appraises the subject in a month: a person who sat then in one of its
// posts, one of its posts, or a code.
func (s *Server) knownSubject(ctx context.Context, p *procedure.Procedure, card *procedure.Scorecard, subject string, month domain.Span) error {
	known := domain.Appraises(p, card, subject)
	if card.Subject == procedure.ScoresPerson {
		var err error
		d := store.Duty{Tenant: auth.From(ctx).Tenant, Procedure: p.Code, Person: subject}
		if known, err = store.Holds(ctx, s.cfg.Pool, d, card.Posts, month.From, month.To); err != nil {
			return err
		}
	}
	if !known {
		return fault.New(fault.Invalid, domain.ReasonSubjectUnknown, "the scorecard %s does not appraise %q in that month", card.Key, subject).At("subject")
	}
	return nil
}

// scoreEntryProto returns an entry as the contract shows it.
func scoreEntryProto(card *procedure.Scorecard, e domain.ScoreEntry) *reportingv1.ScoreEntry {
	out := &reportingv1.ScoreEntry{
		EntryId: e.ID, Card: e.Card, Row: e.Row, Subject: e.Subject, Month: e.Month, Amount: e.Amount.String(), Reason: e.Reason,
		AgreedPosts: e.Posts, Person: e.Person, RecordTime: timestamppb.New(e.RecordTime), WithdrawTime: stampOf(e.WithdrawTime),
	}
	if row, _, ok := card.Row(e.Row); ok {
		out.OpenPosts = domain.Open(row, e)
	}
	return out
}

// stampOf returns nil for the zero time.
func stampOf(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
