package server

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"

	"redress.dev/services/reporting/internal/store"
)

// asideTypes are the events that are about no complaint.
var asideTypes = names(&routingv1.DutyChanged{}, &intakev1.ProcedurePublished{}, &intakev1.ProcedureActivated{})

// aside is what a batch tells that is about no complaint: who sits where, and what editions there are.
type aside struct {
	duties   []store.Duty
	editions []store.EditionTold
}

// isAside reports whether an event is about no complaint.
func isAside(e events.Event) bool { return slices.Contains(asideTypes, e.Type) }

// take reads an event for which isAside holds. It fails for one that can never be applied.
func (a *aside) take(e events.Event) error {
	m, err := e.Message()
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *routingv1.DutyChanged:
		if err := uuid.Validate(m.GetDutyId()); err != nil {
			return fmt.Errorf("duty id %q: %w", m.GetDutyId(), err)
		}
		a.duties = append(a.duties, store.Duty{
			Tenant: e.Tenant, ID: m.GetDutyId(), Procedure: m.GetProcedure(), Post: m.GetPost(), Person: m.GetPerson(), StartTime: m.GetStartTime().AsTime(),
		})
	case *intakev1.ProcedurePublished:
		a.editions = append(a.editions, store.EditionTold{KnownEdition: knownEdition(e, m), PublishTime: e.OccurTime})
	case *intakev1.ProcedureActivated:
		a.editions = append(a.editions, store.EditionTold{KnownEdition: knownEdition(e, m), ActivateTime: m.GetActivateTime().AsTime()})
	}
	return nil
}

func knownEdition(e events.Event, m interface{ GetEdition() *typev1.Edition }) store.KnownEdition {
	return store.KnownEdition{Tenant: e.Tenant, Procedure: m.GetEdition().GetProcedure(), Edition: m.GetEdition().GetDigest()}
}

// save keeps all of it.
func (a *aside) save(ctx context.Context, tx pgx.Tx) error {
	if err := store.SaveDuties(ctx, tx, a.duties); err != nil {
		return err
	}
	return store.SaveEditions(ctx, tx, a.editions)
}
