package server_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
)

// duty is the event of a person's sitting in a post from so many hours after the beginning.
func duty(t testing.TB, n, hour int, post, who string) events.Event {
	e := event(t, n, hour, &routingv1.DutyChanged{DutyId: id(500 + n), Procedure: "figures", Post: post, Person: who, StartTime: timestamppb.New(at(hour))})
	e.AggregateID = "duty/figures/" + post
	return e
}

// appraised is a house in which li sat in the post of agents until he gave way to wu, qian is head, and sun the office. Of four complaints
// li has answered three, of which the clock of one was met, wu the other.
func appraised(t testing.TB) *house {
	h := open(t)
	evs := []events.Event{duty(t, 1, -100, "agent", "li"), duty(t, 2, -100, "head", "qian"), duty(t, 3, -100, "office", "sun"), duty(t, 4, 24*10, "agent", "wu")}
	for n := range 4 {
		clock := id(100 + n)
		evs = append(evs, event(t, n, 0, registered(h.newer, n, "web", "door")), event(t, n, 0, &slatimerv1.ClockStarted{ClockId: clock, Policy: "reply", Round: 1}))
		if n%2 == 1 {
			evs = append(evs, event(t, n, 1, &slatimerv1.ClockMet{ClockId: clock, Policy: "reply", Round: 1}))
		}
		done := event(t, n, 1, &routingv1.WorkCompleted{WorkId: id(200 + n), Step: "answer", Post: "agent", Round: 1})
		if n == 3 {
			done.Actor = "person:wu"
		}
		evs = append(evs, done, done) // told twice, it is done once
	}
	h.fold(t, evs, 5)
	return h
}

func (h *house) enter(t testing.TB, who, subject, row, amount string) (*reportingv1.ScoreEntry, error) {
	resp, err := h.RecordScoreEntry(person(t, "default", who), &reportingv1.RecordScoreEntryRequest{
		RequestId: uuid.NewString(), Procedure: "figures", Card: "staff", Row: row, Subject: subject, Month: "2026-03", Amount: amount, Reason: "spot_check",
	})
	return resp.GetEntry(), err
}

func (h *house) points(t testing.TB, card, subject string) string {
	t.Helper()
	resp, err := h.GetScorecard(caller(t, "default"), &reportingv1.GetScorecardRequest{Procedure: "figures", Card: card, Subject: subject, Month: "2026-03"})
	if err != nil {
		t.Fatal(err)
	}
	words := ""
	for _, l := range append(resp.GetRows(), resp.GetBonuses()...) {
		words += fmt.Sprintf("%s %s, ", l.GetKey(), l.GetPoints())
	}
	return fmt.Sprintf("%stotal %s, complete %v", words, resp.GetTotal(), resp.GetComplete())
}

func TestScorecard(t *testing.T) {
	t.Parallel()
	h := appraised(t)
	must := func(e *reportingv1.ScoreEntry, err error) *reportingv1.ScoreEntry {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	looks := func(when, card, subject, want string) {
		t.Helper()
		if got := h.points(t, card, subject); got != want {
			t.Errorf("%s: %s has %q, want %q", when, subject, got, want)
		}
	}
	// li met one of three, wu one of one, the line and the post two of four.
	looks("before", "staff", "li", "speed 5, truth 0, skill 0, notices 0, praise 0, total 95, complete false")
	looks("before", "staff", "wu", "speed 0, truth 0, skill 0, notices 0, praise 0, total 100, complete false")
	looks("before", "line", "door", "speed 0, total 10, complete true")
	looks("before", "post", "agent", "speed 0, total 10, complete true")

	must(h.enter(t, "qian", "li", "truth", "94.9"))
	must(h.enter(t, "qian", "li", "skill", ""))
	notice := must(h.enter(t, "sun", "li", "notices", "5"))
	if diff := cmp.Diff([]string{"head"}, notice.GetOpenPosts()); diff != "" {
		t.Errorf("posts that have yet to agree (-want +got):\n%s", diff)
	}
	must(h.enter(t, "qian", "li", "praise", "1"))
	looks("with entries", "staff", "li", "speed 5, truth 2.5, skill 2, notices 0, praise 2, total 92.5, complete false")

	decide := func(who, entry string, d reportingv1.ScoreDecision) (*reportingv1.ScoreEntry, error) {
		resp, err := h.DecideScoreEntry(person(t, "default", who), &reportingv1.DecideScoreEntryRequest{RequestId: uuid.NewString(), EntryId: entry, Decision: d})
		return resp.GetEntry(), err
	}
	must(decide("qian", notice.GetEntryId(), reportingv1.ScoreDecision_SCORE_DECISION_AGREE))
	looks("agreed", "staff", "li", "speed 5, truth 2.5, skill 2, notices 5, praise 2, total 87.5, complete true")
	looks("agreed", "staff", "wu", "speed 0, truth 0, skill 0, notices 0, praise 0, total 100, complete false")
	must(decide("sun", notice.GetEntryId(), reportingv1.ScoreDecision_SCORE_DECISION_WITHDRAW))
	looks("withdrawn", "staff", "li", "speed 5, truth 2.5, skill 2, notices 0, praise 2, total 92.5, complete true")

	list, err := h.ListScoreEntries(caller(t, "default"), &reportingv1.ListScoreEntriesRequest{Procedure: "figures", Card: "staff", Month: "2026-03", Subject: "li"})
	if err != nil {
		t.Fatal(err)
	}
	want := &reportingv1.ScoreEntry{
		EntryId: notice.GetEntryId(), Card: "staff", Row: "notices", Subject: "li", Month: "2026-03", Amount: "5", Reason: "spot_check",
		AgreedPosts: []string{"office", "head"}, Person: "sun", RecordTime: timestamppb.New(at(24 * 20)), WithdrawTime: timestamppb.New(at(24 * 20)),
	}
	if diff := cmp.Diff(want, list.GetEntries()[2], protocmp.Transform()); diff != "" || len(list.GetEntries()) != 4 {
		t.Errorf("%d entries, the third (-want +got):\n%s", len(list.GetEntries()), diff)
	}
}

func TestAnEntryIsRecordedOnce(t *testing.T) {
	t.Parallel()
	h := appraised(t)
	req := &reportingv1.RecordScoreEntryRequest{RequestId: uuid.NewString(), Procedure: "figures", Card: "staff", Row: "skill", Subject: "li", Month: "2026-03"}
	for range 2 {
		if _, err := h.RecordScoreEntry(person(t, "default", "qian"), req); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := h.points(t, "staff", "li"), "speed 5, truth 0, skill 2, notices 0, praise 0, total 93, complete false"; got != want {
		t.Errorf("a retry gives %q, want %q", got, want)
	}
}

func TestScorecardsRefuse(t *testing.T) {
	t.Parallel()
	h := appraised(t)
	tests := []struct {
		name                      string
		who, subject, row, amount string
		reason                    string
	}{
		{"points outside the range", "sun", "li", "notices", "11", "AMOUNT_OUT_OF_RANGE"},
		{"the wrong post", "li", "li", "skill", "1", "NOT_ON_DUTY"},
		{"one who has left the post", "li", "wu", "notices", "5", "NOT_ON_DUTY"},
		{"an unknown row", "qian", "li", "none", "1", "ROW_UNKNOWN"},
		{"a row that is worked out", "qian", "li", "speed", "1", "ROW_UNKNOWN"},
		{"who sits in another post", "qian", "sun", "skill", "1", "SUBJECT_UNKNOWN"},
		{"nobody", "qian", "none", "skill", "1", "SUBJECT_UNKNOWN"},
	}
	for _, tt := range tests {
		if _, err := h.enter(t, tt.who, tt.subject, tt.row, tt.amount); reasonOf(err) != tt.reason {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.reason)
		}
	}
	for _, tt := range []struct{ card, subject, month, reason string }{
		{"none", "li", "2026-03", "CARD_UNKNOWN"},
		{"staff", "wu", "2026-02", "SUBJECT_UNKNOWN"}, // sits there since March
		{"post", "head", "2026-03", "SUBJECT_UNKNOWN"},
	} {
		_, err := h.GetScorecard(caller(t, "default"), &reportingv1.GetScorecardRequest{Procedure: "figures", Card: tt.card, Subject: tt.subject, Month: tt.month})
		if reasonOf(err) != tt.reason {
			t.Errorf("%+v: error %v", tt, err)
		}
	}
	_, err := h.DecideScoreEntry(caller(t, "default"), &reportingv1.DecideScoreEntryRequest{
		RequestId: uuid.NewString(), EntryId: id(1), Decision: reportingv1.ScoreDecision_SCORE_DECISION_AGREE,
	})
	if reasonOf(err) != "ENTRY_NOT_FOUND" {
		t.Errorf("an unknown entry: error %v", err)
	}
}

func reasonOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Reason
	}
	return ""
}
