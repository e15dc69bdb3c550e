package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

func TestListVisitsGoesThroughAllPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	var want []string
	for n := range 5 {
		in.Deliver([]events.Draft{h.registered(n), answered(n, 1+n/2, 1)}...)
		want = append(want, id(n))
	}
	var got []string
	req := &followupv1.ListVisitsRequest{PageSize: 2}
	for pages := 1; ; pages++ {
		resp := h.list(t, req)
		for _, v := range resp.GetVisits() {
			got = append(got, v.GetComplaintId())
		}
		if resp.GetNextPageToken() == "" {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		req.PageToken = resp.GetNextPageToken()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
	for _, token := range []string{
		"none of ours", rpc.PageToken(map[string]string{"v": "42"}), rpc.PageToken(map[string]string{"v": "urn:uuid:0190c1de-0000-7000-8000-000000000001"}),
	} {
		_, err := h.ListVisits(caller(t, "default"), &followupv1.ListVisitsRequest{PageToken: token})
		if fault.ReasonOf(err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("the strange page token %q gives %v", token, err)
		}
	}
	other, err := h.ListVisits(caller(t, "other"), &followupv1.ListVisitsRequest{})
	if err != nil || len(other.GetVisits()) > 0 {
		t.Errorf("another tenant sees %v, error %v", other, err)
	}
	// Only a service may name a tenant.
	named := &followupv1.ListVisitsRequest{Tenant: "default"}
	if other, err = h.ListVisits(caller(t, "other"), named); err != nil || len(other.GetVisits()) > 0 {
		t.Errorf("another tenant sees %v by its name, error %v", other, err)
	}
	service := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "intake", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SERVICE}})
	if of, err := h.ListVisits(service, named); err != nil || len(of.GetVisits()) != len(want) {
		t.Errorf("a service sees %d visits, error %v; want %d", len(of.GetVisits()), err, len(want))
	}
}
