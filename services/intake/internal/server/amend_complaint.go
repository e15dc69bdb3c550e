package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// AmendComplaint implements the RPC; its contract is in the .proto file.
func (s *Server) AmendComplaint(ctx context.Context, req *intakev1.AmendComplaintRequest) (*intakev1.AmendComplaintResponse, error) {
	now, by := s.now(), auth.From(ctx)
	change, paths, err := amendmentOf(req)
	if err != nil {
		return nil, err
	}
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.AmendComplaintResponse, error) {
		if slices.ContainsFunc(paths, reaches) {
			if err := lockLinks(ctx, tx, by.Tenant, req.GetComplaintId()); err != nil {
				return nil, err
			}
		}
		if _, err := store.LockComplaint(ctx, tx, by.Tenant, req.GetComplaintId()); err != nil {
			return nil, err
		}
		kept, err := store.ComplaintByID(ctx, tx, by.Tenant, req.GetComplaintId())
		if err != nil {
			return nil, err
		}
		p, err := s.editions.get(ctx, tx, by.Tenant, kept.Complaint.Edition.Digest)
		if err != nil {
			return nil, err
		}
		who, err := s.person(kept)
		if err != nil {
			return nil, err
		}
		c, who, parts, event, err := domain.Amend(p, kept.Complaint, who, change, paths, req.GetReason(), req.GetExpectedVersion())
		if err != nil {
			return nil, err
		}
		resp := &intakev1.AmendComplaintResponse{Complaint: complaintProto(c, who)}
		if event == nil {
			return resp, nil
		}
		if proto.Size(eventProto(event)) > events.MaxPayload {
			return nil, fault.New(fault.Invalid, "FIELD_INVALID", "draft.fields would be more than %d bytes together", events.MaxPayload-eventRoom).At("draft.fields")
		}
		kept.Complaint = c
		a := domain.Amendment{ID: s.cfg.NewID(), Version: c.Version, Actor: by.Actor(), Time: now, Reason: req.GetReason(), Parts: parts}
		if err := s.keepAmendment(ctx, tx, kept, who, a); err != nil {
			return nil, err
		}
		if err := emit(ctx, tx, now, c, event, now); err != nil {
			return nil, err
		}
		return resp, s.retellLinks(ctx, tx, now, c, parts)
	})
}

// reaches tells whether a person is reached by what stands at a path: it says who counts as the same complainant among linked complaints.
func reaches(path string) bool {
	return path == "complainant" || path == "complainant.phone" || path == "complainant.email"
}

// lockLinks locks a complaint and all that it is linked with, of whatever kind, until tx ends. They come together, as everywhere: who locked
// one and asked for the others would meet another who does the same.
func lockLinks(ctx context.Context, tx pgx.Tx, tenant, complaintID string) error {
	_, err := lockAll(ctx, tx, tenant, func(tx pgx.Tx) ([]string, error) {
		links, err := store.Links(ctx, tx, tenant, complaintID)
		ids := []string{complaintID}
		for _, l := range links {
			ids = append(ids, l.ComplaintID)
		}
		return ids, err
	})
	return err
}

// retellLinks tells again what a complaint is linked with when its person is reached elsewhere: it may count as another complainant. What it is
// linked with is locked by tx.
func (s *Server) retellLinks(ctx context.Context, tx pgx.Tx, now time.Time, c domain.Complaint, parts []domain.Part) error {
	if !slices.ContainsFunc(parts, func(p domain.Part) bool { return reaches(p.Path) }) {
		return nil
	}
	links, err := store.Links(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	told := map[domain.LinkKind]bool{}
	for _, l := range links {
		if told[l.Kind] {
			continue
		}
		told[l.Kind] = true
		locked, linked, err := lockLinked(ctx, tx, c.Tenant, l.Kind, c.ID)
		if err != nil {
			return err
		}
		slices.SortFunc(linked[0], domain.Linked.Compare)
		if err := tellLinked(ctx, tx, now, locked, l.Kind, linked[0], linked[0]); err != nil {
			return err
		}
	}
	return nil
}

// amendmentOf returns what is to stand in the complaint, and at which paths.
func amendmentOf(req *intakev1.AmendComplaintRequest) (domain.Draft, []string, error) {
	in := req.GetDraft()
	if in.GetComplainant().GetCustomerReference() != "" {
		return domain.Draft{}, nil, fault.New(fault.Invalid, "MASK_INVALID",
			"complainant.customer_reference says whose complaint it is and cannot be amended; withdraw the complaint and register it for the right person").
			At("draft.complainant.customer_reference").With("path", "complainant.customer_reference")
	}
	change, err := draftOf(&intakev1.ComplaintDraft{
		Channel: in.GetChannel(), Complainant: in.GetComplainant(), Content: in.GetContent(), Fields: in.GetFields(),
		PersonalFields: in.GetPersonalFields(), ExternalReference: in.GetExternalReference(),
	})
	if req.GetUpdateMask() == nil {
		return change, change.Populated(), err
	}
	return change, req.GetUpdateMask().GetPaths(), err
}

// keepAmendment keeps an amended complaint, what is personal about it, and the amendment: what is personal of it sealed.
func (s *Server) keepAmendment(ctx context.Context, tx pgx.Tx, kept store.Kept, who domain.Personal, a domain.Amendment) error {
	c := kept.Complaint
	var coded, personal []domain.Part
	for _, part := range a.Parts {
		if domain.PersonalPath(part.Path) {
			personal = append(personal, part)
		} else {
			coded = append(coded, part)
		}
	}
	a.Parts = coded
	row := store.SealedAmendment{Amendment: a}
	if len(personal) > 0 {
		if kept.Subject.WrappedKey == nil {
			return fault.New(fault.Precondition, "SUBJECT_ERASED", "the complainant was erased: nothing personal can be written; amend the coded facts alone").
				At("update_mask").With("complaint_id", c.ID)
		}
		key, err := s.cfg.Keys.OpenSubject(c.Tenant, kept.Subject)
		if err != nil {
			return err
		}
		plain, err := json.Marshal(personal)
		if err != nil {
			return fmt.Errorf("seal amendment: %w", err)
		}
		if row.Personal, err = key.Seal(plain, c.ID, a.ID); err != nil {
			return err
		}
		sealed, err := s.cfg.Keys.SealPersonal(key, c.ID, who)
		if err != nil {
			return err
		}
		if err := store.SaveVault(ctx, tx, c.Tenant, c.ID, sealed); err != nil {
			return err
		}
	}
	if err := store.InsertAmendment(ctx, tx, c.Tenant, c.ID, row); err != nil {
		return err
	}
	if err := store.SaveAmended(ctx, tx, c); err != nil {
		return err
	}
	return store.SaveComplaints(ctx, tx, c)
}
