package simulate

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// begin is when the first complaint comes, in the middle of a Monday morning.
var begin = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

// step is one event in the life of every complaint.
type step struct {
	after   time.Duration
	message func(work string, at time.Time) proto.Message
}

// lives are the steps that each producer records; 7 events and 4 clocks a complaint.
func lives(edition *typev1.Edition) map[string][]step {
	return map[string][]step{
		"intake": {
			{0, func(_ string, at time.Time) proto.Message {
				return &intakev1.ComplaintRegistered{Edition: edition, Channel: "telephone", Flow: "only", CountTime: timestamppb.New(at)}
			}},
			{50 * time.Hour, func(string, time.Time) proto.Message { return &intakev1.ContactRecorded{Purpose: "response"} }},
		},
		"routing": {
			{time.Minute, func(string, time.Time) proto.Message {
				return &routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "low"}}
			}},
			{time.Minute, func(w string, _ time.Time) proto.Message {
				return &routingv1.WorkOpened{WorkId: w, Step: "act", Round: 1, Post: "clerk"}
			}},
			{26 * time.Hour, func(w string, _ time.Time) proto.Message {
				return &routingv1.WorkCompleted{WorkId: w, Step: "act", Round: 1}
			}},
			{26 * time.Hour, func(string, time.Time) proto.Message {
				return &routingv1.MilestoneReached{Milestone: "acted", Step: "act", Round: 1}
			}},
		},
		"followup": {{99 * time.Hour, func(string, time.Time) proto.Message { return &followupv1.ComplaintClosed{Round: 1} }}},
	}
}

// feed is a producer whose events are made when they are asked for, so that a million clocks' history takes no memory.
type feed struct {
	eventsv1.EventFeedServiceClient
	steps      []step
	complaints int // a part
}

// id returns the UUID of the n-th thing of a kind in a part.
func id(kind byte, part, n int) string {
	u := uuid.UUID{6: 0x70, 8: 0x80, 14: kind, 15: byte(part)}
	binary.BigEndian.PutUint32(u[:], uint32(n))
	return u.String()
}

// ReadEvents makes the events of one page.
func (f feed) ReadEvents(_ context.Context, req *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	part, per := int(req.GetPart()), int64(len(f.steps))
	res := &eventsv1.ReadEventsResponse{Incarnation: 1, HeadSeq: per * int64(f.complaints)}
	for seq := req.GetFromSeq(); seq <= res.HeadSeq && len(res.Events) < int(req.GetLimit()); seq++ {
		n, s := int((seq-1)/per), f.steps[(seq-1)%per]
		// One complaint every 10 seconds a part; recorded as it happens.
		at := begin.Add(time.Duration(n)*10*time.Second + s.after)
		m := s.message(id('w', part, n), at)
		payload, err := proto.Marshal(m)
		if err != nil {
			return nil, err
		}
		e := &eventsv1.Event{
			Seq: seq, EventId: id(byte(16*per+seq%per), part, n), Tenant: "default", AggregateId: id('c', part, n), Version: (seq-1)%per + 1,
			Type: string(proto.MessageName(m)), Payload: payload, Actor: "person:x", OccurTime: timestamppb.New(at), RecordTime: timestamppb.New(at),
		}
		if f.steps[0].after > 0 { // what follows from intake's registration
			e.After = map[string]int64{"intake": int64(2*n + 1)}
		}
		res.Events = append(res.Events, e)
	}
	return res, nil
}

// pack is the procedure of the complaints; limit is how long an answer may take.
func pack(edition string, limit int) string {
	return fmt.Sprintf(`
code: bench
edition: "%s"
name: {en: Bench}
numbering: {prefix: B, zone: Asia/Shanghai}
calendars:
  - {key: office, zone: Asia/Shanghai, holidays: cn, week: [{days: [mon, tue, wed, thu, fri], hours: ["09:00-12:00", "13:30-18:00"]}]}
vocabularies:
  - {key: grade, terms: [{code: low}, {code: high}]}
rules:
  - {target: grade, vocabulary: grade, cases: [{value: low}]}
posts: [{key: clerk, name: {en: Clerk}}]
flows: [{key: only, reopen_step: act, steps: [{key: act, task: {assignee: {post: clerk}}, milestone: acted}]}]
clocks:
  - {key: answer, start: {registered: true}, limit: {working_hours: %d}, calendar: office, stop: [{milestone: acted}], warnings: [{share: 0.5}, {share: 0.8}]}
  - {key: act, start: {work_opened: act}, limit: {hours: 24}, calendar: office, stop: [{work_completed: act}], warnings: [{hours_before: 1}]}
  - {key: tell, when: "channel == 'telephone'", start: {registered: true}, limit: {counted_days: 2}, calendar: office, stop: [{contact: response}]}
  - {key: archive, start: {milestone: acted}, limit: {counted_days: 5}, calendar: office, stop: [{contact: response}]}
closing: {on: [{milestone: acted}]}
`, edition, limit)
}
