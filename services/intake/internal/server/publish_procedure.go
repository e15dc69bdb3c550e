package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
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

// PublishProcedure implements the RPC; its contract is in the .proto file. Publishing an older edition again changes nothing: to go
// back to it, publish its content under a new name.
func (s *Server) PublishProcedure(ctx context.Context, req *intakev1.PublishProcedureRequest) (*intakev1.PublishProcedureResponse, error) {
	// Verifying takes no lock and needs no database: an unsound procedure is refused before anything is touched.
	compiled, findings := procedure.Verify(req.GetProcedure())
	if compiled == nil {
		return nil, unsound(procedure.AtLevel(findings, procedure.LevelError))
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.PublishProcedureResponse, error) {
		p, err := publish(ctx, tx, compiled, req.GetProcedure(), now)
		return &intakev1.PublishProcedureResponse{Edition: publishedProto(p), Warnings: findingProtos(findings)}, err
	})
}

// publish keeps an edition and makes it the active one, or returns the one that is there with the same content.
func publish(ctx context.Context, tx pgx.Tx, compiled *procedure.Procedure, in *procedurev1.Procedure, now time.Time) (store.Published, error) {
	by := auth.From(ctx)
	version, err := store.LockProcedure(ctx, tx, by.Tenant, compiled.Code)
	if err != nil {
		return store.Published{}, err
	}
	switch there, err := store.EditionByName(ctx, tx, by.Tenant, compiled.Code, compiled.Edition); {
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
	p := store.Published{Edition: edition, PublishTime: now, Active: true, Content: content}
	if err := store.InsertEdition(ctx, tx, by.Tenant, p, version+1); err != nil {
		return p, err
	}
	return p, events.Emit(ctx, tx, now, events.Draft{
		Tenant: by.Tenant, AggregateID: compiled.Code, Version: version + 1, Actor: by.Actor(), OccurTime: now,
		Message: eventProto(domain.ProcedurePublished{Edition: edition}),
	})
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
