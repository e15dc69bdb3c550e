package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/gateway"
)

// files holds, for each service, the table in which every complaint must stand exactly once.
var files = map[string]string{
	"intake": "complaint", "routing": "case_file", "slatimer": "clock_file", "followup": "file", "reporting": "complaint_fact",
}

// TestAKilledReplicaLosesAndRepeatsNothing starts the five binaries, two replicas of each, on one Postgres (five roles, each
// with its schema) and one NATS, streams complaints in, and kills one replica of every service with SIGKILL on the way.
func TestAKilledReplicaLosesAndRepeatsNothing(t *testing.T) {
	const total = 600
	c := startCluster(t, 2)
	publish(t, c, "manufacturing")

	system := c.client(t, "intake", optionsv1.Role_ROLE_INTEGRATION)
	gw := gateway.New(intakev1.NewIntakeServiceClient(system), "gateway-1", "session-1")
	defer gw.Close()
	numbers := map[string]string{}
	for from := 1; from <= total; from += total / 6 {
		items := make([]*intakev1.IntakeItem, 0, total/6)
		for seq := from; seq < from+total/6; seq++ {
			items = append(items, &intakev1.IntakeItem{Sequence: int64(seq), Draft: draft("manufacturing", seq)})
		}
		err := gw.Deliver(t.Context(), items, func(r *intakev1.IntakeResult) error {
			if r.GetError() != nil {
				return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
			}
			if other := numbers[r.GetNumber()]; other != "" && other != r.GetComplaintId() {
				t.Errorf("number %s was given twice", r.GetNumber())
			}
			numbers[r.GetNumber()] = r.GetComplaintId()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if from == 1+total/3 {
			c.killFirst(t) // while the last hundred are still on their way through the others
		}
	}

	for service, table := range files {
		q := fmt.Sprintf("SELECT count(*), count(DISTINCT complaint_id) FROM %s.%s", service, table)
		eventually(t, service+" holds every complaint", func(ctx context.Context) error {
			var rows, distinct int
			if err := c.admin.QueryRow(ctx, q).Scan(&rows, &distinct); err != nil {
				return err
			}
			if rows != total || distinct != total {
				return fmt.Errorf("%d rows of %d complaints, want %d", rows, distinct, total)
			}
			return nil
		})
	}
	settled(t, c)
	for service := range files {
		var parked int
		if err := c.admin.QueryRow(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s.parked_event", service)).Scan(&parked); err != nil || parked > 0 {
			t.Errorf("%s parked %d events (%v)", service, parked, err)
		}
	}
	var works, clocks int
	if err := c.admin.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM routing.work), (SELECT count(*) FROM slatimer.clock)").Scan(&works, &clocks); err != nil {
		t.Fatal(err)
	}
	if works != total || clocks != total {
		t.Errorf("%d work items and %d clocks, want one each of %d complaints", works, clocks, total)
	}
}

// TestAServiceCannotReadAnothersSchema shows that the five roles have no rights on each other's tables.
func TestAServiceCannotReadAnothersSchema(t *testing.T) {
	c := startCluster(t, 1)
	for service := range files {
		conn, err := pgx.Connect(t.Context(), c.database(service))
		if err != nil {
			t.Fatal(err)
		}
		for other, table := range files {
			_, err := conn.Exec(t.Context(), fmt.Sprintf("SELECT FROM %s.%s LIMIT 1", other, table))
			switch {
			case other == service && err != nil:
				t.Errorf("%s cannot read its own %s: %v", service, table, err)
			case other != service && (err == nil || !strings.Contains(err.Error(), "permission denied")):
				t.Errorf("%s reads %s.%s: %v", service, other, table, err)
			}
		}
		conn.Close(t.Context())
	}
}

// draft is one complaint about a product of the manufacturing procedure.
func draft(procedure string, n int) *intakev1.ComplaintDraft {
	return &intakev1.ComplaintDraft{
		Procedure: procedure, Channel: "telephone", Content: "the door is scratched", ExternalReference: fmt.Sprint(n),
		Complainant: &intakev1.Party{Kind: "end_user", Name: "王小明", Phone: fmt.Sprintf("138%08d", n)},
		Fields:      codes("category", "product_quality"),
	}
}
