// Package lifecycle reads the services' events as happenings in a complaint's life, for the services that follow it: what each
// event means to a procedure is said here, once.
package lifecycle

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"
)

// Names of the events that Of understands, by producer: what a follower subscribes to.
var (
	Intake = names(&intakev1.ComplaintRegistered{}, &intakev1.ComplaintAmended{}, &intakev1.ComplaintWithdrawn{}, &intakev1.ContactRecorded{})

	Routing = names(&routingv1.ComplaintClassified{}, &routingv1.WorkOpened{}, &routingv1.WorkCompleted{},
		&routingv1.WorkCancelled{}, &routingv1.MilestoneReached{}, &routingv1.ComplaintMigrated{})

	Followup = names(&followupv1.VisitRecorded{}, &followupv1.ComplaintClosed{}, &followupv1.ComplaintReopened{},
		&followupv1.ComplaintActionOpened{}, &followupv1.ComplaintActionEnded{},
		&followupv1.ActionOpened{}, &followupv1.ActionClosed{}, &followupv1.ActionCancelled{})

	// Beginnings are the events that a complaint's or an action's life begins with.
	Beginnings = names(&intakev1.ComplaintRegistered{}, &followupv1.ActionOpened{})
)

func names(messages ...proto.Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = string(proto.MessageName(m))
	}
	return list
}

// Of returns what e means to the procedure of its complaint or action. It fails for an event that is none of a complaint's life, or that
// does not decode: such an event can never be applied.
func Of(e events.Event) (procedure.Happening, error) {
	h := procedure.Happening{
		EventID: e.ID, Tenant: e.Tenant, ComplaintID: e.AggregateID, Actor: e.Actor, TraceParent: e.TraceParent,
		OccurTime: e.OccurTime, RecordTime: e.RecordTime,
	}
	message, err := e.Message()
	if err != nil {
		return h, err
	}
	switch m := message.(type) {
	case *intakev1.ComplaintRegistered:
		h.Round, h.Occurrence = 1, procedure.Occurrence{Kind: procedure.Registered}
		h.Registration = &procedure.Registration{
			Number: m.GetNumber(), Procedure: m.GetEdition().GetProcedure(), Edition: m.GetEdition().GetDigest(), Flow: m.GetFlow(),
			Channel: m.GetChannel(), ComplainantKind: m.GetComplainantKind(), Fields: procedure.FromProtos(m.GetFields()),
			CountTime: m.GetCountTime().AsTime(),
		}
	case *intakev1.ComplaintAmended:
		h.Amendment = &procedure.Amendment{Channel: m.GetChannel(), ComplainantKind: m.GetComplainantKind(), Fields: procedure.FromProtos(m.GetFields())}
	case *intakev1.ComplaintWithdrawn:
		h.Withdrawn = true
	case *intakev1.ContactRecorded:
		h.Occurrence = procedure.Occurrence{Kind: procedure.Contact, Key: m.GetPurpose(), Content: m.GetContent()}
	case *routingv1.ComplaintClassified:
		h.Round, h.Values = int(m.GetRound()), m.GetValues()
	case *routingv1.ComplaintMigrated:
		h.Round, h.Values = int(m.GetRound()), m.GetValues()
		h.Migration = &procedure.Migration{To: m.GetToEdition().GetDigest(), Steps: m.GetSteps(), Reason: m.GetReason()}
	case *routingv1.WorkOpened:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.WorkOpened, Key: m.GetStep()}
		h.Work = &procedure.WorkHappening{ID: m.GetWorkId(), Step: m.GetStep(), Post: m.GetPost(), Person: m.GetPerson()}
	case *routingv1.WorkCompleted:
		h.Round = int(m.GetRound())
		h.Occurrence = procedure.Occurrence{Kind: procedure.WorkCompleted, Key: m.GetStep(), Content: m.GetContent()}
		h.Work = &procedure.WorkHappening{
			ID: m.GetWorkId(), Step: m.GetStep(), Post: m.GetPost(), Outcome: m.GetOutcome(), Fields: procedure.FromProtos(m.GetFields()),
		}
	case *routingv1.WorkCancelled:
		h.Round, h.Work = int(m.GetRound()), &procedure.WorkHappening{ID: m.GetWorkId(), Step: m.GetStep()}
	case *routingv1.MilestoneReached:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.Milestone, Key: m.GetMilestone()}
	case *followupv1.VisitRecorded:
		h.Round = int(m.GetRound())
		h.Visit = &procedure.VisitHappening{
			ID: m.GetVisitId(), Plan: m.GetPlan(), Outcome: procedure.VisitOutcome(m.GetOutcome()), Final: m.GetFinal(),
			Fields: procedure.FromProtos(m.GetFields()),
		}
		if m.GetFinal() {
			h.Occurrence = procedure.Occurrence{Kind: procedure.VisitRecorded, Key: m.GetPlan()}
		}
	case *followupv1.ComplaintClosed:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.Closed}
	case *followupv1.ComplaintReopened:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.Reopened}
	case *followupv1.ActionOpened:
		h.Round, h.Occurrence = 1, procedure.Occurrence{Kind: procedure.ActionOpened, Key: m.GetAction()}
		h.Registration = &procedure.Registration{
			Number: m.GetNumber(), Procedure: m.GetEdition().GetProcedure(), Edition: m.GetEdition().GetDigest(), Flow: m.GetAction(),
			Channel: m.GetChannel(), Fields: procedure.FromProtos(m.GetFields()), Action: actionRegistration(m),
		}
	case *followupv1.ActionClosed:
		h.Round, h.Occurrence = 1, procedure.Occurrence{Kind: procedure.ActionClosed, Key: m.GetAction()}
	case *followupv1.ActionCancelled:
		h.Withdrawn = true
	case *followupv1.ComplaintActionOpened:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.ActionOpened, Key: m.GetAction()}
		h.Action = &procedure.ActionHappening{ID: m.GetActionId(), Key: m.GetAction(), Number: m.GetNumber()}
	case *followupv1.ComplaintActionEnded:
		h.Round, h.Occurrence = int(m.GetRound()), procedure.Occurrence{Kind: procedure.ActionClosed, Key: m.GetAction()}
		h.Action = &procedure.ActionHappening{ID: m.GetActionId(), Key: m.GetAction(), Number: m.GetNumber(), Ended: true, Cancelled: m.GetCancelled()}
	default:
		return h, fmt.Errorf("event %s: %s is none of a complaint's life", e.ID, e.Type)
	}
	return h, nil
}

// actionRegistration returns what an action begins with beside a registration.
func actionRegistration(m *followupv1.ActionOpened) *procedure.ActionRegistration {
	a := &procedure.ActionRegistration{Complaints: m.GetComplaintIds(), Values: m.GetValues()}
	if m.GetReceiveTime() != nil {
		a.Received = m.GetReceiveTime().AsTime()
	}
	if len(m.GetAnswers()) > 0 {
		a.Answers = make(map[string]map[string]procedure.Value, len(m.GetAnswers()))
	}
	for step, recorded := range m.GetAnswers() {
		a.Answers[step] = procedure.FromProtos(recorded.GetFields())
	}
	return a
}
