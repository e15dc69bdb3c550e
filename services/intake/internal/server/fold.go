package server

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/events"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// Subscription is what intake consumes. Whether its complaints are closed is followup's to say; that one was moved to another edition
// is routing's, and followup passes it on: routing's stream is several times as long, and intake needs nothing else of it.
func (s *Server) Subscription() events.Subscription {
	return events.Subscription{Fold: s.Fold, Producers: map[string][]string{"followup": {
		string(proto.MessageName(&followupv1.ComplaintClosed{})), string(proto.MessageName(&followupv1.ComplaintReopened{})),
		string(proto.MessageName(&followupv1.FollowupMigrated{})),
	}}}
}

// Fold applies a batch of followup's events to the states and pins of their complaints. It emits nothing: everybody follows followup.
func (s *Server) Fold(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	// One query for all complaints of the batch, then the events in their order, then one statement for what changed.
	var tenants, ids []string
	for e := range batch.All() {
		if uuid.Validate(e.AggregateID) == nil { // what is no id is no complaint's either
			tenants, ids = append(tenants, e.Tenant), append(ids, e.AggregateID)
		}
	}
	complaints, err := store.LockComplaints(ctx, tx, tenants, ids)
	if err != nil {
		return err
	}
	changed := map[string]domain.Complaint{}
	for e := range batch.All() {
		before, ok := complaints[e.AggregateID]
		if !ok {
			batch.Park(e, fmt.Errorf("complaint %q of tenant %q was never registered", e.AggregateID, e.Tenant))
			continue
		}
		after, err := apply(before, e)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		if after.Version != before.Version { // the next event of the same complaint sees what this one left
			complaints[after.ID], changed[after.ID] = after, after
		}
	}
	return store.SaveComplaints(ctx, tx, slices.Collect(maps.Values(changed))...)
}

// apply returns c after one event. It fails for an event that can never be applied.
func apply(c domain.Complaint, e events.Event) (domain.Complaint, error) {
	m, err := e.Message()
	if err != nil {
		return c, err
	}
	switch m := m.(type) {
	case *followupv1.FollowupMigrated:
		to := m.GetEdition()
		return domain.Repin(c, domain.Edition{Procedure: to.GetProcedure(), Name: to.GetEdition(), Digest: to.GetDigest()}), nil
	case *followupv1.ComplaintClosed:
		return domain.Close(c, e.OccurTime), nil
	case *followupv1.ComplaintReopened:
		return domain.Reopen(c), nil
	}
	return c, fmt.Errorf("intake does not consume %s", e.Type)
}
