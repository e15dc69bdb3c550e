package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/store"
)

// index does what the relay and the index loop do, until nothing is left.
func (f fixture) index(t testing.TB) {
	t.Helper()
	f.exec(t, `
		INSERT INTO event_stream (part, seq, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent)
		SELECT part, (SELECT coalesce(max(seq), 0) FROM event_stream s WHERE s.part = o.part) + row_number() OVER (PARTITION BY part ORDER BY id),
			event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent
		FROM outbox_pending o`)
	f.exec(t, `UPDATE producer_head h SET seq = (SELECT coalesce(max(seq), 0) FROM event_stream s WHERE s.part = h.part)`)
	f.exec(t, `TRUNCATE outbox_pending`)
	for {
		more, err := f.indexSome(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
	}
	if lag, err := store.SearchLag(t.Context(), f.pool); err != nil || lag != 0 && f.cfg.Search != SearchOff {
		t.Errorf("the index is %d events behind, %v", lag, err)
	}
}

// found searches and returns the numbers of all pages, in order.
func (f fixture) found(ctx context.Context, t testing.TB, req *intakev1.SearchComplaintsRequest) (numbers []string) {
	t.Helper()
	for {
		resp, err := f.SearchComplaints(ctx, req)
		if err != nil {
			t.Fatalf("%q: %v", req.GetQuery(), err)
		}
		for _, h := range resp.GetHits() {
			numbers = append(numbers, h.GetComplaint().GetNumber())
			if c := h.GetComplaint(); c.GetContent() != "" && c.GetContent() != "•••" || h.GetScore() <= 0 || h.GetScore() > 1 {
				t.Errorf("%q: hit is %v", req.GetQuery(), h)
			}
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return numbers
		}
	}
}

// named is furniture with names for its codes.
func named() *procedurev1.Procedure {
	p := furniture("2026-02")
	p.Vocabularies[0].Terms = []*procedurev1.Term{
		{Code: "quality", Name: &procedurev1.Label{Zh: "质量问题", En: "Product quality"}},
		{Code: "delivery", Name: &procedurev1.Label{Zh: "配送延误", En: "Late delivery"}},
	}
	return p
}

func TestComplaintsAreFoundByWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.activate(t, named())
	write := func(content, phone string) string {
		return f.registerDraft(t, func(d *intakev1.ComplaintDraft) {
			d.Content, d.Complainant.Phone, d.Complainant.Email, d.ExternalReference, d.PersonalFields = content, phone, "", "", nil
		}).GetNumber()
	}
	door := write("新买的柜子，柜门上有一道很长的划伤", "13800000001")
	leg := write("桌腿断了，柜子也晃", "13800000002")
	english := write("The left door of the wardrobe is scratched, and two hinges were missing.", "+1 202 555 0101")
	late := f.registerDraft(t, func(d *intakev1.ComplaintDraft) {
		d.Content, d.Fields["category"], d.Fields["order"], d.ExternalReference = "一直没有送到", code("delivery"), code("SO-2026-77"), "crm-77"
		d.PersonalFields = map[string]string{"note": "周末在家，请先打电话"}
	}).GetNumber()
	if got := f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: "柜门"}); got != nil {
		t.Errorf("found before it was indexed: %v", got)
	}
	f.index(t)
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"柜门划伤", []string{door}},
		{"柜子", []string{leg, door}},
		{"划伤 柜子", []string{door, leg}}, // the best match first, though it is older
		{"scratching doors", []string{english}},
		{"HINGE", []string{english}},
		{"ｈｉｎｇｅｓ", []string{english}},
		{"hinges boat sun sea", nil}, // less than half of it
		{`"left door"`, []string{english}},
		{`"door left"`, nil},
		{`"很长的划伤" 沙发`, []string{door}},
		{"配送延误", []string{late}}, // the name of its category
		{"late delivery", []string{late}},
		{"SO-2026-77", []string{late}},
		{"so-2026-77", []string{late}},
		{"crm-77", []string{late}},
		{"打电话", []string{late}}, // a field of text
		{door, []string{door}},
		{"138 0000 0002", []string{leg}},
		{"１３８０００００００２", []string{leg}},
		{"小明", nil}, // names are not searched
		{"'; DROP TABLE complaint; --", nil},
		{"% _ 柜", nil},
	} {
		if tt.query == "% _ 柜" {
			_, err := f.SearchComplaints(f.ctx, &intakev1.SearchComplaintsRequest{Query: tt.query})
			wantReason(t, err, "SEARCH_EMPTY", "query")
			continue
		}
		if diff := cmp.Diff(tt.want, f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: tt.query, PageSize: 1})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.query, diff)
		}
	}
	hit, err := f.SearchComplaints(f.ctx, &intakev1.SearchComplaintsRequest{Query: "LEFT door of"})
	if err != nil || len(hit.GetHits()) != 1 || !hit.GetHits()[0].GetExact() || hit.GetHits()[0].GetScore() != 1 {
		t.Errorf("a sentence that stands there: %v, %v", hit, err)
	}
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}})
	if got := f.found(other, t, &intakev1.SearchComplaintsRequest{Query: "柜子"}); got != nil {
		t.Errorf("another tenant finds %v", got)
	}
	if got := f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: "柜子", State: intakev1.ComplaintState_COMPLAINT_STATE_CLOSED}); got != nil {
		t.Errorf("closed are %v", got)
	}
}

// Who looks for somebody by a telephone number or e-mail address is recorded, in whatever call, and a person may do so only so often: past that
// nothing tells whether a number is known.
func TestWhoIsFoundBySearchingIsRecorded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.FindQuota = 3
	f.Server = New(f.cfg)
	f.registerDraft(t, func(d *intakev1.ComplaintDraft) {
		d.Complainant.Phone, d.Complainant.Email, d.Content = "13800000001", "wang@example.com", "桌腿断了"
	})
	f.index(t)
	search := func(ctx context.Context, query string) error {
		_, err := f.SearchComplaints(ctx, &intakev1.SearchComplaintsRequest{Query: query})
		return err
	}
	for _, query := range []string{"桌腿", "13900000001", "138 0000 0001", "WANG@example.com"} {
		if err := search(f.ctx, query); err != nil {
			t.Errorf("%q: %v", query, err)
		}
	}
	for _, query := range []string{"+86 138 0000 0001", "13900000001"} {
		wantReason(t, search(f.ctx, query), "QUOTA_EXCEEDED", "")
	}
	if err := search(f.ctx, "桌腿"); err != nil {
		t.Errorf("words past the quota: %v", err)
	}
	desk := as(f.ctx, "desk", optionsv1.Role_ROLE_INTEGRATION)
	for range 3 {
		if err := search(desk, "13800000001"); err != nil {
			t.Errorf("a system: %v", err)
		}
	}
	by := auth.From(f.ctx).Actor()
	want := []string{
		by + " find_by_phone true", by + " find_by_phone true", by + " find_by_email true", by + " find_by_phone false", by + " find_by_phone false",
	}
	for range 3 {
		want = append(want, "system:desk find_by_phone true")
	}
	if diff := cmp.Diff(want, f.accesses(t)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if n := f.count(t, "personal_data_access WHERE subject_id IS NOT NULL"); n != len(want)-2 {
		t.Errorf("%d of %d say who was found, want all but two", n, len(want))
	}
}

func TestRefusedSearches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		req           *intakev1.SearchComplaintsRequest
		reason, field string
	}{
		{&intakev1.SearchComplaintsRequest{Query: "柜"}, "SEARCH_EMPTY", "query"},
		{&intakev1.SearchComplaintsRequest{Query: ` "" `}, "SEARCH_EMPTY", "query"},
		{&intakev1.SearchComplaintsRequest{Query: "the"}, "SEARCH_EMPTY", "query"},
		{&intakev1.SearchComplaintsRequest{Query: "\x00\u202e"}, "SEARCH_EMPTY", "query"},
		{&intakev1.SearchComplaintsRequest{Query: "柜门", Procedure: "gardens"}, "PROCEDURE_UNKNOWN", "procedure"},
		{&intakev1.SearchComplaintsRequest{Query: "柜门", PageToken: "e30"}, "PAGE_TOKEN_INVALID", "page_token"},
		{&intakev1.SearchComplaintsRequest{Query: "柜门", ReceiveTimeTo: &timestamppb.Timestamp{Nanos: -1}}, "TIME_INVALID", "receive_time_to"},
	} {
		_, err := f.SearchComplaints(f.ctx, tt.req)
		wantReason(t, err, tt.reason, tt.field)
	}
	f.cfg.Search = SearchOff
	_, err := f.SearchComplaints(f.ctx, &intakev1.SearchComplaintsRequest{Query: "柜门"})
	wantReason(t, err, "SEARCH_OFF", "")
}

func TestTheIndexFollowsAmendmentsAndSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	f.index(t)
	find := func(query string, want ...string) {
		t.Helper()
		if got := f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: query}); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", query, got, want)
		}
	}
	find("桌腿", c.GetNumber())
	if _, err := f.AmendComplaint(f.ctx, amendRequest(c.GetComplaintId(), &intakev1.AmendedDraft{Content: "沙发塌陷"})); err != nil {
		t.Fatal(err)
	}
	f.index(t)
	find("桌腿")
	find("沙发", c.GetNumber())

	f.cfg.Search = SearchFields
	f.index(t)
	find("沙发")
	find(c.GetNumber(), c.GetNumber())
	f.cfg.Search = SearchText
	f.index(t)
	find("沙发", c.GetNumber())
	f.cfg.Search = SearchOff
	f.index(t)
	if n := f.count(t, "complaint_search"); n != 0 {
		t.Errorf("switched off, and %d rows are left", n)
	}
	f.cfg.Search = SearchText
	f.index(t)
	find("沙发", c.GetNumber())
	f.exec(t, `UPDATE subject SET wrapped_key = NULL, erase_time = now()`)
	f.exec(t, `DELETE FROM vault`)
	f.exec(t, `DELETE FROM complaint_search`) // as the erasure does
	f.exec(t, `UPDATE search_cursor SET seq = 0`)
	f.index(t)
	find("沙发")
	find(c.GetNumber(), c.GetNumber())
}

// Nothing that was written can be read from the index, and two tenants' equal words have nothing in common.
func TestTheIndexHoldsHashesAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, err := f.searchKey("default")
	if err != nil {
		t.Fatal(err)
	}
	other, err := f.searchKey("other")
	if err != nil || one.Word("柜门") == other.Word("柜门") {
		t.Errorf("two tenants share a word's hash, %v", err)
	}
	f.register(t)
	f.index(t)
	var row string
	if err := f.pool.QueryRow(t.Context(), `SELECT s::text FROM complaint_search s`).Scan(&row); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"桌腿", "王", "1381234", "wang", "浦东"} {
		if strings.Contains(row, word) {
			t.Errorf("%q stands in the index", word)
		}
	}
}

func TestManyHitsInPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 25 {
		f.registerDraft(t, func(d *intakev1.ComplaintDraft) {
			d.Content = "柜门划伤"
			if i%2 == 0 {
				d.Content = "柜门松动" + fmt.Sprint(i)
			}
		})
	}
	f.index(t)
	got := f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: "柜门划伤", PageSize: 4})
	seen := map[string]bool{}
	for _, n := range got {
		if seen[n] {
			t.Errorf("%s stands twice", n)
		}
		seen[n] = true
	}
	// 柜门, 门划, 划伤: half of three is two, which the loose doors do not have.
	if len(got) != 12 {
		t.Errorf("found %d of 12", len(got))
	}
	if _, err := f.SearchComplaints(f.ctx, &intakev1.SearchComplaintsRequest{Query: uuid.NewString()}); err != nil {
		t.Error(err)
	}
}
