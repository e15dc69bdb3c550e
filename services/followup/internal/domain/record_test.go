package domain

import (
	"testing"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestRecordRefuses(t *testing.T) {
	due, _ := play(t, registered("web", "window"), classified(1, 1, "agent"), answered(2, 1))
	ended, _ := play(t, registered("web", "window"), classified(1, 1, "agent"), answered(2, 1), visited{3, "v1", procedure.Satisfied})
	gone, _ := play(t, registered("web", "window"), classified(1, 1, "agent"), answered(2, 1), withdrawn(3))
	now := at(10)
	tests := []struct {
		name string
		file File
		end  time.Time
		want string
	}{
		{"at once", due, at(2), ""},
		{"now", due, time.Time{}, ""},
		{"a clock a little ahead", due, now.Add(5 * time.Minute), ""},
		{"the future", due, now.Add(5*time.Minute + time.Second), ReasonTimeInvalid},
		{"before it was due", due, at(2).Add(-time.Microsecond), ReasonTimeInvalid},
		{"made already", ended, now, ReasonVisitNotDue},
		{"withdrawn", gone, now, ReasonVisitNotDue},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, evs, err := tt.file.Record(Call{VisitID: "v1", Outcome: procedure.Satisfied, EndTime: tt.end, Actor: caller}, now, compiled(t), ids())
			if got := fault.ReasonOf(err); got != tt.want || (err != nil) != (tt.want != "") {
				t.Errorf("error %v, want reason %q", err, tt.want)
			}
			if (len(evs) == 0) != (err != nil) {
				t.Errorf("%d events with error %v", len(evs), err)
			}
		})
	}
}

func TestACallWithoutATimeIsNeverBeforeItsVisit(t *testing.T) {
	due, _ := play(t, registered("web", "window"), classified(1, 1, "agent"), answered(2, 1))
	f, _, err := due.Record(Call{VisitID: "v1", Outcome: procedure.Satisfied}, at(2).Add(-time.Minute), compiled(t), ids())
	if v, _ := f.Visit("v1"); err != nil || !v.EndTime.Equal(at(2)) {
		t.Errorf("ended at %v, error %v; want %v", v.EndTime, err, at(2))
	}
}
