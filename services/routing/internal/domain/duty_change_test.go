package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

var (
	sales = procedure.Post{Key: "sales", Head: "boss"}
	desk  = procedure.Post{Key: "desk"}
)

func TestAPostWithAHeadIsAssignedDirectlyOnce(t *testing.T) {
	holder := domain.Duty{Person: "a", StartTime: received, Version: 1}
	next := domain.Duty{Seat: domain.Seat{Post: "sales"}, Person: "b", StartTime: received.Add(time.Hour)}
	if _, _, err := domain.AssignDirectly(sales, domain.Duty{}, next); err != nil {
		t.Errorf("the first holder: %v", err)
	}
	if _, _, err := domain.AssignDirectly(desk, holder, next); err != nil {
		t.Errorf("a post without a head: %v", err)
	}
	_, _, err := domain.AssignDirectly(sales, holder, next)
	if f := wantFault(t, err, domain.ReasonApprovalRequired, ""); f.Meta["head"] != "boss" {
		t.Errorf("the fault names the head %q", f.Meta["head"])
	}
}

func TestRequestingAChange(t *testing.T) {
	standing := domain.Duty{Person: "a", StartTime: received.Add(time.Hour), Version: 1}
	tests := []struct {
		name    string
		post    procedure.Post
		last    domain.Duty
		pending domain.Change
		start   time.Time
		reason  string
	}{
		{"of an empty post", sales, domain.Duty{}, domain.Change{}, time.Time{}, ""},
		{"after who sits there", sales, standing, domain.Change{}, received.Add(2 * time.Hour), ""},
		{"of a post without a head", desk, standing, domain.Change{}, time.Time{}, domain.ReasonApprovalNotRequired},
		{"beside another", sales, standing, domain.Change{ID: "c0"}, received.Add(2 * time.Hour), domain.ReasonChangePending},
		{"before a later assignment", sales, standing, domain.Change{}, time.Time{}, domain.ReasonDutyOverlap},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := domain.Change{ID: "c1", Seat: domain.Seat{Procedure: "p", Post: tt.post.Key}, Person: "b", StartTime: tt.start, Requester: "x", RequestTime: received}
			c, e, err := domain.RequestChange(tt.post, tt.last, tt.pending, asked)
			if tt.reason != "" {
				wantFault(t, err, tt.reason, map[string]string{domain.ReasonApprovalNotRequired: "post", domain.ReasonDutyOverlap: "start_time"}[tt.reason])
				return
			}
			if err != nil || c.State != domain.ChangePending || c.Head != "boss" {
				t.Errorf("got %+v, %v", c, err)
			}
			if diff := cmp.Diff(domain.DutyChangeRequested{ChangeID: "c1", Procedure: "p", Post: "sales", Person: "b", Head: "boss"}, e); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

// S1-19: the change takes effect at its time, never before the approval, and only the head gives that.
func TestDecidingAChange(t *testing.T) {
	day := 24 * time.Hour
	holder := domain.Duty{ID: "d1", Person: "a", StartTime: received.Add(-day), Version: 1}
	later := domain.Duty{ID: "d2", Person: "z", StartTime: received.Add(5 * day), Version: 2}
	now := received.Add(day)
	tests := []struct {
		name    string
		start   time.Time // asked for
		by      string
		sitting []string
		reject  bool
		last    domain.Duty
		from    time.Time // of the new duty
		reason  string
	}{
		{name: "asked for the past", start: received, by: "boss", sitting: []string{"boss", "boss"}, last: holder, from: now},
		{name: "asked for no time", by: "boss", sitting: []string{"boss", "boss"}, last: holder, from: now},
		{name: "asked for the future", start: received.Add(3 * day), by: "boss", sitting: []string{"boss", "boss"}, last: holder, from: received.Add(3 * day)},
		{name: "by who acts for the head", by: "vice", sitting: []string{"boss", "vice"}, last: holder, from: now},
		{name: "rejected", by: "boss", sitting: []string{"boss", "boss"}, last: holder, reject: true},
		{name: "by somebody else", by: "a", sitting: []string{"boss", "boss"}, last: holder, reason: domain.ReasonNotOnDuty},
		{name: "where nobody is the head", by: "a", sitting: []string{"", ""}, last: holder, reason: domain.ReasonNotOnDuty},
		{name: "by who asked", by: "asker", sitting: []string{"asker", "asker"}, last: holder, reason: domain.ReasonSelfApproval},
		{name: "rejected by who asked", by: "asker", sitting: []string{"asker", "asker"}, last: holder, reject: true, reason: domain.ReasonSelfApproval},
		{name: "a later one has come", by: "boss", sitting: []string{"boss", "boss"}, last: later, reason: domain.ReasonDutyOverlap},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := domain.Change{ID: "c1", Seat: domain.Seat{Post: "sales"}, Person: "b", StartTime: tt.start, Requester: "asker", Head: "boss", State: domain.ChangePending}
			got, err := c.Decide(domain.Decision{Approve: !tt.reject, By: tt.by, Sitting: tt.sitting, Time: now, DutyID: "d9"}, tt.last)
			if tt.reason != "" {
				wantFault(t, err, tt.reason, map[string]string{domain.ReasonDutyOverlap: "start_time"}[tt.reason])
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := domain.ChangeApproved
			if tt.reject {
				want = domain.ChangeRejected
			}
			if got.Change.State != want || got.Change.Decider != tt.by || got.Event.Approved == tt.reject {
				t.Errorf("decided %+v, event %+v", got.Change, got.Event)
			}
			if tt.reject {
				if got.Assigned.Version != 0 || got.Change.DutyID != "" {
					t.Errorf("a rejection assigned %+v", got.Assigned)
				}
				return
			}
			if !got.Assigned.StartTime.Equal(tt.from) || !got.Ended.EndTime.Equal(tt.from) || got.Assigned.Version != 2 || got.Change.DutyID != "d9" {
				t.Errorf("assigned %+v after %+v, want from %v", got.Assigned, got.Ended, tt.from)
			}
			notice := got.Changed("keeper")
			if notice.Approver != tt.by || !notice.ApproveTime.Equal(now) || notice.ChangeID != "c1" || notice.Told[0] != "keeper" {
				t.Errorf("notice %+v", notice)
			}
			if _, err := got.Change.Decide(domain.Decision{Approve: true, By: "boss", Sitting: []string{"boss", "boss"}}, got.Assigned); err == nil {
				t.Error("a second decision was taken")
			} else {
				wantFault(t, err, domain.ReasonChangeDecided, "")
			}
		})
	}
}
