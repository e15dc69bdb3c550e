package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// maxFindings is how many errors one refusal lists: it travels in headers. maxWarnings is how many warnings one answer lists.
const (
	maxFindings = 50
	maxWarnings = 200
)

// PublishProcedure implements the RPC; its contract is in the .proto file.
func (s *Server) PublishProcedure(ctx context.Context, req *intakev1.PublishProcedureRequest) (*intakev1.PublishProcedureResponse, error) {
	// Verifying takes no lock and needs no database: an unsound procedure is refused before anything is touched.
	v := s.editions.verify(req.GetProcedure())
	if v.procedure == nil {
		return nil, unsound(procedure.AtLevel(v.findings, procedure.LevelError))
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.PublishProcedureResponse, error) {
		d, err := lockDesk(ctx, tx, v.procedure.Code, now)
		if err != nil {
			return nil, err
		}
		p, err := d.publish(ctx, v.procedure, req.GetProcedure())
		if err != nil {
			return nil, err
		}
		return &intakev1.PublishProcedureResponse{Edition: publishedProto(p, d.life, now), Warnings: findingProtos(v.findings)}, nil
	})
}

// publish keeps an edition as a draft, or returns the one that is there with the same content.
func (d *desk) publish(ctx context.Context, compiled *procedure.Procedure, in *procedurev1.Procedure) (store.Published, error) {
	switch there, err := store.EditionByName(ctx, d.tx, d.by.Tenant, compiled.Code, compiled.Edition); {
	case err == nil && there.Digest == compiled.Digest:
		return there, nil
	case err == nil:
		return there, fault.New(fault.Exists, "EDITION_EXISTS", "edition %s of %s was published with other content; give this one another name",
			compiled.Edition, compiled.Code).At("procedure.edition").With("digest", there.Digest)
	case !errors.Is(err, store.ErrNoEdition):
		return there, err
	}
	// The message is kept, not its YAML: the digest is over the message, and comments are no part of an edition.
	content, err := proto.Marshal(in)
	if err != nil {
		return store.Published{}, fmt.Errorf("encode procedure: %w", err)
	}
	edition := domain.Edition{Procedure: compiled.Code, Name: compiled.Edition, Digest: compiled.Digest}
	p := store.Published{Edition: edition, Tenant: d.by.Tenant, PublishTime: d.now, Content: content}
	if err := store.InsertEdition(ctx, d.tx, p); err != nil {
		return p, err
	}
	act := domain.Act{Digest: p.Digest, Kind: domain.ActPublished, Actor: d.by.Actor(), Time: d.now}
	return p, d.record(ctx, act, domain.ProcedurePublished{Edition: edition})
}

// unsound returns the errors in a procedure as a fault, each a violation.
func unsound(found []procedure.Finding) error {
	f := fault.New(fault.Invalid, "PROCEDURE_INVALID", "the procedure is not sound: %d errors", len(found)).At("procedure")
	for _, x := range found[:min(len(found), maxFindings)] {
		path := "procedure"
		if x.Path != "" {
			path += "." + x.Path
		}
		x.Path = "" // the violation's own field
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: string(x.Code) + ": " + x.String()})
	}
	return f
}

// findingProtos converts findings.
func findingProtos(found []procedure.Finding) []*intakev1.ProcedureFinding {
	var out []*intakev1.ProcedureFinding
	for _, x := range found[:min(len(found), maxWarnings)] {
		out = append(out, &intakev1.ProcedureFinding{Code: string(x.Code), Path: x.Path, Detail: x.Detail, Trace: x.Trace})
	}
	return out
}
