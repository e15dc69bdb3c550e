package server

import (
	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// notHere answers for a complaint that has no case.
func notHere(id uuid.UUID) *routingv1.ComplaintMigration {
	return &routingv1.ComplaintMigration{
		ComplaintId: id.String(), Outcome: routingv1.MigrationOutcome_MIGRATION_OUTCOME_REFUSED,
		Obstacles: []*routingv1.MigrationObstacle{{
			Kind:   routingv1.MigrationObstacleKind_MIGRATION_OBSTACLE_KIND_NOT_FOUND,
			Detail: "there is no case of this complaint here; one that was registered just now arrives within moments",
		}},
	}
}

// migration answers for a case of an edition.
func migration(c domain.Case, from *procedure.Procedure, outcome routingv1.MigrationOutcome) *routingv1.ComplaintMigration {
	return &routingv1.ComplaintMigration{ComplaintId: c.ComplaintID, Number: c.Number, Outcome: outcome, FromEdition: editionProto(from)}
}

// refused answers for a case that stays.
func refused(c domain.Case, from *procedure.Procedure, obstacles []domain.Obstacle) *routingv1.ComplaintMigration {
	out := migration(c, from, routingv1.MigrationOutcome_MIGRATION_OUTCOME_REFUSED)
	for _, o := range obstacles {
		out.Obstacles = append(out.Obstacles, &routingv1.MigrationObstacle{Kind: routingv1.MigrationObstacleKind(o.Kind), Key: o.Key, Detail: o.Detail})
	}
	return out
}

// migrated answers for a case that goes over, with its open work afterwards and the steps whose work was cancelled.
func migrated(before domain.Case, from *procedure.Procedure, evs []domain.Event, after domain.Case) *routingv1.ComplaintMigration {
	out := migration(before, from, routingv1.MigrationOutcome_MIGRATION_OUTCOME_MIGRATED)
	out.Work = migratedProtos(after.Work)
	for _, e := range evs {
		if gone, ok := e.(domain.Cancelled); ok {
			out.CancelledSteps = append(out.CancelledSteps, gone.Work.Step)
		}
	}
	return out
}

// migratedProtos returns the work of a list that is open.
func migratedProtos(work []domain.Work) []*routingv1.MigratedWork {
	var out []*routingv1.MigratedWork
	for _, w := range work {
		if w.State == domain.WorkOpen {
			out = append(out, &routingv1.MigratedWork{WorkId: w.ID, Step: w.Step, Post: w.Post, Person: w.Person})
		}
	}
	return out
}
