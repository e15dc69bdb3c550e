package server_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

// list returns all pages of ListClocks, two clocks a page, as "policy due".
func (f *fixture) list(tenant string, req *slatimerv1.ListClocksRequest) []string {
	f.t.Helper()
	ctx := auth.With(f.t.Context(), auth.Principal{Tenant: tenant})
	req.PageSize = 2
	var lines []string
	for {
		res, err := f.srv.ListClocks(ctx, req)
		if err != nil {
			f.t.Fatal(err)
		}
		if len(res.GetClocks()) > 2 {
			f.t.Fatalf("a page of %d clocks, asked for 2", len(res.GetClocks()))
		}
		for _, c := range res.GetClocks() {
			lines = append(lines, c.GetPolicy()+" "+show(c.GetDueTime().AsTime()))
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			return lines
		}
	}
}

func TestListClocks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, two := newID(), newID()
	f.in.Deliver(f.registered(one, "2026-03-02 08:30"), opened(one, "w", "2026-03-02 09:00"), completed(one, "w", "2026-03-02 09:30"))
	f.in.Deliver(f.registered(two, "2026-03-02 08:30"), opened(two, "w", "2026-03-02 08:40"))
	f.fire("2026-03-02 09:40", f.timers())
	tests := []struct {
		name string
		req  *slatimerv1.ListClocksRequest
		want []string
	}{
		{"of a complaint, by start", &slatimerv1.ListClocksRequest{ComplaintId: one}, []string{"long 03-02 17:00", "short 03-02 10:00", "after 03-02 11:30"}},
		{"of a complaint, in a state", &slatimerv1.ListClocksRequest{ComplaintId: one, State: slatimerv1.ClockState_CLOCK_STATE_RUNNING}, []string{"after 03-02 11:30"}},
		{"all, by due time", &slatimerv1.ListClocksRequest{}, []string{"short 03-02 09:40", "short 03-02 10:00", "after 03-02 11:30", "long 03-02 16:40", "long 03-02 17:00"}},
		{"what runs", &slatimerv1.ListClocksRequest{State: slatimerv1.ClockState_CLOCK_STATE_RUNNING}, []string{"after 03-02 11:30", "long 03-02 16:40"}},
		{"breached", &slatimerv1.ListClocksRequest{State: slatimerv1.ClockState_CLOCK_STATE_BREACHED}, []string{"short 03-02 09:40"}},
		{"due before", &slatimerv1.ListClocksRequest{DueTimeTo: timestamppb.New(at("2026-03-02 11:30"))}, []string{"short 03-02 09:40", "short 03-02 10:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, f.list("default", tt.req)); diff != "" {
				t.Errorf("clocks (-want +got):\n%s", diff)
			}
		})
	}
	if got := f.list("other", &slatimerv1.ListClocksRequest{}); len(got) != 0 {
		t.Errorf("another tenant sees %v", got)
	}
}

func TestListClocksShowsTheClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"), completed(c, "w", "2026-03-02 10:05"))
	res, err := f.srv.ListClocks(auth.With(t.Context(), auth.Principal{Tenant: "default"}), &slatimerv1.ListClocksRequest{ComplaintId: c, State: slatimerv1.ClockState_CLOCK_STATE_BREACHED})
	if err != nil {
		t.Fatal(err)
	}
	want := &slatimerv1.ListClocksResponse{Clocks: []*slatimerv1.Clock{{
		ComplaintId: c, Policy: "short", Round: 1, State: slatimerv1.ClockState_CLOCK_STATE_BREACHED, Soft: true, Internal: true,
		StartTime: timestamppb.New(at("2026-03-02 09:00")), DueTime: timestamppb.New(at("2026-03-02 10:00")),
		BreachTime: timestamppb.New(at("2026-03-02 10:00")), EndTime: timestamppb.New(at("2026-03-02 10:05")), Edition: f.digest,
	}}}
	ids := protocmp.IgnoreFields(&slatimerv1.Clock{}, "clock_id", "start_event_id")
	if diff := cmp.Diff(want, res, protocmp.Transform(), ids); diff != "" {
		t.Errorf("clock (-want +got):\n%s", diff)
	}
}

func TestListClocksRefusesWhatIsNoTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, seconds := range []int64{1 << 44, 1 << 60} { // Postgres refuses the first; the second would come round to long ago
		_, err := f.srv.ListClocks(t.Context(), &slatimerv1.ListClocksRequest{DueTimeTo: &timestamppb.Timestamp{Seconds: seconds}})
		if fault.ReasonOf(err) != "REQUEST_INVALID" {
			t.Errorf("due_time_to of %d s: %v, want REQUEST_INVALID", seconds, err)
		}
	}
}

func TestListClocksRefusesForeignTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, token := range []string{
		"?", rpc.PageToken(map[string]string{"t": "yesterday"}), rpc.PageToken(map[string]string{"c": "42"}),
		rpc.PageToken(map[string]string{"c": "urn:uuid:0190c1de-0000-7000-8000-000000000001"}), // Postgres reads no such form
	} {
		_, err := f.srv.ListClocks(context.Background(), &slatimerv1.ListClocksRequest{PageToken: token})
		if fault.ReasonOf(err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("page_token %q: %v, want PAGE_TOKEN_INVALID", token, err)
		}
	}
}
