package demo

import (
	"hash/fnv"
	"slices"
	"time"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
)

// withdrawal is no step of a procedure: it is the consumer's act.
const withdrawal = "withdrawal"

// latestWithdrawal is the last day after receipt that a withdrawal is assumed on, if the limit of the first answer is later.
const latestWithdrawal = 10

// act is something that staff or the consumer does about a complaint.
type act struct {
	What    string // a step or visit of the playbook, or withdrawal
	Round   int32
	Time    time.Time
	Code    string                  // of an answer: the company's response
	Outcome followupv1.VisitOutcome // of a visit
}

// script plans what happens to each complaint: from its record where that says it, else assumed, the same at every run.
// deploy/demo/README.md states which is which.
type script struct {
	zone *time.Location
	book playbook
}

// receive is when the complaint was received: at noon of the record's date.
func (s script) receive(r Record) time.Time { return s.at(r, 0, 12, 0) }

// at is a time of the n-th day after receipt, in the zone of the procedure's numbers.
func (s script) at(r Record, day, hour, minute int) time.Time {
	y, m, d := r.Received.Date()
	return time.Date(y, m, d+day, hour, minute, 0, 0, s.zone)
}

// acts returns everything that is done about the complaint, in order.
func (s script) acts(r Record) []act {
	if r.Timely == "" {
		return []act{{What: withdrawal, Time: s.afternoon(r, 1+draw(r, "withdraw", min(latestWithdrawal, s.book.Days.Answer-1)))}}
	}
	steps, says := s.book.Steps, s.book.Response
	day := s.answerDay(r)
	response := r.Response
	if response == "" {
		response = says.Closed
	}
	acts := []act{{What: steps.Answer, Round: 1, Time: s.afternoon(r, day), Code: response}}
	if response == says.InProgress {
		response = says.Closed
		day += 1 + draw(r, "final", s.book.Days.FinalAnswer-day-1)
		acts = append(acts, act{What: steps.FinalAnswer, Round: 1, Time: s.afternoon(r, day), Code: response})
	}
	day += 2 + draw(r, "visit", 14)
	outcome := followupv1.VisitOutcome_VISIT_OUTCOME_UNREACHED
	switch r.Disputed {
	case "No":
		outcome = followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED
	case "Yes":
		outcome = followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED
	}
	acts = append(acts, act{What: s.book.Visit, Round: 1, Time: s.afternoon(r, day), Outcome: outcome})
	if r.Disputed != "Yes" {
		return acts
	}
	day += 1 + draw(r, "answer again", 30)
	acts = append(acts, act{What: steps.Answer, Round: 2, Time: s.afternoon(r, day), Code: response})
	day += 2 + draw(r, "visit again", 14)
	return append(acts, act{What: s.book.Visit, Round: 2, Time: s.afternoon(r, day), Outcome: followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED})
}

// answerDay is the day of the first answer after receipt: within the limit or after it as the record says, and not before the
// complaint was sent to the company unless the limit leaves no room for that.
func (s script) answerDay(r Record) int {
	sent := 0
	if !r.Sent.IsZero() {
		sent = int(r.Sent.Sub(r.Received).Hours() / 24)
	}
	first, last := 0, s.book.Days.Answer-1
	if r.Timely == "No" {
		first, last = s.book.Days.Answer+1, s.book.Days.LatestAnswer
	}
	first = min(max(first, sent), last)
	return first + draw(r, "answer", last-first+1)
}

// afternoon is a moment between 14:00 and 17:00 of the n-th day after receipt: later than noon, when complaints come in.
func (s script) afternoon(r Record, day int) time.Time {
	minutes := draw(r, "minute", 180)
	return s.at(r, day, 14+minutes/60, minutes%60)
}

// find returns the act of a step or visit in a round.
func find(acts []act, what string, round int32) (act, bool) {
	i := slices.IndexFunc(acts, func(a act) bool { return a.What == what && a.Round == round })
	if i < 0 {
		return act{}, false
	}
	return acts[i], true
}

// draw returns a number from 0 to n-1 that depends on the complaint and the purpose alone.
func draw(r Record, purpose string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.ID + "/" + purpose)) // a hash never fails
	return int(h.Sum32() % uint32(n))
}
