package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
	"redress.dev/services/standalone"
)

const (
	// complaints are registered by callers at once.
	complaints = 2000
	callers    = 8
	// patience bounds the wait for the services to take each other's events.
	patience = 2 * time.Minute
)

// BenchmarkSimulatePolicy registers complaints by RPC, lets the five services work them, and then replays them under a draft whose
// limits are longer: the events come over gRPC from the producers' tables, with tokens, as they do in a real installation.
func BenchmarkSimulatePolicy(b *testing.B) {
	suite, err := standalone.Start(b.Context(), standalone.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = suite.Stop() })
	p := read(b, filepath.Join("..", "..", "..", "..", "deploy", "procedures", "consumer-finance", "2026-01", "procedure.yaml"))
	author := dialAs(b, suite, "intake", "author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
	approver := dialAs(b, suite, "intake", "approver", optionsv1.Role_ROLE_SUPERVISOR)
	if _, err := editions.Publish(b.Context(), editions.As(author), editions.As(approver), p); err != nil {
		b.Fatal(err)
	}
	register(b, suite)
	settle(b, suite)
	draft := p
	draft.Edition = "tried"
	for _, c := range draft.GetClocks() {
		c.Limit, c.Cases = &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 1000}}, nil
	}
	api := slatimerv1.NewSlatimerServiceClient(dial(b, suite, "slatimer", optionsv1.Role_ROLE_PROCEDURE_AUTHOR))
	b.ResetTimer()
	for b.Loop() {
		start := time.Now()
		s := simulate(b, api, draft)
		took := time.Since(start).Seconds()
		n, moved := s.GetTotal().GetComparedCount(), s.GetTotal().GetDueMovedCount()
		if s.GetComplaintCount() != complaints || n == 0 || moved != n || s.GetFailedComplaintCount() != 0 {
			b.Fatalf("not what the history gives: %v", s)
		}
		b.ReportMetric(float64(n)/took, "clocks/s")
		fmt.Printf("simulate: %d clocks of %d complaints through five services in %.2f s\n", n, s.GetComplaintCount(), took)
	}
}

// simulate returns the summary of a simulation.
func simulate(b *testing.B, api slatimerv1.SlatimerServiceClient, draft *procedurev1.Procedure) *slatimerv1.SimulationSummary {
	b.Helper()
	edition := &slatimerv1.SimulatePolicyRequest_Draft{Draft: draft}
	stream, err := api.SimulatePolicy(b.Context(), &slatimerv1.SimulatePolicyRequest{Edition: edition, DifferenceLimit: 100})
	if err != nil {
		b.Fatal(err)
	}
	var summary *slatimerv1.SimulationSummary
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return summary
		}
		if err != nil {
			b.Fatal(err)
		}
		if s := frame.GetSummary(); s != nil {
			summary = s
		}
	}
}

// register registers the complaints.
func register(b *testing.B, suite *standalone.Suite) {
	b.Helper()
	api := intakev1.NewIntakeServiceClient(dial(b, suite, "intake", optionsv1.Role_ROLE_AGENT))
	g, ctx := errgroup.WithContext(b.Context())
	for range callers {
		g.Go(func() error {
			for range complaints / callers {
				product := procedure.ToProto(procedure.Code("Mortgage"))
				d := &intakev1.ComplaintDraft{Procedure: "consumer-finance", Channel: "Web", Fields: map[string]*typev1.Value{"product": product}}
				if _, err := api.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// settle waits until slatimer has taken all that intake, routing and followup have recorded, twice in a row.
func settle(b *testing.B, suite *standalone.Suite) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for last, quiet := int64(-1), 0; quiet < 4; {
		heads, taken := int64(0), int64(0)
		for _, producer := range []string{"intake", "routing", "followup"} {
			res, err := eventsv1.NewEventFeedServiceClient(dial(b, suite, producer, optionsv1.Role_ROLE_OPERATOR)).ListHeads(ctx, &eventsv1.ListHeadsRequest{})
			if err != nil {
				b.Fatal(err)
			}
			for _, h := range res.GetHeads() {
				heads += h.GetSeq() + h.GetPendingCount()
			}
		}
		res, err := eventsv1.NewEventFeedServiceClient(dial(b, suite, "slatimer", optionsv1.Role_ROLE_OPERATOR)).ListCursors(ctx, &eventsv1.ListCursorsRequest{})
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range res.GetCursors() {
			taken += c.GetSeq()
		}
		quiet++
		if taken != heads || heads != last {
			quiet = 0
		}
		last = heads
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatalf("slatimer has taken %d of %d events", taken, heads)
		}
	}
}

func dial(b *testing.B, suite *standalone.Suite, service string, roles ...optionsv1.Role) *grpc.ClientConn {
	b.Helper()
	return dialAs(b, suite, service, "bench", roles...)
}

func dialAs(b *testing.B, suite *standalone.Suite, service, subject string, roles ...optionsv1.Role) *grpc.ClientConn {
	b.Helper()
	token, err := suite.Token(subject, time.Hour, roles...)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := suite.Dial(service, token)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

func read(b *testing.B, name string) *procedurev1.Procedure {
	b.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	return p
}
