package server

import (
	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
)

func subjectRequestProto(r domain.SubjectRequest) *intakev1.SubjectRequest {
	return &intakev1.SubjectRequest{
		SubjectRequestId: r.ID, SubjectId: r.SubjectID, Kind: intakev1.SubjectRequestKind(r.Kind), Reason: intakev1.SubjectReason(r.Reason),
		State: intakev1.SubjectRequestState(r.State), Requester: r.Requester, RequestTime: timeProto(r.RequestTime),
		Decider: r.Decider, DecideTime: timeProto(r.DecideTime),
	}
}

func erasureProto(e domain.Erasure) *intakev1.Erasure {
	return &intakev1.Erasure{
		SubjectId: e.SubjectID, EraseTime: timeProto(e.EraseTime), Reason: intakev1.SubjectReason(e.Reason),
		Requester: e.Requester, Approver: e.Approver, Proof: e.Proof,
	}
}
