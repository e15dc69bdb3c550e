package server_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"
)

// told is the life of one complaint as services tell it, in the order in which they do.
type told []proto.Message

func registered(p *procedurev1.Procedure, number int, channel, line string) *intakev1.ComplaintRegistered {
	return &intakev1.ComplaintRegistered{
		Number: fmt.Sprintf("F-%d", number), Edition: &typev1.Edition{Procedure: "figures", Edition: p.GetEdition(), Digest: procedure.Digest(p)},
		Flow: "direct", Channel: channel, Fields: map[string]*typev1.Value{"line": procedure.ToProto(procedure.Code(line)), "cost": procedure.ToProto(procedure.Number(12))},
		CountTime: timestamppb.New(start),
	}
}

// draw returns a random life after registration: whatever may be told of a complaint, and as often.
func draw(r *rand.Rand) told {
	var life told
	var running, late []string
	round := int32(1)
	pop := func(list *[]string) string { s := (*list)[0]; *list = (*list)[1:]; return s }
	for n := range r.IntN(25) {
		switch r.IntN(10) {
		case 0:
			life = append(life, &intakev1.ContactRecorded{Outbound: true, Medium: "phone", Purpose: "response", Content: []string{"progress"}})
		case 1:
			life = append(life, &routingv1.ComplaintClassified{Round: round, Values: map[string]string{"grade": []string{"high", "low"}[r.IntN(2)]}})
		case 2:
			life = append(life, &routingv1.WorkOpened{WorkId: id(n), Step: "answer", Round: round, Post: "agent", Person: "wang"})
		case 3:
			life = append(life, &routingv1.WorkCompleted{WorkId: id(n), Step: "answer", Round: round, Post: "agent"}, &routingv1.MilestoneReached{Milestone: "answered", Step: "answer", Round: round})
		case 4:
			clock := fmt.Sprintf("%d/%d", round, n)
			running = append(running, clock)
			life = append(life, &slatimerv1.ClockStarted{ClockId: clock, Policy: "reply", Round: round, DueTime: timestamppb.New(at(48))})
		case 5:
			if len(running) == 0 {
				continue
			}
			switch clock := pop(&running); r.IntN(3) {
			case 0:
				life = append(life, &slatimerv1.ClockMet{ClockId: clock, Policy: "reply", Round: round})
			case 1:
				life = append(life, &slatimerv1.ClockWarned{ClockId: clock, Policy: "reply", Round: round}, &slatimerv1.ClockBreached{ClockId: clock, Policy: "reply", Round: round})
				late = append(late, clock)
			case 2:
				life = append(life, &slatimerv1.ClockCancelled{ClockId: clock, Policy: "reply", Round: round})
			}
		case 6:
			if len(late) == 0 {
				continue
			}
			if clock := pop(&late); r.IntN(2) == 0 {
				life = append(life, &slatimerv1.ClockStopped{ClockId: clock, Policy: "reply", Round: round, LateDuration: durationpb.New(time.Hour)})
			} else {
				life = append(life, &slatimerv1.ClockCancelled{ClockId: clock, Policy: "reply", Round: round})
			}
		case 7:
			outcome := followupv1.VisitOutcome(1 + r.IntN(3))
			life = append(life, &followupv1.VisitScheduled{Plan: "main", Round: round, Post: "agent"},
				&followupv1.VisitRecorded{Plan: "main", Round: round, Outcome: outcome, Final: outcome < 3 || r.IntN(2) == 0})
		case 8:
			life = append(life, &followupv1.ComplaintClosed{Round: round, Reason: followupv1.CloseReason_CLOSE_REASON_ACCEPTED})
			if r.IntN(2) == 0 {
				round++
				life = append(life, &followupv1.ComplaintReopened{Round: round})
			}
		case 9:
			life = append(life, []proto.Message{&intakev1.ComplaintWithdrawn{}, &intakev1.PersonalDataRevealed{}, &routingv1.NoticeIssued{About: "answer", Round: round},
				&routingv1.WorkCancelled{Step: "answer", Round: round}}[r.IntN(4)])
		}
	}
	return life
}

// history is the lives of n complaints, woven into one stream that keeps the order of each.
func (h *house) history(t testing.TB, r *rand.Rand, n int) ([]events.Event, map[int]told) {
	t.Helper()
	lives := map[int]told{}
	var turns []int
	for c := range n {
		p := []*procedurev1.Procedure{h.older, h.newer}[r.IntN(2)]
		lives[c] = append(told{registered(p, c, []string{"web", "hotline"}[r.IntN(2)], []string{"door", "window"}[r.IntN(2)])}, draw(r)...)
		for range lives[c] {
			turns = append(turns, c)
		}
	}
	r.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	next := map[int]int{}
	var evs []events.Event
	for _, c := range turns {
		hour := r.IntN(2000) // occurrences in no order
		evs = append(evs, event(t, c, hour, lives[c][next[c]]))
		next[c]++
	}
	return evs, lives
}
