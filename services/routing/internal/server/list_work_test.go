package server_test

import (
	"context"
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

func TestListWorkPagesThroughOpenWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var want []string
	for range 5 {
		want = append(want, b.work(b.begin(), "plan", "desk").GetWorkId())
	}
	var got []string
	req := &routingv1.ListWorkRequest{Post: "desk", Procedure: "test", PageSize: 2}
	for {
		resp, err := b.ListWork(supervisor, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range resp.GetWork() {
			got = append(got, w.GetWorkId())
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" { // equal times go by id, and ids by when they were made
		t.Errorf("work (-want +got):\n%s", diff)
	}
}

func TestListWorkShowsWorkAsGetCaseDoes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "audit", "xu.jing", received.Add(-time.Hour))
	id := b.begin()
	b.complete(supervisor, b.plan(id))
	list := func(req *routingv1.ListWorkRequest) []*routingv1.Work {
		t.Helper()
		resp, err := b.ListWork(supervisor, req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetWork()
	}
	all := b.get(id).GetWork()
	same(t, "completed", all[:1], list(&routingv1.ListWorkRequest{State: routingv1.WorkState_WORK_STATE_COMPLETED}))
	same(t, "open", all[1:], list(&routingv1.ListWorkRequest{ComplaintId: id}))
	for person, want := range map[string][]string{"xu.jing": {"decide@audit"}, "li.wei": nil} {
		if diff := cmp.Diff(want, steps(list(&routingv1.ListWorkRequest{Person: person}))); diff != "" {
			t.Errorf("work of %s (-want +got):\n%s", person, diff)
		}
	}
	if got := list(&routingv1.ListWorkRequest{State: routingv1.WorkState_WORK_STATE_CANCELLED}); got != nil {
		t.Errorf("cancelled: %v", got)
	}
}

func TestReadersSeeTheirTenantAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	foreign := auth.With(context.Background(), auth.Principal{Tenant: "other", Subject: "x", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AUDITOR}})
	_, err := b.GetCase(foreign, &routingv1.GetCaseRequest{ComplaintId: id})
	wantFault(t, err, fault.NotFound, domain.ReasonCaseNotFound, "")
	resp, err := b.ListWork(foreign, &routingv1.ListWorkRequest{})
	if err != nil || len(resp.GetWork()) > 0 {
		t.Errorf("another tenant sees %v (%v)", resp.GetWork(), err)
	}
}

func TestPageTokensOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, token := range []string{
		"%", "bm90IGpzb24",
		base64.RawURLEncoding.EncodeToString([]byte(`{"t":"2026-03-06T02:00:00Z","w":"'; DROP TABLE work"}`)),
		base64.RawURLEncoding.EncodeToString([]byte(`{"t":"later"}`)),
	} {
		_, err := b.ListWork(supervisor, &routingv1.ListWorkRequest{PageToken: token})
		wantFault(t, err, fault.Invalid, "PAGE_TOKEN_INVALID", "page_token")
	}
}
