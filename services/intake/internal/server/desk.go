package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// desk is a procedure while somebody does something with its editions: locked, so that two people decide one after the other.
type desk struct {
	tx        pgx.Tx
	procedure string
	life      domain.Life
	version   int64 // of the last event about the procedure
	by        auth.Principal
	now       time.Time
}

// lockDesk locks a procedure until tx ends. A new one comes into being.
func lockDesk(ctx context.Context, tx pgx.Tx, procedure string, now time.Time) (*desk, error) {
	by := auth.From(ctx)
	version, err := store.LockProcedure(ctx, tx, by.Tenant, procedure)
	if err != nil {
		return nil, err
	}
	lives, err := store.Acts(ctx, tx, by.Tenant, procedure)
	return &desk{tx, procedure, lives[procedure], version, by, now}, err
}

// deskOf locks the procedure of a published edition.
func deskOf(ctx context.Context, tx pgx.Tx, digest string, now time.Time) (*desk, store.Published, error) {
	p, err := store.EditionByDigest(ctx, tx, auth.From(ctx).Tenant, digest)
	if err != nil {
		return nil, p, err
	}
	d, err := lockDesk(ctx, tx, p.Procedure, now)
	return d, p, err
}

// person returns the caller as the domain knows it.
func (d *desk) person(reason string) domain.By {
	return domain.By{Actor: d.by.Actor(), Time: d.now, Reason: reason}
}

// record keeps an act, and publishes what it means to others; e is nil where that is nothing.
func (d *desk) record(ctx context.Context, a domain.Act, e domain.Event) error {
	if e != nil {
		d.version++
	}
	if err := store.InsertAct(ctx, d.tx, d.by.Tenant, d.procedure, a, d.version); err != nil {
		return err
	}
	d.life = append(d.life, a)
	if e == nil {
		return nil
	}
	return events.Emit(ctx, d.tx, d.now, events.Draft{
		Tenant: d.by.Tenant, AggregateID: d.procedure, Version: d.version, Actor: d.by.Actor(), OccurTime: d.now, Message: eventProto(e),
	})
}
