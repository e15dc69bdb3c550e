package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
)

func complaint(s State) Complaint {
	return Complaint{ID: "c", State: s, ReceiveTime: now.Add(-time.Hour), Version: 3, EventVersion: 2}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		state    State
		expected int64
		occur    time.Time
		want     string // reason; "" means withdrawn
	}{
		{"open", Open, 0, now, ""},
		{"at the version seen", Open, 3, now, ""},
		{"at another version", Open, 2, now, "VERSION_CONFLICT"},
		{"closed", Closed, 0, now, "COMPLAINT_NOT_OPEN"},
		{"withdrawn", Withdrawn, 0, now, "COMPLAINT_NOT_OPEN"},
		{"in the future", Open, 0, now.Add(time.Hour), "TIME_INVALID"},
		{"before it was received", Open, 0, now.Add(-2 * time.Hour), "TIME_INVALID"},
	}
	for _, test := range tests {
		before := complaint(test.state)
		after, event, err := Withdraw(before, test.expected, test.occur, now)
		if got := fault.ReasonOf(err); got != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
			continue
		}
		want, wantEvent := before, Event(nil)
		if test.want == "" {
			want.State, want.Version, want.EventVersion, wantEvent = Withdrawn, 4, 3, ComplaintWithdrawn{}
		}
		if diff := cmp.Diff(want, after) + cmp.Diff(wantEvent, event); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestRecordContact(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		state  State
		medium string
		occur  time.Time
		want   string
	}{
		{"open", Open, "phone", now, ""},
		{"closed", Closed, "phone", now, ""},
		{"in the future", Open, "phone", now.Add(time.Hour), "TIME_INVALID"},
		{"blank medium", Open, " ", now, "FIELD_INVALID"},
		{"medium with a NUL", Open, "ph\x00one", now, "FIELD_INVALID"},
	}
	for _, test := range tests {
		after, event, err := RecordContact(complaint(test.state), Contact{Medium: test.medium, OccurTime: test.occur, RecordTime: now})
		if got := fault.ReasonOf(err); got != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if test.want == "" && (event == nil || after.Version != 4 || after.EventVersion != 3) {
			t.Errorf("%s: got versions %d and %d, event %v", test.name, after.Version, after.EventVersion, event)
		}
	}
}

func TestRevealLeavesTheVersion(t *testing.T) {
	t.Parallel()
	after, _, err := Reveal(complaint(Closed), Viewer{Trusted: true})
	if err != nil || after.Version != 3 || after.EventVersion != 3 {
		t.Errorf("got versions %d and %d, %v", after.Version, after.EventVersion, err)
	}
}

func TestClosingAndReopening(t *testing.T) {
	t.Parallel()
	closed := Close(complaint(Open), now)
	if closed.State != Closed || !closed.CloseTime.Equal(now) || closed.Version != 4 || closed.EventVersion != 2 {
		t.Errorf("closed: %+v", closed)
	}
	if again := Close(closed, now.Add(time.Hour)); !again.CloseTime.Equal(now) || again.Version != 4 {
		t.Errorf("closed twice: %+v", again)
	}
	open := Reopen(closed)
	if open.State != Open || !open.CloseTime.IsZero() || open.Version != 5 {
		t.Errorf("reopened: %+v", open)
	}
	for _, c := range []Complaint{Close(complaint(Withdrawn), now), Reopen(complaint(Withdrawn))} {
		if c.State != Withdrawn || c.Version != 3 {
			t.Errorf("a withdrawn complaint came back: %+v", c)
		}
	}
}
