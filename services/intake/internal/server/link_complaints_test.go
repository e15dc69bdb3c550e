package server

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/eventstest"
)

const sameMatter = typev1.LinkKind_LINK_KIND_SAME_MATTER

// registered registers complaints of people with these telephone numbers, and forgets their events.
func (f fixture) registered(t *testing.T, phones ...string) []string {
	t.Helper()
	var ids []string
	for _, phone := range phones {
		d := draft()
		d.Complainant.Phone = phone
		resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, resp.GetComplaint().GetComplaintId())
	}
	f.exec(t, `TRUNCATE outbox_pending`)
	return ids
}

func (f fixture) link(t *testing.T, one, other string) {
	t.Helper()
	if _, err := f.LinkComplaints(f.ctx, &intakev1.LinkComplaintsRequest{RequestId: uuid.NewString(), Kind: sameMatter, ComplaintId: one, OtherComplaintId: other}); err != nil {
		t.Fatal(err)
	}
}

// told returns what the outbox tells of each complaint at last: which are linked with it, and how many people these are.
func (f fixture) told(t *testing.T) map[string][2]int {
	t.Helper()
	out := map[string][2]int{}
	for _, e := range eventstest.Emitted(t, f.pool) {
		message, err := e.Message()
		if err != nil {
			t.Fatal(err)
		}
		m, ok := message.(*intakev1.ComplaintLinked)
		if !ok {
			t.Fatalf("a %s", e.Type)
		}
		people := map[string]bool{}
		for _, l := range m.GetComplaints() {
			people[l.GetComplainant()] = true
		}
		out[e.AggregateID] = [2]int{len(m.GetComplaints()), len(people)}
	}
	return out
}

func TestLinksBringGroupsTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "13800138000", "13800138001", "138 0013 8000", "13800138003", "")
	f.link(t, ids[0], ids[1])
	f.link(t, ids[2], ids[3])
	f.link(t, ids[1], ids[2]) // and so all four
	want := map[string][2]int{ids[0]: {4, 3}, ids[1]: {4, 3}, ids[2]: {4, 3}, ids[3]: {4, 3}}
	if diff := cmp.Diff(want, f.told(t)); diff != "" {
		t.Errorf("complaints and people (-want +got):\n%s", diff)
	}
	links, err := f.ListLinks(f.ctx, &intakev1.ListLinksRequest{ComplaintId: ids[3]})
	if err != nil || len(links.GetLinks()) != 4 {
		t.Fatalf("links are %v, %v, want 4", links, err)
	}
	f.exec(t, `TRUNCATE outbox_pending`)
	if _, err := f.UnlinkComplaint(f.ctx, &intakev1.UnlinkComplaintRequest{RequestId: uuid.NewString(), Kind: sameMatter, ComplaintId: ids[1]}); err != nil {
		t.Fatal(err)
	}
	want = map[string][2]int{ids[0]: {3, 2}, ids[1]: {0, 0}, ids[2]: {3, 2}, ids[3]: {3, 2}}
	if diff := cmp.Diff(want, f.told(t)); diff != "" {
		t.Errorf("after one was taken out, complaints and people (-want +got):\n%s", diff)
	}
}

func TestALinkOfTwoUndoneLeavesNone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "13800138000", "13800138001")
	f.link(t, ids[0], ids[1])
	f.exec(t, `TRUNCATE outbox_pending`)
	for range 2 { // the second finds nothing to do
		if _, err := f.UnlinkComplaint(f.ctx, &intakev1.UnlinkComplaintRequest{RequestId: uuid.NewString(), Kind: sameMatter, ComplaintId: ids[0]}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string][2]int{ids[0]: {}, ids[1]: {}}, f.told(t)); diff != "" || f.count(t, "complaint_link") != 0 {
		t.Errorf("%d rows, events (-want +got):\n%s", f.count(t, "complaint_link"), diff)
	}
}

func TestWhoIsNotCounted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "13800138000", "13800138000")
	req := &intakev1.LinkComplaintsRequest{
		RequestId: uuid.NewString(), Kind: typev1.LinkKind_LINK_KIND_REPEAT_OF, ComplaintId: ids[1], OtherComplaintId: ids[0], NotCounted: true, Reason: "demands_more",
	}
	var first *intakev1.LinkComplaintsResponse
	for range 2 { // a retry
		resp, err := f.LinkComplaints(f.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = resp
		}
		var counted []bool
		for _, l := range resp.GetLinks() {
			counted = append(counted, l.GetCounted())
		}
		if !slices.Equal(counted, []bool{true, false}) || resp.GetLinks()[1].GetReason() != "demands_more" || resp.GetLinks()[1].GetActor() != "person:li.wei" {
			t.Errorf("links are %v", resp)
		}
	}
	if n := f.count(t, "outbox_pending"); n != 2 {
		t.Errorf("%d events of two complaints that were linked once", n)
	}
}

func TestRefusedLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "13800138000")
	for _, tt := range []struct{ name, other, reason, field string }{
		{"itself", ids[0], "LINK_INVALID", "other_complaint_id"},
		{"nobody's", uuid.NewString(), "COMPLAINT_NOT_FOUND", ""},
	} {
		_, err := f.LinkComplaints(f.ctx, &intakev1.LinkComplaintsRequest{RequestId: uuid.NewString(), Kind: sameMatter, ComplaintId: ids[0], OtherComplaintId: tt.other})
		wantReason(t, err, tt.reason, tt.field)
	}
	if f.count(t, "complaint_link")+f.count(t, "outbox_pending") != 0 {
		t.Error("a refused link left something")
	}
}

// However links race, all end in one group, and the last event of each complaint tells of all.
func TestLinksAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "1380013800", "1380013801", "1380013802", "1380013803", "1380013804", "1380013805")
	var wg sync.WaitGroup
	for i := range len(ids) - 1 {
		wg.Go(func() { f.link(t, ids[i], ids[i+1]) })
	}
	for _, id := range ids[1:] {
		wg.Go(func() { f.link(t, ids[0], id) })
	}
	wg.Wait()
	want := map[string][2]int{}
	for _, id := range ids {
		want[id] = [2]int{6, 6}
	}
	if diff := cmp.Diff(want, f.told(t)); diff != "" {
		t.Errorf("complaints and people (-want +got):\n%s", diff)
	}
}
