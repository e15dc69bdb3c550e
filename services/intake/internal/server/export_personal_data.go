package server

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// maxExported is how many complaints of a person, and files of a complaint, are exported.
const maxExported = 10_000

// exports is the stream that an export is sent on.
type exports = grpc.ServerStreamingServer[intakev1.ExportPersonalDataResponse]

// ExportPersonalData implements the RPC; its contract is in the .proto file. Each call is recorded before anything is sent.
func (s *Server) ExportPersonalData(req *intakev1.ExportPersonalDataRequest, stream exports) error {
	ctx, now := stream.Context(), s.now()
	var of domain.Subject
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		p, r, err := requested(ctx, tx, req.GetSubjectRequestId(), 0, now)
		if err != nil {
			return err
		}
		if err := r.Fetchable(p.who()); err != nil {
			return err
		}
		shown, err := domain.HandOut(p.subject, p.complaints)
		if err != nil {
			return err
		}
		a := domain.Access{
			ID: s.cfg.NewID(), Kind: domain.AccessExport, SubjectID: p.subject.ID, Actor: p.by.Actor(), Purpose: "export", Time: now, Granted: true,
		}
		if err := store.InsertAccess(ctx, tx, p.by.Tenant, a); err != nil {
			return err
		}
		of = p.subject
		return p.tell(ctx, shown, domain.PersonalDataRevealed{})
	})
	if err != nil {
		return err
	}
	s.cfg.Poke()
	return s.export(ctx, of, stream)
}

// export sends everything that is kept of a person.
func (s *Server) export(ctx context.Context, of domain.Subject, stream exports) error {
	tenant := auth.From(ctx).Tenant
	complaints, err := store.ComplaintsOf(ctx, s.cfg.Pool, tenant, of.ID, maxExported)
	if err != nil {
		return err
	}
	begin := &intakev1.ExportedSubject{SubjectId: of.ID, CreateTime: timeProto(of.CreateTime), ExportTime: timeProto(s.now())}
	if err := stream.Send(&intakev1.ExportPersonalDataResponse{Part: &intakev1.ExportPersonalDataResponse_Subject{Subject: begin}}); err != nil {
		return err
	}
	for _, k := range complaints {
		if err := s.exportComplaint(ctx, k, stream); err != nil {
			return err
		}
	}
	accesses, err := store.AccessesOf(ctx, s.cfg.Pool, tenant, of.ID)
	if err != nil {
		return err
	}
	for _, a := range accesses {
		part := &intakev1.ExportedAccess{ComplaintId: a.ComplaintID, Actor: a.Actor, Purpose: a.Purpose, AccessTime: timeProto(a.Time)}
		if err := stream.Send(&intakev1.ExportPersonalDataResponse{Part: &intakev1.ExportPersonalDataResponse_Access{Access: part}}); err != nil {
			return err
		}
	}
	return nil
}

// exportComplaint sends a complaint, its contacts and its files, each on its own: together they may be more than one message takes.
func (s *Server) exportComplaint(ctx context.Context, k store.Kept, stream exports) error {
	p, err := s.person(k)
	if err != nil {
		return err
	}
	c := k.Complaint
	part := &intakev1.ExportedComplaint{
		ComplaintId: c.ID, Number: c.Number, Edition: editionProto(c.Edition), State: intakev1.ComplaintState(c.State), Channel: c.Channel,
		ReceiveTime: timeProto(c.ReceiveTime), CloseTime: timeProto(c.CloseTime), Fields: procedure.ToProtos(c.Fields),
		Complainant: partyProto(c.ComplainantKind, p), Content: p.Content, PersonalFields: p.Fields,
	}
	if err := stream.Send(&intakev1.ExportPersonalDataResponse{Part: &intakev1.ExportPersonalDataResponse_Complaint{Complaint: part}}); err != nil {
		return err
	}
	contacts, err := store.Contacts(ctx, s.cfg.Pool, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	const all = 1 << 40
	notes, err := s.notes(ctx, s.cfg.Pool, k, all)
	if err != nil {
		return err
	}
	for _, contact := range contacts {
		part := &intakev1.ExportedContact{Contact: contactProto(contact), Note: notes[contact.ID]}
		if err := stream.Send(&intakev1.ExportPersonalDataResponse{Part: &intakev1.ExportPersonalDataResponse_Contact{Contact: part}}); err != nil {
			return err
		}
	}
	return s.exportEvidence(ctx, c, stream)
}

// exportEvidence tells of the files of a complaint; their content is downloaded one by one.
func (s *Server) exportEvidence(ctx context.Context, c domain.Complaint, stream exports) error {
	files, err := store.EvidenceOf(ctx, s.cfg.Pool, c.Tenant, c.ID, "", maxExported)
	if err != nil {
		return err
	}
	for _, e := range files {
		name, err := s.nameOf(ctx, e)
		if err != nil {
			return err
		}
		part := &intakev1.ExportPersonalDataResponse_Evidence{Evidence: evidenceProto(e.Evidence, name)}
		if err := stream.Send(&intakev1.ExportPersonalDataResponse{Part: part}); err != nil {
			return err
		}
	}
	return nil
}
