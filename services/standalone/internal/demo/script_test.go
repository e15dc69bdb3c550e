package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return t
}

// shippedScript is the script of deploy/demo in the zone of its procedure.
func shippedScript(t *testing.T) script {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	book, err := readPlaybook(shippedPlaybook)
	if err != nil {
		t.Fatal(err)
	}
	return script{zone, book}
}

func TestScriptFollowsTheRecord(t *testing.T) {
	t.Parallel()
	s := shippedScript(t)
	tests := []struct {
		name string
		rec  Record
		want string // what happens, in order
	}{
		{"in time, not asked", Record{Timely: "Yes", Response: "Closed"}, "answer/1 Closed in time, dispute_check/1 UNREACHED"},
		{"in time, satisfied", Record{Timely: "Yes", Disputed: "No", Response: "Closed"}, "answer/1 Closed in time, dispute_check/1 SATISFIED"},
		{"late", Record{Timely: "No", Response: "Untimely response"}, "answer/1 Untimely response late, dispute_check/1 UNREACHED"},
		{"disputed", Record{Timely: "Yes", Disputed: "Yes", Response: "Closed"},
			"answer/1 Closed in time, dispute_check/1 DISSATISFIED, answer/2 Closed late, dispute_check/2 SATISFIED"},
		{"in progress", Record{Timely: "Yes", Response: "In progress"},
			"answer/1 In progress in time, final_answer/1 Closed with explanation late, dispute_check/1 UNREACHED"},
		{"no response recorded", Record{Timely: "Yes"}, "answer/1 Closed with explanation in time, dispute_check/1 UNREACHED"},
		{"not asked about timeliness", Record{Response: "In progress"}, "withdrawal/0 in time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.rec.ID, tt.rec.Received = "1234567", date("2015-03-18")
			limit := s.at(tt.rec, s.book.Days.Answer, 12, 0)
			var got []string
			for _, a := range s.acts(tt.rec) {
				word := fmt.Sprintf("%s/%d", a.What, a.Round)
				switch {
				case a.Outcome != 0:
					word += " " + strings.TrimPrefix(a.Outcome.String(), "VISIT_OUTCOME_")
				case a.Code != "":
					word += " " + a.Code
					fallthrough
				default:
					word += map[bool]string{true: " in time", false: " late"}[a.Time.Before(limit)]
				}
				got = append(got, word)
			}
			// Whether something after the first answer lies before its limit is left to the draw.
			if diff := cmp.Diff(firsts(tt.want), firsts(strings.Join(got, ", "))); diff != "" {
				t.Errorf("acts (-want +got):\n%s", diff)
			}
		})
	}
}

// firsts drops the timing of everything but the first act.
func firsts(acts string) []string {
	list := strings.Split(acts, ", ")
	for i := range list[1:] {
		list[i+1] = strings.TrimSuffix(strings.TrimSuffix(list[i+1], " in time"), " late")
	}
	return list
}

// What the procedure would refuse or judge otherwise must not be planned, for any record of the shipped file.
func TestEveryPlanKeepsItsLimitsAndItsOrder(t *testing.T) {
	t.Parallel()
	s := shippedScript(t)
	for _, r := range shipped(t).Records {
		received := s.receive(r)
		before := received
		for _, a := range s.acts(r) {
			if !a.Time.After(before) {
				t.Errorf("%s: %s at %s is not after %s", r.ID, a.What, a.Time, before)
			}
			before = a.Time
			late := !a.Time.Before(s.at(r, s.book.Days.Answer, 12, 0))
			if a.What == s.book.Steps.Answer && a.Round == 1 && late != (r.Timely == "No") {
				t.Errorf("%s: timely %q, answered %s after receipt", r.ID, r.Timely, a.Time.Sub(received))
			}
			if a.What == withdrawal && late {
				t.Errorf("%s is withdrawn after the limit", r.ID)
			}
			answered := a.What == s.book.Steps.FinalAnswer || a.What == s.book.Steps.Answer && a.Code != s.book.Response.InProgress
			if answered && a.Round == 1 && !a.Time.Before(s.at(r, s.book.Days.FinalAnswer, 12, 0)) {
				t.Errorf("%s is answered only %s after receipt", r.ID, a.Time.Sub(received))
			}
		}
	}
}

func TestAnswerComesNotBeforeTheCompanyHasTheComplaint(t *testing.T) {
	t.Parallel()
	s := shippedScript(t)
	for id := range 200 {
		r := Record{ID: fmt.Sprint(id), Received: date("2023-08-01"), Sent: date("2023-08-11"), Timely: "Yes"}
		if a, _ := find(s.acts(r), s.book.Steps.Answer, 1); a.Time.Before(s.at(r, 10, 0, 0)) {
			t.Fatalf("sent on day 10, answered on %s", a.Time)
		}
	}
	r := Record{ID: "1", Received: date("2023-08-01"), Sent: date("2024-06-01"), Timely: "Yes"}
	if a, _ := find(s.acts(r), s.book.Steps.Answer, 1); !a.Time.Before(s.at(r, s.book.Days.Answer, 12, 0)) {
		t.Errorf("the record says timely, but the answer is planned on %s", a.Time)
	}
}

func TestWindowsHoldEverythingOnce(t *testing.T) {
	t.Parallel()
	s, records, plans := shippedScript(t), shipped(t).Records, map[string][]act{}
	acts := 0
	for _, r := range records {
		plans[r.ID] = s.acts(r)
		acts += len(plans[r.ID])
	}
	next, withdrawn, last := 0, 0, time.Time{}
	for _, w := range s.windows(records, plans, 1000) {
		if w.last > 0 && w.first != next {
			t.Errorf("the window to %s begins with record %d, want %d", w.end, w.first, next)
		}
		if !w.end.After(last) {
			t.Errorf("the window to %s follows one to %s", w.end, last)
		}
		next, last = max(next, w.last), w.end
		acts -= w.acts
		withdrawn += len(w.withdrawn)
	}
	if next != len(records) || acts != 0 || withdrawn != 271 {
		t.Errorf("windows hold %d records of %d, %d withdrawals of 271, and leave %d acts out", next, len(records), withdrawn, acts)
	}
}

func TestFindTellsRoundsApart(t *testing.T) {
	t.Parallel()
	s := shippedScript(t)
	acts := s.acts(Record{ID: "7", Received: date("2015-03-18"), Timely: "Yes", Disputed: "Yes"})
	a, ok := find(acts, s.book.Visit, 2)
	if !ok || a.Outcome != followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED {
		t.Errorf("second visit: %v, %+v", ok, a)
	}
	if _, ok := find(acts, s.book.Steps.Answer, 3); ok {
		t.Error("an answer is planned for a third round")
	}
}
