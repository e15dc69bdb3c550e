package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/services/routing/internal/domain"
)

const renewedPack = `
code: test
edition: "1"
name: {en: Test}
numbering: {prefix: T, zone: Asia/Shanghai}
calendars: [{key: civil, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat], hours: ["09:00-18:00"]}]}]
posts: [{key: desk}, {key: boss}, {key: sales, name: {zh: 经销部, en: Sales}, head: boss}]
closing: {on: [{contact: response}]}
flows: [{key: main, steps: [{key: one, task: {assignee: {post: desk}}}]}]
`

func renewed(t *testing.T, now time.Time) domain.Renewal {
	t.Helper()
	p := compile(t, renewedPack+"directory: {keeper: desk, renewal: {limit: {counted_days: 2}, calendar: civil}}\n")
	r, e, err := domain.BeginRenewal(p, domain.Renewal{ID: "r1", Tenant: "default", Procedure: "test", StructureTime: now}, domain.Filing{Supervisor: true, Time: now})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"desk", "boss", "sales"}, e.(domain.DutyRenewalBegun).Posts); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	return r
}

// S1-17, S1-39: structure fixed on a Friday, every post confirmed by the second working day, Saturday counted.
func TestARenewalIsCompleteWhenEveryPostIsConfirmed(t *testing.T) {
	friday := time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)
	monday := time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC)
	p := compile(t, renewedPack+"directory: {keeper: desk, renewal: {limit: {counted_days: 2}, calendar: civil}}\n")
	r := renewed(t, friday)
	if !r.DueTime.Equal(monday) {
		t.Fatalf("due %v, want %v", r.DueTime, monday)
	}
	roster := domain.Roster{"desk": {{Person: "li", StartTime: friday.Add(-time.Hour), Version: 1}}}
	confirm := func(post, person string, at time.Time, last domain.Duty) domain.Filed {
		t.Helper()
		f, err := r.Confirm(p, post, domain.Filing{Person: person, By: "li", Keepers: []string{"li", "li"}, Supervisor: true, Time: at, DutyID: "n"}, roster, last)
		if err != nil {
			t.Fatal(err)
		}
		r = f.Renewal
		return f
	}
	if f := confirm("desk", "li", monday, roster["desk"][0]); f.Assigned.Version != 0 || f.Event.(domain.DutyConfirmed).Late {
		t.Errorf("who sits there, in time: %+v", f)
	}
	if f := confirm("desk", "li", monday, roster["desk"][0]); f.Event != nil || f.Renewal.EventVersion != 2 {
		t.Errorf("the same once more happened: %+v", f)
	}
	if f := confirm("boss", "wu", monday.Add(1), domain.Duty{}); f.Assigned.Version != 1 || !f.Event.(domain.DutyConfirmed).Late {
		t.Errorf("a first holder, a nanosecond late: %+v", f)
	}
	keeper := domain.Filing{By: "li", Keepers: []string{"li", "li"}, Time: monday.Add(time.Hour)}
	_, _, err := r.Complete(p, keeper)
	if f := wantFault(t, err, domain.ReasonRenewalIncomplete, ""); f.Meta["missing"] != "sales" {
		t.Errorf("missing %q", f.Meta["missing"])
	}
	if !r.LatePost(r.Posts[2], monday.Add(1)) || r.LatePost(r.Posts[2], monday) || r.LatePost(r.Posts[0], monday.Add(time.Hour)) {
		t.Error("a missing post is late when the renewal is due, a confirmed one is not")
	}
	confirm("sales", "he", monday.Add(time.Hour), domain.Duty{})
	_, _, err = r.Complete(p, domain.Filing{By: "wu", Keepers: []string{"li", "li"}, Time: monday})
	wantFault(t, err, domain.ReasonNotOnDuty, "")
	done, e, err := r.Complete(p, keeper)
	if err != nil || !done.Late(monday) || !e.(domain.DutyRenewalCompleted).Late || done.EventVersion != 5 {
		t.Errorf("completed %+v, %+v, %v", done, e, err)
	}
	_, _, err = done.Complete(p, keeper)
	wantFault(t, err, domain.ReasonRenewalCompleted, "")
	_, err = done.Confirm(p, "desk", domain.Filing{Person: "li", Supervisor: true}, roster, domain.Duty{})
	wantFault(t, err, domain.ReasonRenewalCompleted, "")
}

// Another person in a post with a head is filed by the head alone: a renewal is no way round the approval (S1-19, S1-61).
func TestWhoConfirmsAPost(t *testing.T) {
	now := time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)
	p := compile(t, renewedPack+"directory: {keeper: desk, renewal: {limit: {counted_days: 2}, calendar: civil}}\n")
	r := renewed(t, now)
	first := domain.Duty{ID: "d1", Person: "he", StartTime: now.Add(-time.Hour), Version: 1}
	soon := domain.Duty{ID: "d2", Person: "hu", StartTime: now.Add(time.Hour), Version: 2}
	heads, keepers := []string{"wu", "wu"}, []string{"li", "li"}
	tests := []struct {
		name, post, person string
		by                 domain.Filing
		last               domain.Duty
		reason             string
		approver           string
		assigns            bool
	}{
		{"the head confirms", "sales", "he", domain.Filing{By: "wu"}, first, "", "", false},
		{"the keeper confirms", "sales", "he", domain.Filing{By: "li"}, first, "", "", false},
		{"a supervisor confirms", "sales", "he", domain.Filing{By: "x", Supervisor: true}, first, "", "", false},
		{"who is to come is confirmed", "sales", "hu", domain.Filing{By: "li"}, soon, "", "", false},
		{"the head files another", "sales", "hu", domain.Filing{By: "wu"}, first, "", "wu", true},
		{"the keeper files another", "sales", "hu", domain.Filing{By: "li"}, first, domain.ReasonApprovalRequired, "", false},
		{"a supervisor files another", "sales", "hu", domain.Filing{By: "x", Supervisor: true}, first, domain.ReasonApprovalRequired, "", false},
		{"the keeper files the first", "sales", "hu", domain.Filing{By: "li"}, domain.Duty{}, "", "", true},
		{"a supervisor files another where no head is", "desk", "hu", domain.Filing{By: "x", Supervisor: true}, first, "", "", true},
		{"against a later assignment", "desk", "ma", domain.Filing{By: "li"}, soon, domain.ReasonDutyOverlap, "", false},
		{"a stranger", "sales", "he", domain.Filing{By: "he"}, first, domain.ReasonNotOnDuty, "", false},
		{"no such post", "king", "he", domain.Filing{By: "li"}, first, domain.ReasonPostUnknown, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.by
			f.Person, f.Keepers, f.Time, f.DutyID = tt.person, keepers, now, "d9"
			if tt.post == "sales" {
				f.Heads = heads
			}
			roster := domain.Roster{tt.post: {first}}
			if tt.last.Version == 0 {
				roster = nil
			}
			got, err := r.Confirm(p, tt.post, f, roster, tt.last)
			if tt.reason != "" {
				wantFault(t, err, tt.reason, map[string]string{domain.ReasonDutyOverlap: "start_time", domain.ReasonPostUnknown: "post"}[tt.reason])
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if (got.Assigned.Version > 0) != tt.assigns || got.Changed().Approver != tt.approver {
				t.Errorf("assigned %+v, approved by %q", got.Assigned, got.Changed().Approver)
			}
		})
	}
}

func TestARenewalThatCannotBegin(t *testing.T) {
	now := time.Date(2026, 3, 6, 7, 0, 0, 0, time.UTC)
	chief := domain.Filing{Supervisor: true, Time: now}
	_, _, err := domain.BeginRenewal(compile(t, renewedPack), domain.Renewal{StructureTime: now}, chief)
	wantFault(t, err, domain.ReasonRenewalNotUsed, "procedure")
	p := compile(t, renewedPack+"directory: {renewal: {limit: {counted_days: 2}, calendar: civil}}\n")
	_, _, err = domain.BeginRenewal(p, domain.Renewal{StructureTime: now}, domain.Filing{By: "he", Keepers: []string{"li", "li"}, Time: now})
	wantFault(t, err, domain.ReasonNotOnDuty, "")
	if _, _, err = domain.BeginRenewal(p, domain.Renewal{StructureTime: now}, domain.Filing{By: "li", Keepers: []string{"li", "li"}, Time: now}); err != nil {
		t.Errorf("the keeper: %v", err)
	}
	for name, fixed := range map[string]time.Time{"in the future": now.Add(time.Hour), "out of the calendar's years": {}} {
		_, _, err = domain.BeginRenewal(p, domain.Renewal{StructureTime: fixed}, chief)
		if f := wantFault(t, err, domain.ReasonTimeInvalid, "structure_time"); f == nil {
			t.Error(name)
		}
	}
}
