package server

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// draftOf returns a draft as the domain knows it. It fails with TIME_INVALID for a timestamp that is none.
func draftOf(in *intakev1.ComplaintDraft) (domain.Draft, error) {
	receive, err := timeOf("draft.receive_time", in.GetReceiveTime())
	if err != nil {
		return domain.Draft{}, err
	}
	count, err := timeOf("draft.count_time", in.GetCountTime())
	if err != nil {
		return domain.Draft{}, err
	}
	who := in.GetComplainant()
	return domain.Draft{
		Procedure: in.GetProcedure(), Flow: in.GetFlow(), Channel: in.GetChannel(), ReceiveTime: receive, CountTime: count,
		ComplainantKind: who.GetKind(), Fields: procedure.FromProtos(in.GetFields()), ExternalReference: in.GetExternalReference(),
		Personal: domain.Personal{
			Name: who.GetName(), Phone: who.GetPhone(), Email: who.GetEmail(), Address: who.GetAddress(),
			Content: in.GetContent(), Fields: in.GetPersonalFields(), Reference: who.GetCustomerReference(),
		},
	}, nil
}

// timeOf returns a time of a request as Postgres keeps it; the zero time where there is none.
func timeOf(path string, t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	if t.CheckValid() != nil {
		return time.Time{}, fault.New(fault.Invalid, "TIME_INVALID", "%s is no time between the years 1 and 9999", path).At(path)
	}
	return t.AsTime().Truncate(time.Microsecond), nil
}

// timeOr is timeOf with a default.
func timeOr(path string, t *timestamppb.Timestamp, unset time.Time) (time.Time, error) {
	if t == nil {
		return unset, nil
	}
	return timeOf(path, t)
}

// timeProto returns t, or nil for the zero time.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// complaintProto returns a complaint as answers show it: masked.
func complaintProto(c domain.Complaint, p domain.Personal) *intakev1.Complaint {
	p = p.Masked() // here and nowhere else, so that no answer can forget it; RevealPersonalData makes no Complaint
	return &intakev1.Complaint{
		ComplaintId: c.ID, Number: c.Number, Edition: editionProto(c.Edition), Flow: c.Flow, Channel: c.Channel,
		Fields: procedure.ToProtos(c.Fields), Complainant: partyProto(c.ComplainantKind, p), Content: p.Content,
		ReceiveTime: timeProto(c.ReceiveTime), CountTime: timeProto(c.CountTime), RegisterTime: timeProto(c.RegisterTime),
		State: intakev1.ComplaintState(c.State), CloseTime: timeProto(c.CloseTime), Version: c.Version, ExternalReference: c.ExternalReference,
	}
}

// partyProto returns a party as it stands in p, masked or in the clear.
func partyProto(kind string, p domain.Personal) *intakev1.Party {
	return &intakev1.Party{Kind: kind, Name: p.Name, Phone: p.Phone, Email: p.Email, Address: p.Address, CustomerReference: p.Reference}
}

func editionProto(e domain.Edition) *typev1.Edition {
	return &typev1.Edition{Procedure: e.Procedure, Edition: e.Name, Digest: e.Digest}
}

// maxActs is how many acts an edition is shown with: a list of a thousand editions must fit an answer.
const maxActs = 20

// publishedProto returns an edition as it stands in the life of its procedure.
func publishedProto(p store.Published, l domain.Life, now time.Time) *intakev1.PublishedEdition {
	s := l.Standing(p.Digest, now)
	out := &intakev1.PublishedEdition{
		Edition: editionProto(p.Edition), PublishTime: timeProto(p.PublishTime), Active: s.Active,
		State: intakev1.EditionState(s.State), Publisher: s.Publisher, ActivateTime: timeProto(s.ActivateTime), Approver: s.Approver,
	}
	for _, a := range s.Acts[:min(len(s.Acts), maxActs)] {
		out.Acts = append(out.Acts, &intakev1.EditionAct{
			Kind: intakev1.EditionActKind(a.Kind), Actor: a.Actor, ActTime: timeProto(a.Time), EffectiveTime: timeProto(a.Effective), Reason: a.Reason,
		})
	}
	return out
}

func contactProto(c domain.Contact) *intakev1.Contact {
	direction := intakev1.ContactDirection_CONTACT_DIRECTION_INBOUND
	if c.Outbound {
		direction = intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND
	}
	return &intakev1.Contact{
		ContactId: c.ID, ComplaintId: c.ComplaintID, Direction: direction, Medium: c.Medium, Purpose: c.Purpose, Content: c.Content,
		OccurTime: timeProto(c.OccurTime), RecordTime: timeProto(c.RecordTime),
	}
}

func linkProto(l domain.Linked) *intakev1.Link {
	return &intakev1.Link{
		ComplaintId: l.ComplaintID, Number: l.Number, Kind: typev1.LinkKind(l.Kind), ReceiveTime: timeProto(l.ReceiveTime), Counted: l.Counted,
		Reason: l.Reason, Actor: l.Actor, LinkTime: timeProto(l.LinkTime), Sequence: l.Sequence,
	}
}

// eventProto returns an event as the contract's message. The linter sees to it that no event is forgotten.
func eventProto(e domain.Event) proto.Message {
	switch e := e.(type) {
	case domain.ComplaintRegistered:
		return &intakev1.ComplaintRegistered{
			Number: e.Number, Edition: editionProto(e.Edition), Flow: e.Flow, Channel: e.Channel, ComplainantKind: e.ComplainantKind,
			Fields: procedure.ToProtos(e.Fields), CountTime: timeProto(e.CountTime),
		}
	case domain.ComplaintAmended:
		return &intakev1.ComplaintAmended{
			Channel: e.Channel, ComplainantKind: e.ComplainantKind, Fields: procedure.ToProtos(e.Fields), Paths: e.Paths, Reason: e.Reason,
		}
	case domain.ComplaintWithdrawn:
		return &intakev1.ComplaintWithdrawn{}
	case domain.ContactRecorded:
		c := e.Contact
		return &intakev1.ContactRecorded{ContactId: c.ID, Outbound: c.Outbound, Medium: c.Medium, Purpose: c.Purpose, Content: c.Content}
	case domain.ComplaintLinked:
		linked := make([]*typev1.LinkedComplaint, len(e.Linked))
		for i, l := range e.Linked {
			linked[i] = &typev1.LinkedComplaint{
				ComplaintId: l.ComplaintID, Complainant: l.Complainant(), ReceiveTime: timeProto(l.ReceiveTime), Counted: l.Counted,
				Sequence: l.Sequence,
			}
		}
		return &intakev1.ComplaintLinked{Kind: typev1.LinkKind(e.Kind), Complaints: linked}
	case domain.EvidenceAttached:
		f := e.Evidence
		return &intakev1.EvidenceAttached{EvidenceId: f.ID, Kind: f.Kind, MediaType: f.MediaType, SizeBytes: f.SizeBytes, Sha256: f.Digest()}
	case domain.EvidenceRemoved:
		return &intakev1.EvidenceRemoved{EvidenceId: e.Evidence.ID, Kind: e.Evidence.Kind}
	case domain.PersonalDataRevealed:
		return &intakev1.PersonalDataRevealed{}
	case domain.SubjectErased:
		return &intakev1.SubjectErased{SubjectId: e.SubjectID}
	case domain.ProcedurePublished:
		return &intakev1.ProcedurePublished{Edition: editionProto(e.Edition)}
	case domain.ProcedureActivated:
		return &intakev1.ProcedureActivated{Edition: editionProto(e.Edition), ActivateTime: timeProto(e.ActivateTime)}
	case domain.ProcedureRetired:
		return &intakev1.ProcedureRetired{Edition: editionProto(e.Edition), RetireTime: timeProto(e.RetireTime)}
	}
	panic("an event without a message") // the type is sealed
}
