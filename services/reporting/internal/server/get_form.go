package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/formpage"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// GetForm implements the RPC; its contract is in the .proto file.
func (s *Server) GetForm(ctx context.Context, req *reportingv1.GetFormRequest) (*reportingv1.GetFormResponse, error) {
	form, err := s.form(ctx, req.GetComplaintId(), req.GetForm())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetFormResponse{Form: form}, nil
}

// RenderForm implements the RPC; its contract is in the .proto file.
func (s *Server) RenderForm(ctx context.Context, req *reportingv1.RenderFormRequest) (*reportingv1.RenderFormResponse, error) {
	form, err := s.form(ctx, req.GetComplaintId(), req.GetForm())
	if err != nil {
		return nil, err
	}
	html, err := formpage.Render(form, req.GetLanguage())
	if err != nil {
		return nil, err
	}
	return &reportingv1.RenderFormResponse{Html: html}, nil
}

// form fills in the newest paper of a complaint.
func (s *Server) form(ctx context.Context, id, key string) (*reportingv1.Form, error) {
	tenant := auth.From(ctx).Tenant
	fact, found, err := store.ReadFact(ctx, s.cfg.Pool, store.Key{Tenant: tenant, ComplaintID: id})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, unknownComplaint(id)
	}
	p, err := s.cfg.Editions.Get(ctx, fact.Edition)
	if err != nil {
		return nil, err
	}
	form, err := domain.ChooseForm(p, key)
	if err != nil {
		return nil, err
	}
	entries, err := store.Timeline(ctx, s.cfg.Pool, tenant, id, maxEntries)
	if err != nil {
		return nil, err
	}
	paper, err := domain.Fill(p, form, fact, entries)
	if err != nil {
		return nil, err
	}
	return formProto(id, p, form, paper), nil
}

// unknownComplaint is the fault of a complaint of which nothing has arrived.
func unknownComplaint(id string) error {
	return fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "nothing is known of the complaint %s yet", id).At("complaint_id").With("complaint_id", id)
}

// formProto returns a paper as the contract shows it.
func formProto(id string, p *procedure.Procedure, form *procedure.Form, paper domain.Paper) *reportingv1.Form {
	out := &reportingv1.Form{
		ComplaintId: id, Key: form.Key, Number: paper.Number, Name: paperLabel(form.Name), Procedure: paperLabel(p.Name),
		OpenTime: timestamppb.New(paper.OpenTime), Stage: paper.Stage, Missing: paper.Missing, Zone: p.Zone().String(),
	}
	for i, s := range form.Stages {
		stage := &reportingv1.FormStage{Key: s.Key, Name: paperLabel(s.Name), CompleteTime: stampProto(paper.Stages[i].CompleteTime)}
		for n, item := range s.Items {
			stage.Items = append(stage.Items, &reportingv1.FormItem{
				Ref: item.Ref, Name: paperLabel(item.Name), Value: paperLabel(paper.Stages[i].Values[n]), Personal: item.Field.Kind.Personal(),
			})
		}
		out.Stages = append(out.Stages, stage)
	}
	for _, s := range paper.Signatures {
		out.Signatures = append(out.Signatures, &reportingv1.FormSignature{
			Step: s.Step, Name: paperLabel(p.StepName(s.Step)), Signer: s.Signer, SignTime: stampProto(s.SignTime), Outcome: paperLabel(s.Outcome),
		})
	}
	return out
}

// paperLabel leaves an empty label unset.
func paperLabel(l procedure.Label) *procedurev1.Label {
	if l == (procedure.Label{}) {
		return nil
	}
	return &procedurev1.Label{Zh: l.Zh, En: l.En}
}

// stampProto leaves a zero time unset.
func stampProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
