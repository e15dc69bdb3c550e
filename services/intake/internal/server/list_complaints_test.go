package server

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
)

// registerDraft registers a draft that change has made another.
func (f fixture) registerDraft(t testing.TB, change func(d *intakev1.ComplaintDraft)) *intakev1.Complaint {
	t.Helper()
	d := draft()
	change(d)
	resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetComplaint()
}

// numbers lists the numbers of all pages.
func (f fixture) numbers(ctx context.Context, t testing.TB, req *intakev1.ListComplaintsRequest) (all []string) {
	t.Helper()
	for {
		page, err := f.ListComplaints(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.GetComplaints() {
			all = append(all, c.GetNumber())
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

func TestListsAreFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	hour := func(h int) *timestamppb.Timestamp { return timestamppb.New(now.Add(time.Duration(h) * time.Hour)) }
	a := f.registerDraft(t, func(d *intakev1.ComplaintDraft) { d.ReceiveTime, d.Channel = hour(-1), "store" })
	b := f.registerDraft(t, func(d *intakev1.ComplaintDraft) { d.ReceiveTime, d.Fields["category"] = hour(-3), code("delivery") })
	c := f.registerDraft(t, func(d *intakev1.ComplaintDraft) { d.ReceiveTime, d.Fields["order"] = hour(-2), code("A-17") })
	f.link(t, a.GetComplaintId(), b.GetComplaintId())
	for _, tt := range []struct {
		name string
		req  *intakev1.ListComplaintsRequest
		want []*intakev1.Complaint
	}{
		{"newest first", &intakev1.ListComplaintsRequest{}, []*intakev1.Complaint{c, b, a}},
		{"oldest first", &intakev1.ListComplaintsRequest{OrderBy: "register_time"}, []*intakev1.Complaint{a, b, c}},
		{"by receipt", &intakev1.ListComplaintsRequest{OrderBy: "receive_time", ReceiveTimeFrom: hour(-9)}, []*intakev1.Complaint{b, c, a}},
		{"by receipt, latest first", &intakev1.ListComplaintsRequest{OrderBy: "receive_time desc", ReceiveTimeFrom: hour(-9)}, []*intakev1.Complaint{a, c, b}},
		{"by number", &intakev1.ListComplaintsRequest{OrderBy: "number"}, []*intakev1.Complaint{a, b, c}},
		{"by number, last first", &intakev1.ListComplaintsRequest{OrderBy: "number desc"}, []*intakev1.Complaint{c, b, a}},
		{"channel", &intakev1.ListComplaintsRequest{Channel: "store"}, []*intakev1.Complaint{a}},
		{"flow", &intakev1.ListComplaintsRequest{Flow: "direct"}, []*intakev1.Complaint{c, b, a}},
		{"another flow", &intakev1.ListComplaintsRequest{Flow: "direct'--"}, nil},
		{"a fact", &intakev1.ListComplaintsRequest{Fields: map[string]*typev1.Value{"category": code("delivery")}}, []*intakev1.Complaint{b}},
		{"two facts", &intakev1.ListComplaintsRequest{Fields: map[string]*typev1.Value{"category": code("quality"), "order": code("A-17")}}, []*intakev1.Complaint{c}},
		{"a fact that is not there", &intakev1.ListComplaintsRequest{Fields: map[string]*typev1.Value{"category": code("quality"), "order": code("A-1")}}, nil},
		{"number", &intakev1.ListComplaintsRequest{NumberPrefix: a.GetNumber()[:9]}, []*intakev1.Complaint{c, b, a}},
		{"no pattern", &intakev1.ListComplaintsRequest{NumberPrefix: "%"}, nil},
		{"linked", &intakev1.ListComplaintsRequest{Linked: proto.Bool(true)}, []*intakev1.Complaint{b, a}},
		{"linked with none", &intakev1.ListComplaintsRequest{Linked: proto.Bool(false)}, []*intakev1.Complaint{c}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			for _, c := range tt.want {
				want = append(want, c.GetNumber())
			}
			tt.req.PageSize = 1
			if diff := cmp.Diff(want, f.numbers(f.ctx, t, tt.req)); diff != "" {
				t.Errorf("numbers, one a page (-want +got):\n%s", diff)
			}
		})
	}
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei"})
	if got := f.numbers(other, t, &intakev1.ListComplaintsRequest{}); got != nil {
		t.Errorf("another tenant sees %v", got)
	}
}

func TestRefusedLists(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(t)
	f.register(t)
	first, err := f.ListComplaints(f.ctx, &intakev1.ListComplaintsRequest{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	token := first.GetNextPageToken()
	for _, tt := range []struct {
		name          string
		req           *intakev1.ListComplaintsRequest
		reason, field string
	}{
		{"another procedure", &intakev1.ListComplaintsRequest{Procedure: "gardens"}, "PROCEDURE_UNKNOWN", "procedure"},
		{"the token of another filter", &intakev1.ListComplaintsRequest{PageToken: token, Channel: "store"}, "PAGE_TOKEN_INVALID", "page_token"},
		{"the token of another order", &intakev1.ListComplaintsRequest{PageToken: token, OrderBy: "number"}, "PAGE_TOKEN_INVALID", "page_token"},
		{"by receipt, from the beginning", &intakev1.ListComplaintsRequest{OrderBy: "receive_time"}, "FIELD_REQUIRED", "receive_time_from"},
		{"NUL", &intakev1.ListComplaintsRequest{Channel: "a\x00"}, "FIELD_INVALID", "channel"},
		{"NUL in a number", &intakev1.ListComplaintsRequest{NumberPrefix: "\x00"}, "FIELD_INVALID", "number_prefix"},
		{"a fact without a value", &intakev1.ListComplaintsRequest{Fields: map[string]*typev1.Value{"category": {}}}, "FIELD_INVALID", "fields.category"},
		{"no time", &intakev1.ListComplaintsRequest{ReceiveTimeFrom: &timestamppb.Timestamp{Nanos: -1}}, "TIME_INVALID", "receive_time_from"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.ListComplaints(f.ctx, tt.req)
			wantReason(t, err, tt.reason, tt.field)
		})
	}
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei"})
	_, err = f.ListComplaints(other, &intakev1.ListComplaintsRequest{PageToken: token})
	wantReason(t, err, "PAGE_TOKEN_INVALID", "page_token")
}

// Whatever comes while somebody pages: what was there at the first page stands in exactly one of them, in order.
func TestPagesAreStableWhileComplaintsCome(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	receipt := func(n int) *timestamppb.Timestamp { return timestamppb.New(now.Add(-time.Duration(n) * time.Minute)) }
	rapid.Check(t, func(rt *rapid.T) {
		channel := uuid.NewString() // a list of its own
		register := func(minutes []int) []string {
			var numbers []string
			for _, n := range minutes {
				numbers = append(numbers, f.registerDraft(t, func(d *intakev1.ComplaintDraft) { d.Channel, d.ReceiveTime = channel, receipt(n) }).GetNumber())
			}
			return numbers
		}
		before := register(rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(rt, "before"))
		meanwhile := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 5).Draw(rt, "meanwhile")
		req := &intakev1.ListComplaintsRequest{
			Channel: channel, PageSize: rapid.Int32Range(1, 3).Draw(rt, "page size"), ReceiveTimeFrom: receipt(100),
			OrderBy: rapid.SampledFrom([]string{"", "register_time", "number", "number desc", "receive_time", "receive_time desc"}).Draw(rt, "order"),
		}
		first, err := f.ListComplaints(f.ctx, req)
		if err != nil {
			rt.Fatal(err)
		}
		var wait sync.WaitGroup
		wait.Go(func() { register(meanwhile) })
		got := make([]string, 0, len(before))
		for _, c := range first.GetComplaints() {
			got = append(got, c.GetNumber())
		}
		if req.PageToken = first.GetNextPageToken(); req.GetPageToken() != "" {
			got = append(got, f.numbers(f.ctx, t, req)...)
		}
		wait.Wait()
		seen := map[string]int{}
		for _, n := range got {
			seen[n]++
		}
		for _, n := range before {
			if seen[n] != 1 {
				rt.Errorf("%s stands %d times in %v", n, seen[n], got)
			}
		}
		if req.GetOrderBy() == "number" && !slices.IsSorted(got) {
			rt.Errorf("out of order: %v", got)
		}
		for n, times := range seen {
			if times > 1 {
				rt.Errorf("%s twice: %s", n, fmt.Sprint(got))
			}
		}
	})
}
