package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// ComputeDeadline implements the RPC; its contract is in the .proto file.
func (s *Server) ComputeDeadline(ctx context.Context, req *slatimerv1.ComputeDeadlineRequest) (*slatimerv1.ComputeDeadlineResponse, error) {
	r, err := procedure.NewReckoner(req.GetCalendar())
	if err != nil {
		return nil, fault.New(fault.Invalid, "CALENDAR_INVALID", "%v", err).At("calendar")
	}
	resp := &slatimerv1.ComputeDeadlineResponse{Holidays: r.Holidays, Deadlines: make([]*slatimerv1.Deadline, len(req.GetQuestions()))}
	for i, q := range req.GetQuestions() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		resp.Deadlines[i] = deadline(r, q)
	}
	return resp, nil
}

// deadline answers one question; what is wrong with it is part of the answer.
func deadline(r *procedure.Reckoner, q *slatimerv1.DeadlineQuestion) *slatimerv1.Deadline {
	at, err := instant("count_time", q.GetCountTime())
	if err != nil {
		return &slatimerv1.Deadline{Error: err.Error()}
	}
	pauses := make([]calendar.Pause, len(q.GetPauses()))
	for i, p := range q.GetPauses() {
		from, err := instant("pauses.start_time", p.GetStartTime())
		if err != nil {
			return &slatimerv1.Deadline{Error: err.Error()}
		}
		to, err := instant("pauses.end_time", p.GetEndTime())
		if err != nil {
			return &slatimerv1.Deadline{Error: err.Error()}
		}
		pauses[i] = calendar.Pause{From: from, To: to}
	}
	schedule, err := r.Deadline(at, q.GetLimit(), q.GetShift(), pauses...)
	if err != nil {
		return &slatimerv1.Deadline{Error: err.Error()}
	}
	return &slatimerv1.Deadline{
		StartTime: timestamppb.New(schedule.StartTime), DueTime: timestamppb.New(schedule.DueTime), Provisional: schedule.Provisional,
	}
}

// instant reads a time that may be none.
func instant(field string, t *timestamppb.Timestamp) (time.Time, error) {
	if t.CheckValid() != nil {
		return time.Time{}, fault.New(fault.Invalid, "REQUEST_INVALID", "%s is no time between the years 1 and 9999", field).At(field)
	}
	return t.AsTime(), nil
}
