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

// maxFindings is how many findings one answer lists: it travels in headers.
const maxFindings = 50

// PublishProcedure implements the RPC; its contract is in the .proto file. Publishing an older edition again changes nothing: to go
// back to it, publish its content under a new name.
func (s *Server) PublishProcedure(ctx context.Context, req *intakev1.PublishProcedureRequest) (*intakev1.PublishProcedureResponse, error) {
	// Compiling takes no lock and needs no database: an unsound procedure is refused before anything is touched.
	compiled, err := procedure.Compile(req.GetProcedure())
	if err != nil {
		return nil, unsound(err)
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.PublishProcedureResponse, error) {
		p, err := publish(ctx, tx, compiled, req.GetProcedure(), now)
		return &intakev1.PublishProcedureResponse{Edition: publishedProto(p)}, err
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

// unsound returns what Compile found as a fault, each finding a violation.
func unsound(err error) error {
	var invalid *procedure.InvalidError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("compile procedure: %w", err)
	}
	f := fault.New(fault.Invalid, "PROCEDURE_INVALID", "the procedure is not sound: %d findings", len(invalid.Findings)).At("procedure")
	for _, found := range invalid.Findings[:min(len(invalid.Findings), maxFindings)] {
		path := "procedure"
		if found.Path != "" {
			path += "." + found.Path
		}
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: found.Detail})
	}
	return f
}
