package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// person is somebody while something is done with everything of theirs: they and all their complaints are locked.
type person struct {
	tx         pgx.Tx
	by         auth.Principal
	now        time.Time
	subject    domain.Subject
	complaints []domain.Complaint
}

// lockPerson locks a person and all their complaints until tx ends. The complaints come first, as everywhere; one that was being registered
// meanwhile has come in when the person is locked, and so they are read again.
func lockPerson(ctx context.Context, tx pgx.Tx, subjectID string, now time.Time) (*person, error) {
	p := &person{tx: tx, by: auth.From(ctx), now: now}
	if _, err := store.LockComplaintsOf(ctx, tx, p.by.Tenant, subjectID); err != nil {
		return nil, err
	}
	var err error
	if p.subject, err = store.LockSubject(ctx, tx, p.by.Tenant, subjectID); err != nil {
		return nil, err
	}
	p.complaints, err = store.LockComplaintsOf(ctx, tx, p.by.Tenant, subjectID)
	return p, err
}

// requested locks the person of a request of a kind, and returns the request as it stands now.
func requested(ctx context.Context, tx pgx.Tx, id string, kind domain.SubjectRequestKind, now time.Time) (*person, domain.SubjectRequest, error) {
	tenant := auth.From(ctx).Tenant
	r, err := store.SubjectRequest(ctx, tx, tenant, id)
	if err != nil {
		return nil, r, err
	}
	if kind != 0 && r.Kind != kind {
		return nil, r, domain.NoSubjectRequest(id)
	}
	p, err := lockPerson(ctx, tx, r.SubjectID, now)
	if err != nil {
		return nil, r, err
	}
	r, err = store.SubjectRequest(ctx, tx, tenant, id) // somebody may have decided it before the lock
	return p, r, err
}

// who returns the caller as the domain knows it.
func (p *person) who() domain.By { return domain.By{Actor: p.by.Actor(), Time: p.now} }

// tell keeps complaints after an event about each, and publishes it.
func (p *person) tell(ctx context.Context, complaints []domain.Complaint, e domain.Event) error {
	if len(complaints) == 0 {
		return nil
	}
	if err := store.SaveComplaints(ctx, p.tx, complaints...); err != nil {
		return err
	}
	drafts := make([]events.Draft, len(complaints))
	for i, c := range complaints {
		drafts[i] = events.Draft{
			Tenant: c.Tenant, AggregateID: c.ID, Version: c.EventVersion, Actor: p.by.Actor(), OccurTime: p.now, Message: eventProto(e),
		}
	}
	return events.Emit(ctx, p.tx, p.now, drafts...)
}

// erase takes away everything of the person, who has been erased as subject with complaints, and writes the entry of the ledger. It leaves the
// answers that are kept for retries: see forget.
func (p *person) erase(ctx context.Context, subject domain.Subject, complaints []domain.Complaint, entry domain.Erasure) error {
	if err := store.EraseSubject(ctx, p.tx, p.by.Tenant, subject, complaints); err != nil {
		return err
	}
	if err := store.InsertErasure(ctx, p.tx, p.by.Tenant, entry); err != nil {
		return err
	}
	return p.tell(ctx, complaints, domain.SubjectErased{SubjectID: subject.ID})
}

// forget empties the answers that are kept for retries about complaints: they hold masked values, and hashes of what was sent. It reads all
// answers, so several people who are erased together are forgotten together.
func forget(ctx context.Context, tx pgx.Tx, tenant string, complaints []domain.Complaint) error {
	named := make([]string, len(complaints))
	for i, c := range complaints {
		named[i] = c.ID
	}
	return idempotency.Forget(ctx, tx, tenant, named...)
}
