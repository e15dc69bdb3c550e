package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// happeningOf reads an event: what it means to the complaint's procedure, and the timeline's words for it. It fails for an event
// that is not about a complaint, or that does not decode.
func happeningOf(e events.Event) (domain.Happening, error) {
	m, err := e.Message()
	if err != nil {
		return domain.Happening{}, err
	}
	h := domain.Happening{
		Type: e.Type,
		// What the procedure does not look at has a round at most.
		Happening: procedure.Happening{
			EventID: e.ID, Tenant: e.Tenant, ComplaintID: e.AggregateID, Actor: e.Actor, OccurTime: e.OccurTime, RecordTime: e.RecordTime,
			Round: roundOf(m),
		},
	}
	switch m := m.(type) {
	case *intakev1.PersonalDataRevealed, *intakev1.SubjectErased: // the actor says it all
	case *intakev1.ComplaintLinked:
		h.Subject, h.Detail = word(m.GetKind().String(), "LINK_KIND_"), fmt.Sprintf("%d complaints", len(m.GetComplaints()))
	case *intakev1.EvidenceAttached:
		h.Subject, h.Detail = m.GetKind(), fmt.Sprintf("%s, %d bytes", m.GetMediaType(), m.GetSizeBytes())
	case *intakev1.EvidenceRemoved: // why stands in its record of custody
		h.Subject = m.GetKind()
	case *routingv1.NoticeIssued:
		h.Subject, h.Detail = m.GetAbout(), strings.Join(m.GetPosts(), ", ")
	case *followupv1.VisitScheduled:
		h.Subject, h.Detail = m.GetPlan(), m.GetPost()
	case *slatimerv1.ClockStarted:
		h.Clock = clock(m, domain.ClockStarted)
		h.Subject, h.Detail = m.GetPolicy(), dueWords(m)
	case *slatimerv1.ClockWarned:
		h.Subject, h.Detail = m.GetPolicy(), fmt.Sprintf("warning %d", m.GetWarning()+1)
	case *slatimerv1.ClockPaused:
		h.Subject = m.GetPolicy()
	case *slatimerv1.ClockResumed:
		h.Subject, h.Detail = m.GetPolicy(), "due "+m.GetDueTime().AsTime().Format(time.RFC3339)
	case *slatimerv1.ClockReplaced:
		h.Subject = m.GetPolicy()
		h.Detail = fmt.Sprintf("%s: due %s instead of %s", word(m.GetCause().String(), "REPLACE_CAUSE_"),
			m.GetDueTime().AsTime().Format(time.RFC3339), m.GetPreviousDueTime().AsTime().Format(time.RFC3339))
	case *slatimerv1.ClockEscalated:
		h.Subject, h.Detail = m.GetPolicy(), fmt.Sprintf("level %d", m.GetLevel()+1)
	case *slatimerv1.ClockExcused:
		h.Clock, h.Subject = clock(m, domain.ClockExcused), m.GetPolicy()
		h.Detail = "excused " + m.GetExcuseTime().AsTime().Format(time.RFC3339)
	case *slatimerv1.ClockMet:
		h.Clock, h.Subject = clock(m, domain.ClockMet), m.GetPolicy()
	case *slatimerv1.ClockBreached:
		h.Clock, h.Subject = clock(m, domain.ClockBreached), m.GetPolicy()
	case *slatimerv1.ClockStopped:
		h.Clock = clock(m, domain.ClockStopped)
		h.Subject, h.Detail = m.GetPolicy(), m.GetLateDuration().AsDuration().String()+" late"
	case *slatimerv1.ClockCancelled:
		h.Clock, h.Subject = clock(m, domain.ClockCancelled), m.GetPolicy()
	case *routingv1.ChargeProposed, *routingv1.ChargeSigned, *routingv1.ChargeVoided: // its words are the edition's; see Fold
		h.Charge = chargeOf(m)
		h.Subject = h.Charge.Key
	default: // what procedures look at; an event of no complaint fails there
		h.Subject, h.Detail = words(m)
		h.Happening, err = lifecycle.Of(e)
		h.Done = done(m, e.Actor)
	}
	return h, err
}

// done returns what a person did for the complaint, nil for other events and other actors.
func done(m proto.Message, actor string) *domain.Work {
	person, is := strings.CutPrefix(actor, "person:")
	switch m := m.(type) {
	case *routingv1.WorkCompleted:
		if is {
			return &domain.Work{Key: m.GetStep(), Post: m.GetPost(), Person: person}
		}
	case *followupv1.VisitRecorded:
		if is {
			return &domain.Work{Key: m.GetPlan(), Person: person}
		}
	}
	return nil
}

// words returns subject and detail of an event that the procedure looks at.
func words(m proto.Message) (subject, detail string) {
	switch m := m.(type) {
	case *intakev1.ComplaintRegistered:
		return m.GetFlow(), m.GetNumber() + ", " + m.GetChannel()
	case *intakev1.ComplaintAmended:
		return m.GetReason(), strings.Join(m.GetPaths(), ", ")
	case *intakev1.ContactRecorded:
		direction := "inbound"
		if m.GetOutbound() {
			direction = "outbound"
		}
		return m.GetPurpose(), list(direction+" "+m.GetMedium(), m.GetContent())
	case *routingv1.ComplaintClassified:
		pairs := make([]string, 0, len(m.GetValues()))
		for _, target := range slices.Sorted(maps.Keys(m.GetValues())) {
			pairs = append(pairs, target+"="+m.GetValues()[target])
		}
		return "", strings.Join(pairs, ", ")
	case *routingv1.ComplaintMigrated:
		return m.GetToEdition().GetEdition(), "from " + m.GetFromEdition().GetEdition() + ", " + m.GetReason()
	case *routingv1.WorkOpened:
		if m.GetPerson() == "" {
			return m.GetStep(), m.GetPost()
		}
		return m.GetStep(), m.GetPost() + " (" + m.GetPerson() + ")"
	case *routingv1.WorkCompleted:
		if m.GetOutcome() == "" {
			return m.GetStep(), list(m.GetPost(), m.GetContent())
		}
		return m.GetStep(), list(m.GetPost()+": "+m.GetOutcome(), m.GetContent())
	case *routingv1.WorkCancelled:
		return m.GetStep(), ""
	case *routingv1.MilestoneReached:
		return m.GetMilestone(), m.GetStep()
	case *followupv1.VisitRecorded:
		outcome := word(m.GetOutcome().String(), "VISIT_OUTCOME_")
		if m.GetOutcome() == followupv1.VisitOutcome_VISIT_OUTCOME_UNREACHED {
			outcome += fmt.Sprintf(", attempt %d", m.GetAttemptCount())
		}
		if !m.GetFinal() {
			outcome += ", to be tried again"
		}
		return m.GetPlan(), outcome
	case *followupv1.ComplaintClosed:
		return "", word(m.GetReason().String(), "CLOSE_REASON_")
	case *followupv1.ActionOpened:
		return m.GetAction(), m.GetNumber()
	case *followupv1.ActionClosed:
		return m.GetAction(), ""
	case *followupv1.ActionCancelled:
		return m.GetAction(), m.GetReason()
	case *followupv1.ComplaintActionOpened:
		return m.GetAction(), m.GetNumber()
	case *followupv1.ComplaintActionEnded:
		if m.GetCancelled() {
			return m.GetAction(), m.GetNumber() + ", cancelled"
		}
		return m.GetAction(), m.GetNumber()
	case *followupv1.ComplaintReopened:
		return "", fmt.Sprintf("round %d", m.GetRound())
	}
	return "", ""
}

// dueWords says when a clock is due, and of what sort it is.
func dueWords(m *slatimerv1.ClockStarted) string {
	words := "due " + m.GetDueTime().AsTime().Format(time.RFC3339)
	for _, sort := range []struct {
		is   bool
		word string
	}{{m.GetSoft(), "soft"}, {m.GetInternal(), "internal"}, {m.GetProvisional(), "provisional"}} {
		if sort.is {
			words += ", " + sort.word
		}
	}
	return words
}

// list returns head and the codes after it: "outbound phone, progress".
func list(head string, codes []string) string {
	return strings.Join(append([]string{head}, codes...), ", ")
}

// word returns an enum value as people read it: "not accepted".
func word(value, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(value, prefix), "_", " "))
}

// roundOf returns the round that a message speaks of, or 0.
func roundOf(m proto.Message) int {
	if r, ok := m.(interface{ GetRound() int32 }); ok {
		return int(r.GetRound())
	}
	return 0
}

// clock returns what an event of slatimer, whatever it is, did to its clock.
func clock(m interface {
	GetClockId() string
	GetPolicy() string
}, change domain.ClockChange) *domain.ClockHappening {
	return &domain.ClockHappening{ID: m.GetClockId(), Policy: m.GetPolicy(), Change: change}
}

// entryProto returns a line as the contract shows it.
func entryProto(e domain.Entry) *reportingv1.TimelineEntry {
	return &reportingv1.TimelineEntry{
		EventId: e.EventID, Type: e.Type, OccurTime: timestamppb.New(e.OccurTime), RecordTime: timestamppb.New(e.RecordTime),
		Actor: e.Actor, Round: int32(e.Round), Subject: e.Subject, Detail: e.Detail, DetailZh: e.DetailZh,
	}
}
