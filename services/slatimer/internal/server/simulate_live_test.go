package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"
)

// wantStatus checks that an error says something, its details included.
func wantStatus(t *testing.T, err error, says ...string) {
	t.Helper()
	st := status.Convert(err)
	text := fmt.Sprint(st.Code(), st.Message(), st.Details())
	for _, want := range says {
		if !strings.Contains(text, want) {
			t.Errorf("the error does not say %q: %s", want, text)
		}
	}
}

// same asks for the edition that everybody runs by.
func (x *trial) same() *slatimerv1.SimulatePolicyRequest {
	return &slatimerv1.SimulatePolicyRequest{Edition: &slatimerv1.SimulatePolicyRequest_Digest{Digest: procedure.Digest(x.pack)}, DifferenceLimit: 20}
}

// The live fold and the replay are one: under the edition that counted, no clock of a random history differs. News comes late and out
// of order, clocks pause and are replaced, complaints are closed and reopened, and breaches are told before what would have met them.
func TestUnderTheSameEditionNothingDiffers(t *testing.T) {
	t.Parallel()
	changing := []string{"hours", "working_hours", "calendar_days", "counted_days", "climbing", "agreeing", "excusing", "tiered", "mail"}
	for _, pack := range []struct {
		path     string
		channels []string
	}{
		{"../domain/testdata/changing.yaml", changing}, {"../domain/testdata/changing.yaml", changing}, {"../domain/testdata/changing.yaml", changing},
		{"../domain/testdata/limits.yaml", []string{"hours", "eve", "none"}}, {"../domain/testdata/limits.yaml", []string{"hours", "eve", "none"}},
	} {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(pack.path, " ", seed), func(t *testing.T) {
			t.Parallel()
			x := newTrial(t, pack.path, "2026-03-02 08:00")
			names := x.wander(rand.New(rand.NewPCG(seed, 0)), pack.channels)
			list, summary, err := x.simulate(x.same())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string(nil), tellDifferences(list, names)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			total := summary.GetTotal()
			t.Logf("%d clocks, %d breached", total.GetComparedCount(), total.GetBreachedBeforeCount())
			if total.GetComparedCount() != total.GetUnchangedCount() || total.GetBreachedBeforeCount() == 0 || summary.GetFailedComplaintCount() != 0 {
				t.Errorf("summary %v", summary)
			}
		})
	}
}

// wander lets complaints live at random for some days. Seconds tell when news came from when things happened, and no news comes with
// other news, so that no two moments are one: of two producers' news of one moment a replay does not know which came first.
func (x *trial) wander(r *rand.Rand, channels []string) map[string]string {
	now, names, rounds := x.clock.Now(), map[string]string{}, map[string]int32{}
	var ids []string
	for range 260 {
		now = now.Add(time.Duration(1+r.IntN(44)) * time.Minute)
		when := now.Add(-time.Duration(r.IntN(300)) * time.Minute).In(at("2026-03-02 08:00").Location())
		occurred := when.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04")
		var d events.Draft
		if len(ids) < 30 && r.IntN(5) == 0 || len(ids) == 0 {
			id := newID()
			channel := channels[r.IntN(len(channels))]
			ids, names[id], rounds[id] = append(ids, id), fmt.Sprint(channel, len(ids)), 1
			d = x.registered(id, occurred, channel)
		} else {
			id := ids[r.IntN(len(ids))]
			d = x.something(r, id, occurred, rounds)
		}
		x.news(now.Add(30*time.Second), d)
	}
	x.pass(now.Add(time.Hour + 30*time.Second))
	return names
}

// something happens to a complaint.
func (x *trial) something(r *rand.Rand, id, when string, rounds map[string]int32) events.Draft {
	round, work := rounds[id], fmt.Sprint("w", r.IntN(3))
	soon := &typev1.Value{Kind: &typev1.Value_Time{Time: timestamppb.New(at(when).Add(time.Duration(r.IntN(600)) * time.Minute))}}
	switch r.IntN(17) {
	case 0, 1, 2:
		return draft(id, when, &intakev1.ContactRecorded{Purpose: "wait"})
	case 3, 4, 5:
		return draft(id, when, &intakev1.ContactRecorded{Purpose: "go"})
	case 6:
		return draft(id, when, &intakev1.ContactRecorded{Purpose: "talk", Content: []string{"reason"}})
	case 7:
		return draft(id, when, &routingv1.ComplaintClassified{Round: round, Values: map[string]string{"grade": []string{"low", "high"}[r.IntN(2)]}})
	case 8:
		return draft(id, when, &routingv1.WorkOpened{WorkId: work, Step: "act", Round: round, Post: "clerk"})
	case 9:
		return draft(id, when, &routingv1.WorkCompleted{WorkId: work, Step: "check", Round: round, Fields: map[string]*typev1.Value{"agreed": soon}})
	case 10:
		return draft(id, when, &routingv1.MilestoneReached{Milestone: "answered", Step: "check", Round: round})
	case 14:
		return draft(id, when, &routingv1.WorkCompleted{WorkId: work, Step: "act", Round: round})
	case 15:
		return draft(id, when, &routingv1.WorkCancelled{WorkId: work, Step: "act", Round: round})
	case 16:
		return draft(id, when, &intakev1.ContactRecorded{Purpose: "response", Content: []string{"progress"}})
	case 11:
		return draft(id, when, &followupv1.ComplaintClosed{Round: round})
	case 12:
		rounds[id]++
		return draft(id, when, &followupv1.ComplaintReopened{Round: round + 1})
	}
	return draft(id, when, &routingv1.MilestoneReached{Milestone: "acted", Step: "act", Round: round})
}

// What slatimer has parked it has not taken, and a replay does not either.
func TestParkedEventsHaveNoPartInAReplay(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	c := newID()
	x.news(at("2026-03-02 10:00"), x.registered(c, "2026-03-02 10:00", "x"))
	x.news(at("2026-03-02 10:30"), acted(c, "2026-03-02 10:30"))
	// As if the second had been parked: its effect is taken away by hand.
	const park = `INSERT INTO parked_event (producer, incarnation, part, seq, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time,
		record_time, traceparent, error, park_time) VALUES ('routing', 1, $1, 1, gen_random_uuid(), 'default', $2, 1, '', '', '', now(), now(), '', '', now())`
	if _, err := x.pool.Exec(t.Context(), park, events.PartOf(c), c); err != nil {
		t.Fatal(err)
	}
	const undo = `UPDATE clock SET state = 1, end_time = NULL, end_event_id = NULL, next_time = due_time`
	if _, err := x.pool.Exec(t.Context(), undo); err != nil {
		t.Fatal(err)
	}
	list, _, err := x.simulate(x.same())
	if err != nil || len(list) != 0 {
		t.Errorf("differences %v, error %v", list, err)
	}
}

func TestAProducerThatIsDownIsNamed(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	x.lived()
	nobody, err := grpc.NewClient("127.0.0.1:9", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	x.feedBy(func(producer string) eventsv1.EventFeedServiceClient {
		if producer == "routing" {
			return eventsv1.NewEventFeedServiceClient(nobody)
		}
		return x.in.Feed(producer)
	})
	_, _, err = x.simulate(x.same())
	wantStatus(t, err, "Unavailable", "HISTORY_UNAVAILABLE", "routing does not answer", "start it")

	x.feedBy(func(producer string) eventsv1.EventFeedServiceClient { return emptied{x.in.Feed(producer)} })
	_, _, err = x.simulate(x.same())
	wantStatus(t, err, "FailedPrecondition", "HISTORY_REPLACED", "reconcile")
}

// emptied is a feed whose producer has lost its events.
type emptied struct {
	eventsv1.EventFeedServiceClient
}

func (emptied) ReadEvents(context.Context, *eventsv1.ReadEventsRequest, ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	return &eventsv1.ReadEventsResponse{Incarnation: 1}, nil
}

// stuck is a feed that says that it was asked, and then never answers.
type stuck struct {
	eventsv1.EventFeedServiceClient
	asked chan<- struct{}
}

func (s stuck) ReadEvents(ctx context.Context, _ *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestACancelledSimulationEndsAndLetsTheNextIn(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	x.lived()
	asked := make(chan struct{}, 1)
	x.feedBy(func(producer string) eventsv1.EventFeedServiceClient { return stuck{x.in.Feed(producer), asked} })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := x.api.SimulatePolicy(ctx, x.same())
	if err != nil {
		t.Fatal(err)
	}
	<-asked // it is in the middle of reading
	_, _, err = x.simulate(x.same())
	wantStatus(t, err, "ResourceExhausted", "SIMULATION_RUNNING", "wait")
	cancel()
	for err = nil; err == nil; {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Canceled {
		t.Errorf("the cancelled call ends with %v", err)
	}
	x.feedBy(x.in.Feed)
	for { // the client knows of the end before the server does
		if _, _, err = x.simulate(x.same()); status.Code(err) != codes.ResourceExhausted {
			break
		}
	}
	if err != nil {
		t.Errorf("after a cancelled one: %v", err)
	}
}
