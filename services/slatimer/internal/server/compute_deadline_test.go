package server_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/fault"
)

func question(when string, limit *procedurev1.Limit) *slatimerv1.DeadlineQuestion {
	return &slatimerv1.DeadlineQuestion{CountTime: timestamppb.New(at(when)), Limit: limit}
}

func TestComputeDeadline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	working := &procedurev1.Limit{Length: &procedurev1.Limit_WorkingHours{WorkingHours: 16}}
	shifted := question("2026-03-06 20:00", &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 1}})
	shifted.Shift = procedurev1.StartShift_START_SHIFT_NEXT_OPENING
	paused := question("2026-03-06 09:00", working)
	paused.Pauses = []*slatimerv1.PausedTime{{StartTime: timestamppb.New(at("2026-03-06 09:00")), EndTime: timestamppb.New(at("2026-03-09 09:00"))}}
	crossed := question("2026-03-06 09:00", working)
	crossed.Pauses = []*slatimerv1.PausedTime{{StartTime: timestamppb.New(at("2026-03-09 09:00")), EndTime: timestamppb.New(at("2026-03-06 09:00"))}}
	res, err := f.srv.ComputeDeadline(t.Context(), &slatimerv1.ComputeDeadlineRequest{
		Calendar: &procedurev1.Calendar{
			Key: "office", Zone: "Asia/Shanghai", Holidays: "cn",
			Week: []*procedurev1.WeekdayHours{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, Hours: []string{"09:00-12:00", "13:30-18:00"}}},
		},
		Questions: []*slatimerv1.DeadlineQuestion{
			question("2026-03-06 09:00", working), shifted, paused, question("2027-03-06 09:00", working), crossed,
			question("2026-03-06 09:00", &procedurev1.Limit{Length: &procedurev1.Limit_Agreed{Agreed: "fields.x"}}),
			{CountTime: &timestamppb.Timestamp{Nanos: -1}, Limit: working},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"03-10 10:00", "03-09 10:00", "03-11 10:00", "03-10 10:00"} {
		if d := res.GetDeadlines()[i]; d.GetError() != "" || show(d.GetDueTime().AsTime()) != want || d.GetProvisional() != (i == 3) {
			t.Errorf("deadline %d = %v, want %s", i, d, want)
		}
	}
	for i, want := range map[int]string{4: "pause", 5: "no length", 6: "count_time"} {
		if d := res.GetDeadlines()[i]; !strings.Contains(d.GetError(), want) || d.GetDueTime() != nil {
			t.Errorf("deadline %d = %v, want an error about %s", i, d, want)
		}
	}
	if !strings.HasPrefix(res.GetHolidays(), "cn@2026-") {
		t.Errorf("holidays %q", res.GetHolidays())
	}
	if _, err := f.srv.ComputeDeadline(t.Context(), &slatimerv1.ComputeDeadlineRequest{Calendar: &procedurev1.Calendar{Key: "never", Zone: "Asia/Shanghai"}}); fault.ReasonOf(err) != "CALENDAR_INVALID" {
		t.Errorf("a calendar that never opens: %v", err)
	}
}
