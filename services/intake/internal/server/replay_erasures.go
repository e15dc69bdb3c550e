package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ReplayErasures implements the RPC; its contract is in the .proto file. That two people decided each erasure is shown by its proof, so one
// may replay it; nobody else can make an entry.
func (s *Server) ReplayErasures(ctx context.Context, req *intakev1.ReplayErasuresRequest) (*intakev1.ReplayErasuresResponse, error) {
	now, tenant := s.now(), auth.From(ctx).Tenant
	entries, err := s.genuine(tenant, req.GetErasures())
	if err != nil {
		return nil, err
	}
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.ReplayErasuresResponse, error) {
		resp := &intakev1.ReplayErasuresResponse{}
		var erased []domain.Complaint
		for _, e := range entries {
			p, err := lockPerson(ctx, tx, e.SubjectID, now)
			if fault.ReasonOf(err) == "SUBJECT_NOT_FOUND" { // begun after the backup was made
				continue
			}
			if err != nil {
				return nil, err
			}
			if subject, complaints, back := domain.EraseAgain(p.subject, p.complaints, now); back {
				resp.ErasedCount++
				erased = append(erased, complaints...)
				err = p.erase(ctx, subject, complaints, e)
			} else {
				err = store.InsertErasure(ctx, tx, tenant, e)
			}
			if err != nil {
				return nil, err
			}
		}
		return resp, forget(ctx, tx, tenant, erased)
	})
}

// genuine returns entries of the ledger by their people, as they are locked, or the fault of one that this service did not write.
func (s *Server) genuine(tenant string, entries []*intakev1.Erasure) ([]domain.Erasure, error) {
	list := make([]domain.Erasure, len(entries))
	for i, e := range entries {
		at, err := timeOf(fmt.Sprintf("erasures[%d].erase_time", i), e.GetEraseTime())
		if err != nil {
			return nil, err
		}
		list[i] = domain.Erasure{
			SubjectID: strings.ToLower(e.GetSubjectId()), EraseTime: at, Reason: int16(e.GetReason()),
			Requester: e.GetRequester(), Approver: e.GetApprover(), Proof: e.GetProof(),
		}
		ok, err := s.cfg.Keys.Genuine(tenant, list[i])
		if err != nil {
			return nil, err
		}
		if !ok {
			path := fmt.Sprintf("erasures[%d].proof", i)
			return nil, fault.New(fault.Invalid, "ERASURE_NOT_GENUINE",
				"%s does not prove that this service erased subject %s: give entries as ListErasures gave them, of the same tenant and vault keys", path, e.GetSubjectId()).At(path)
		}
	}
	slices.SortFunc(list, func(a, b domain.Erasure) int { return strings.Compare(a.SubjectID, b.SubjectID) })
	return list, nil
}
