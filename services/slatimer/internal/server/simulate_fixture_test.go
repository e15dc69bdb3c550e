package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/rpc"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/server"
	"redress.dev/services/slatimer/internal/store"
)

// feeds returns the producers' feeds; a test may put others in their place.
type feeds func(producer string) eventsv1.EventFeedServiceClient

// trial is a slatimer that lives through a history and is then asked what would have been.
type trial struct {
	t     *testing.T
	pool  *pgxpool.Pool
	clock *clock.Manual
	srv   *server.Server
	in    *eventstest.Inbox
	pack  *procedurev1.Procedure
	api   slatimerv1.SlatimerServiceClient
	feed  atomic.Pointer[feeds]
}

func newTrial(t *testing.T, path, start string) *trial {
	t.Helper()
	x := &trial{t: t, clock: clock.NewManual(at(start)), pack: parse(t, path)}
	x.pool = pgtest.New(t, "slatimer", events.Migrations, editions.Migrations, store.Migrations)
	fetch := func(_ context.Context, digest string) (*procedurev1.Procedure, error) {
		if digest != procedure.Digest(x.pack) {
			return nil, status.Error(codes.NotFound, "no such edition")
		}
		return x.pack, nil
	}
	x.srv = server.New(server.Config{
		Pool: x.pool, Firing: firingPool(t, x.pool), Editions: editions.New(x.pool, fetch), Now: x.clock.Now, NewID: newID, Poke: func() {}, Armed: func([]domain.Timer) {},
		Fetch: fetch, Feed: func(producer string) eventsv1.EventFeedServiceClient { return (*x.feed.Load())(producer) },
	})
	x.in = eventstest.Deliver(t, x.pool, x.srv.Fold, eventstest.RecordedAt(x.clock.Now))
	x.feedBy(x.in.Feed)
	x.api = slatimerv1.NewSlatimerServiceClient(serve(t, x.srv))
	return x
}

// feedBy puts feeds in the place of those that there are.
func (x *trial) feedBy(f feeds) { x.feed.Store(&f) }

func parse(t *testing.T, path string) *procedurev1.Procedure {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// serve serves srv on loopback to a supervisor of the default tenant.
func serve(t *testing.T, srv *server.Server) *grpc.ClientConn {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.StreamInterceptor(func(impl any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		err := next(impl, caller{ss})
		if err == nil {
			return nil
		}
		return rpc.Status(err, "slatimer").Err()
	}))
	srv.Register(s)
	go func() { _ = s.Serve(lis) }()
	t.Cleanup(s.Stop)
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// caller is a stream whose caller is known.
type caller struct{ grpc.ServerStream }

func (c caller) Context() context.Context {
	return auth.With(c.ServerStream.Context(), auth.Principal{Tenant: "default"})
}

// news fires what is due by then, and lets an event be recorded and taken at a time.
func (x *trial) news(when time.Time, d events.Draft) {
	x.t.Helper()
	x.pass(when)
	x.in.Deliver(d)
}

// pass moves the clock and fires what is due.
func (x *trial) pass(when time.Time) {
	x.t.Helper()
	x.clock.Set(when)
	for {
		timers, err := store.Timers(x.t.Context(), x.pool, allShards(), time.Time{}, when, 500)
		if err != nil {
			x.t.Fatal(err)
		}
		if len(timers) == 0 {
			return
		}
		if _, _, err := x.srv.Fire(x.t.Context(), timers, when); err != nil {
			x.t.Fatal(err)
		}
	}
}

func allShards() []int {
	shards := make([]int, events.Parts)
	for i := range shards {
		shards[i] = i
	}
	return shards
}

func (x *trial) registered(complaint, when, channel string) events.Draft {
	edition := &typev1.Edition{Procedure: x.pack.GetCode(), Edition: x.pack.GetEdition(), Digest: procedure.Digest(x.pack)}
	return draft(complaint, when, &intakev1.ComplaintRegistered{Edition: edition, Channel: channel, Flow: "only", CountTime: timestamppb.New(at(when))})
}

// simulate returns the differences and the summary of a simulation.
func (x *trial) simulate(req *slatimerv1.SimulatePolicyRequest) ([]*slatimerv1.ClockDifference, *slatimerv1.SimulationSummary, error) {
	x.t.Helper()
	stream, err := x.api.SimulatePolicy(x.t.Context(), req)
	if err != nil {
		x.t.Fatal(err)
	}
	var list []*slatimerv1.ClockDifference
	var summary *slatimerv1.SimulationSummary
	for {
		frame, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return list, summary, nil
		}
		if err != nil {
			return list, nil, err
		}
		if d := frame.GetDifference(); d != nil {
			list = append(list, d)
		}
		if s := frame.GetSummary(); s != nil {
			summary = s
		}
	}
}

// tell writes differences, one line each, sorted; names are those of the complaints.
func tellDifferences(list []*slatimerv1.ClockDifference, names map[string]string) []string {
	standing := func(s *slatimerv1.SimulatedClock) string {
		if s == nil {
			return "none"
		}
		return show(s.GetDueTime().AsTime()) + " " + s.GetState().String()[len("CLOCK_STATE_"):]
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("%s %s/%d [%s] %s: %s -> %s", names[d.GetComplaintId()], d.GetPolicy(), d.GetRound(), d.GetPost(),
			d.GetKind().String()[len("DIFFERENCE_KIND_"):], standing(d.GetBefore()), standing(d.GetAfter())))
	}
	return slices.Sorted(slices.Values(lines))
}

// groups writes groups as "target key: compared unchanged won lost moved before after state".
func groups(list []*slatimerv1.SimulationGroup) map[string]string {
	out := map[string]string{}
	for _, g := range list {
		out[g.GetTarget()+" "+g.GetKey()] = counts(g.GetCount())
	}
	return out
}

func counts(c *slatimerv1.SimulationCount) string {
	return fmt.Sprint(c.GetComparedCount(), c.GetUnchangedCount(), c.GetBreachWonCount(), c.GetBreachLostCount(), c.GetDueMovedCount(),
		c.GetOnlyBeforeCount(), c.GetOnlyAfterCount(), c.GetStateChangedCount(), c.GetBreachedBeforeCount(), c.GetBreachedAfterCount())
}
