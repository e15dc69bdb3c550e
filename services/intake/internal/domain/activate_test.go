package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
)

var dawn = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// day is the n-th day of the tests.
func day(n int) time.Time { return dawn.AddDate(0, 0, n) }

// act is what somebody did on a day to take effect on another.
func act(digest string, kind ActKind, actor string, on, from int) Act {
	a := Act{Digest: digest, Kind: kind, Actor: "person:" + actor, Time: day(on)}
	if from > 0 {
		a.Effective = day(from)
	}
	return a
}

// two editions: a is active from day 2, b from day 5, and the procedure is retired from day 9.
var years = Life{
	act("a", ActPublished, "li", 1, 0), act("a", ActRequested, "li", 1, 0), act("a", ActApproved, "chen", 2, 2),
	act("b", ActPublished, "li", 3, 0), act("b", ActRequested, "wang", 3, 5), act("b", ActApproved, "chen", 4, 5),
	act("b", ActRetired, "chen", 4, 9),
}

func TestStanding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		life   Life
		digest string
		on     int
		want   EditionState
		active bool
	}{
		{"published only", years[:1], "a", 2, EditionDraft, false},
		{"asked for", years[:2], "a", 2, EditionRequested, false},
		{"approved", years[:3], "a", 2, EditionActive, true},
		{"another is scheduled", years, "a", 4, EditionActive, true},
		{"approved for later", years, "b", 4, EditionScheduled, false},
		{"its time has come", years, "b", 5, EditionActive, true},
		{"replaced", years, "a", 5, EditionSuperseded, false},
		{"retired", years, "b", 9, EditionRetired, false},
		{"long replaced and retired", years, "a", 9, EditionSuperseded, false},
		{"rejected", append(years[:2:2], act("a", ActRejected, "chen", 2, 0)), "a", 3, EditionDraft, false},
		{"active and asked for once more", append(years[:6:6], act("a", ActRequested, "li", 4, 6)), "a", 4, EditionRequested, true},
		{"taken back to", append(years[:6:6], act("a", ActApproved, "chen", 6, 6)), "a", 6, EditionActive, true},
		{"its time was given to another", append(years[:6:6], act("a", ActApproved, "wang", 4, 5)), "b", 4, EditionSuperseded, false},
		{"out of retirement", append(years[:7:7], act("a", ActApproved, "chen", 10, 10)), "a", 10, EditionActive, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.life.Standing(tt.digest, day(tt.on))
			if got.State != tt.want || got.Active != tt.active {
				t.Errorf("it is %v, active %t; want %v, %t", got.State, got.Active, tt.want, tt.active)
			}
		})
	}
	got := years.Standing("b", day(6))
	want := Standing{State: EditionActive, Active: true, Publisher: "person:li", Approver: "person:chen", ActivateTime: day(5),
		Acts: []Act{years[6], years[5], years[4], years[3]}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
}

func TestDecisionsAboutEditions(t *testing.T) {
	t.Parallel()
	by := func(actor string, on int) By { return By{Actor: actor, Time: day(on), Reason: "why"} }
	tests := []struct {
		name   string
		decide func() (Act, error)
		reason string
		from   time.Time
	}{
		{"the requester approves", func() (Act, error) { return years[:5].ApproveActivation("b", by("person:wang", 4)) }, "SAME_PERSON", time.Time{}},
		{"the publisher approves", func() (Act, error) { return years[:5].ApproveActivation("b", by("person:li", 4)) }, "SAME_PERSON", time.Time{}},
		{"the publisher approves as a system", func() (Act, error) { return years[:5].ApproveActivation("b", by("system:li", 4)) }, "SAME_PERSON", time.Time{}},
		{"a second person approves", func() (Act, error) { return years[:5].ApproveActivation("b", by("person:chen", 4)) }, "", day(5)},
		{"approved after its time", func() (Act, error) { return years[:5].ApproveActivation("b", by("person:chen", 7)) }, "", day(7)},
		{"approved when nobody asked", func() (Act, error) { return years[:4].ApproveActivation("b", by("person:chen", 4)) }, "ACTIVATION_NOT_REQUESTED", time.Time{}},
		{"approved twice", func() (Act, error) { return years[:6].ApproveActivation("b", by("person:zhao", 4)) }, "ACTIVATION_NOT_REQUESTED", time.Time{}},
		{"asked twice", func() (Act, error) {
			return years[:5].RequestActivation("b", time.Time{}, by("person:li", 4))
		}, "ACTIVATION_PENDING", time.Time{}},
		{"asked for the past", func() (Act, error) { return years[:4].RequestActivation("b", day(3), by("person:li", 4)) }, "TIME_INVALID", time.Time{}},
		{"asked for the far future", func() (Act, error) {
			return years[:4].RequestActivation("b", day(3000), by("person:li", 4))
		}, "TIME_INVALID", time.Time{}},
		{"asked for what is active", func() (Act, error) { return years[:3].RequestActivation("a", time.Time{}, by("person:li", 4)) }, "EDITION_ACTIVE", time.Time{}},
		{"asked to stay active", func() (Act, error) { return years[:6].RequestActivation("a", day(5), by("person:li", 4)) }, "", day(5)},
		{"the requester withdraws", func() (Act, error) { return years[:5].RejectActivation("b", by("person:wang", 4)) }, "", time.Time{}},
		{"rejected when nobody asked", func() (Act, error) { return years[:6].RejectActivation("b", by("person:wang", 4)) }, "ACTIVATION_NOT_REQUESTED", time.Time{}},
		{"retired now", func() (Act, error) { return years[:6].Retire("p", time.Time{}, by("person:wang", 6)) }, "", day(6)},
		{"retired twice", func() (Act, error) { return years.Retire("p", time.Time{}, by("person:wang", 9)) }, "PROCEDURE_RETIRED", time.Time{}},
		{"retired before it began", func() (Act, error) { return years[:2].Retire("p", time.Time{}, by("person:wang", 1)) }, "PROCEDURE_UNKNOWN", time.Time{}},
		{"retired in the past", func() (Act, error) { return years[:6].Retire("p", day(3), by("person:wang", 6)) }, "TIME_INVALID", time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.decide()
			if fault.ReasonOf(err) != tt.reason || !got.Effective.Equal(tt.from) {
				t.Errorf("got %+v, %v; want %q from %v", got, err, tt.reason, tt.from)
			}
		})
	}
}
