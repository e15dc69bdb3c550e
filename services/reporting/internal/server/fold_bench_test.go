package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
)

// BenchmarkFold applies the usual life of complaints, 19 events in the batches that their producers send them in, and prints
// events per second with Postgres on the same machine.
func BenchmarkFold(b *testing.B) {
	h := open(b)
	reg := registered(h.newer, 1, "web", "door")
	phases := [][]proto.Message{
		{reg},
		{&routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high", "category": "door", "handler": "agent"}}, &routingv1.WorkOpened{Step: "answer", Round: 1, Post: "agent", Person: "li"}},
		{&slatimerv1.ClockStarted{ClockId: "a", Policy: "reply", Round: 1, DueTime: timestamppb.New(at(48))}, &slatimerv1.ClockStarted{ClockId: "b", Policy: "work", Round: 1, DueTime: timestamppb.New(at(48))}},
		{&intakev1.ContactRecorded{Outbound: true, Medium: "phone", Purpose: "response"}},
		{&routingv1.WorkCompleted{Step: "check", Round: 1, Post: "agent", Outcome: "yes"}, &routingv1.MilestoneReached{Milestone: "investigated", Round: 1, Step: "check"},
			&routingv1.WorkOpened{Step: "answer", Round: 1, Post: "agent", Person: "li"}},
		{&slatimerv1.ClockMet{ClockId: "b", Policy: "work", Round: 1}, &slatimerv1.ClockStarted{ClockId: "c", Policy: "work", Round: 1, DueTime: timestamppb.New(at(48))}},
		{&routingv1.WorkCompleted{Step: "answer", Round: 1, Post: "agent"}, &routingv1.MilestoneReached{Milestone: "answered", Round: 1, Step: "answer"}},
		{&slatimerv1.ClockMet{ClockId: "c", Policy: "work", Round: 1}, &slatimerv1.ClockMet{ClockId: "a", Policy: "reply", Round: 1}},
		{&followupv1.VisitScheduled{Plan: "main", Round: 1, Post: "agent"}},
		{&followupv1.VisitRecorded{Plan: "main", Round: 1, Outcome: 1, Final: true}, &followupv1.ComplaintClosed{Round: 1, Reason: 1}},
		{&routingv1.NoticeIssued{About: "closed", Round: 1, Posts: []string{"agent"}}},
	}
	const complaints, size = 512, 512
	total := 0
	for b.Loop() {
		b.StopTimer()
		var batches [][]events.Event
		first := uuid.New()
		for _, phase := range phases {
			var evs []events.Event
			for n := range complaints {
				for _, m := range phase {
					e := event(b, n, 1, m)
					e.AggregateID = fmt.Sprintf("%s%06d", first.String()[:30], n)
					e.ID, e.RecordTime = e.AggregateID, e.OccurTime.Add(time.Second)
					evs = append(evs, e)
				}
			}
			for ; len(evs) > 0; evs = evs[min(size, len(evs)):] {
				batches = append(batches, evs[:min(size, len(evs))])
			}
		}
		b.StartTimer()
		for _, evs := range batches {
			total += len(evs)
			batch := events.NewBatch(evs)
			if err := postgres.InTx(b.Context(), h.pool, func(tx pgx.Tx) error { return h.Fold(b.Context(), tx, batch) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}
