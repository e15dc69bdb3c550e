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
	c := startCluster(t, 2)
	publish(t, c, "manufacturing")
	s := newStream(t, c)
	s.send(1, 200)
	s.send(201, 300)
	c.killFirst(t) // while the last hundred are still on their way through the others
	s.send(301, 600)
	c.wantEachOnce(t, 600)
}

// TestAWipedStreamLosesNothing stops NATS in the middle, deletes its store, lets complaints come meanwhile, and starts it empty.
func TestAWipedStreamLosesNothing(t *testing.T) {
	c := startCluster(t, 1)
	publish(t, c, "manufacturing")
	s := newStream(t, c)
	s.send(1, 150)
	c.nats.Stop()
	c.nats.Wipe()
	s.send(151, 300) // registration does not need NATS
	c.nats.Start()
	s.send(301, 400)
	c.wantEachOnce(t, 400)
}

// stream is a gateway's session.
type stream struct {
	t       *testing.T
	gateway *gateway.Gateway
	numbers map[string]string // complaint by number
}

func newStream(t *testing.T, c *cluster) *stream {
	t.Helper()
	gw := gateway.New(intakev1.NewIntakeServiceClient(c.client(t, "intake", optionsv1.Role_ROLE_INTEGRATION)), "gateway-1", "session-1")
	return &stream{t: t, gateway: gw, numbers: map[string]string{}}
}

// send delivers the items from first to last.
func (s *stream) send(first, last int) {
	s.t.Helper()
	var items []*intakev1.IntakeItem
	for seq := first; seq <= last; seq++ {
		items = append(items, &intakev1.IntakeItem{Sequence: int64(seq), Draft: draft("manufacturing", seq)})
	}
	err := s.gateway.Deliver(s.t.Context(), items, func(r *intakev1.IntakeResult) error {
		if r.GetError() != nil {
			return fmt.Errorf("item %d: %s", r.GetSequence(), r.GetError().GetMessage())
		}
		if other := s.numbers[r.GetNumber()]; other != "" && other != r.GetComplaintId() {
			s.t.Errorf("number %s was given twice", r.GetNumber())
		}
		s.numbers[r.GetNumber()] = r.GetComplaintId()
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// wantEachOnce waits until every service holds total complaints, each once, with one work item and one clock, and nothing parked.
func (c *cluster) wantEachOnce(t *testing.T, total int) {
	t.Helper()
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
