package procedure

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"redress.dev/pkg/calendar"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileClocks takes over the time limits; flows, visits and calendars are known by then.
func (c *compiler) compileClocks() {
	for _, in := range c.in.GetClocks() {
		path := at("clocks", in.GetKey())
		k := &Clock{
			Key: in.GetKey(), Name: label(in.GetName()),
			Start: c.trigger(path+".start", in.GetStart()), when: c.compileIn(c.starting, path+".when", in.GetWhen(), wantTruth),
			NextOpening: in.GetShift() == procedurev1.StartShift_START_SHIFT_NEXT_OPENING,
			Limit:       c.limit(path+".limit", in.GetLimit()),
			Calendar:    in.GetCalendar(), days: c.out.calendars[in.GetCalendar()],
			Stop: c.triggers(path+".stop", in.GetStop()), Cancel: c.triggers(path+".cancel", in.GetCancel()),
			Pause: c.triggers(path+".pause", in.GetPause()), Resume: c.triggers(path+".resume", in.GetResume()),
			Excuse:  c.triggers(path+".excuse", in.GetExcuse()),
			Replace: c.triggers(path+".replace.on", in.GetReplace().GetOn()), replaced: c.expression(path+".replace.due", in.GetReplace().GetDue(), wantTime),
			Agreeable: in.GetAgreeable(),
			Breach:    c.assignees(path+".breach.notify", in.GetBreach().GetNotify()),
			Soft:      in.GetSoft(), Internal: in.GetInternal(), Clauses: in.GetClauses(), Source: in,
		}
		if _, ok := c.out.calendars[in.GetCalendar()]; !ok {
			c.found(CalendarUnknown, path+".calendar", "there is no calendar %q; %s", in.GetCalendar(), instead(in.GetCalendar(), slices.Sorted(maps.Keys(c.out.calendars))))
		}
		for i, l := range in.GetCases() {
			casePath := fmt.Sprintf("%s.cases[%d]", path, i)
			k.Cases = append(k.Cases, LimitCase{c.limit(casePath+".limit", l.GetLimit()), l.GetWhen(), c.expression(casePath+".when", l.GetWhen(), wantTruth)})
		}
		c.compileMoments(path, k, in)
		c.checkStops(path, k)
		c.checkPauses(path, k)
		c.out.Clocks = append(c.out.Clocks, k)
	}
	unique(c, "clocks", c.out.Clocks, func(k *Clock) string { return k.Key })
}

// compileMoments takes over the warnings before a clock is due and the ladder after it.
func (c *compiler) compileMoments(path string, k *Clock, in *procedurev1.ClockPolicy) {
	for i, w := range in.GetWarnings() {
		k.Warnings = append(k.Warnings, Warning{
			Share: w.GetShare(), Before: hours(w.GetHoursBefore()), WorkingBefore: hours(w.GetWorkingHoursBefore()),
			Notify: c.assignees(fmt.Sprintf("%s.warnings[%d].notify", path, i), w.GetNotify()),
		})
	}
	for i, e := range in.GetLadder() {
		step := fmt.Sprintf("%s.ladder[%d]", path, i)
		if max(e.GetHours(), e.GetWorkingHours()) > maxHours {
			c.found(LadderInvalid, step, "a step comes at most %d hours after the breach", maxHours)
		}
		k.Ladder = append(k.Ladder, Escalation{
			After: hours(e.GetHours()), WorkingAfter: hours(e.GetWorkingHours()), DaysAfter: int(e.GetCountedDays()),
			Notify: c.assignees(step+".notify", e.GetNotify()),
		})
	}
}

// checkPauses sees that a clock has a limit and that what pauses it makes sense.
func (c *compiler) checkPauses(path string, k *Clock) {
	if k.Limit.Kind == 0 && len(k.Cases) == 0 {
		c.found(LimitInvalid, path+".limit", "give a limit, or cases; write unset: true where the source has no figure")
	}
	if len(k.Pause) > 0 && len(k.Resume) == 0 {
		c.found(PauseInvalid, path+".resume", "the clock can be paused, and nothing lets it run on")
	}
	if len(k.Resume) > 0 && len(k.Pause) == 0 {
		c.found(PauseInvalid, path+".pause", "the clock can be resumed, and nothing pauses it")
	}
	agreed := k.Limit.Kind == Agreed
	for _, l := range k.Cases {
		agreed = agreed || l.Limit.Kind == Agreed
	}
	if agreed && len(k.Pause) > 0 {
		c.found(PauseInvalid, path+".pause", "an agreed moment cannot be paused; agree another one")
	}
}

// hours turns hours into a duration, at most what a duration holds.
func hours(h float64) time.Duration {
	return time.Duration(math.Min(h*float64(time.Hour), math.MaxInt64/2))
}

// maxHours of a limit: the same ten years as in days.
const maxHours = 3660 * 24

// limit compiles the length of a clock. Amounts in days are bounded by the contract, those in hours here.
func (c *compiler) limit(path string, in *procedurev1.Limit) Limit {
	bounded := func(h float64) time.Duration {
		if h > maxHours {
			c.found(LimitInvalid, path, "a limit has at most %d hours", maxHours)
		}
		return hours(h)
	}
	switch l := in.GetLength().(type) {
	case *procedurev1.Limit_Hours:
		return Limit{Kind: Hours, Duration: bounded(l.Hours)}
	case *procedurev1.Limit_WorkingHours:
		return Limit{Kind: WorkingHours, Duration: bounded(l.WorkingHours)}
	case *procedurev1.Limit_CalendarDays:
		return Limit{Kind: CalendarDays, Count: int(l.CalendarDays)}
	case *procedurev1.Limit_CountedDays:
		return Limit{Kind: CountedDays, Count: int(l.CountedDays)}
	case *procedurev1.Limit_EndOfCountedDay:
		return Limit{Kind: EndOfCountedDay, Count: int(l.EndOfCountedDay)}
	case *procedurev1.Limit_SameDay:
		return Limit{Kind: SameDay}
	case *procedurev1.Limit_Agreed:
		if l.Agreed == "" {
			c.found(LimitInvalid, path+".agreed", "name the time field, for example answers.agree.reply_time")
		}
		return Limit{Kind: Agreed, agreed: c.expression(path+".agreed", l.Agreed, wantTime)}
	case *procedurev1.Limit_Months:
		return Limit{Kind: Months, Count: int(l.Months)}
	case *procedurev1.Limit_CountedDayTime:
		at, err := calendar.ParseTimeOfDay(l.CountedDayTime.GetTime())
		if err != nil {
			c.found(LimitInvalid, path+".counted_day_time.time", "%v", err)
		}
		return Limit{Kind: CountedDayTime, Count: int(l.CountedDayTime.GetDays()), TimeOfDay: at}
	case *procedurev1.Limit_Unset:
		return Limit{Kind: Unset}
	}
	return Limit{}
}

// checkStops sees that in every flow in which the clock can start something can stop it: a clock that runs into its breach whatever
// anybody does is a slip of the pen, for example a stop that names a step of another flow.
func (c *compiler) checkStops(path string, k *Clock) {
	for _, f := range c.out.Flows {
		if !c.happens(f, k.Start) {
			continue
		}
		stops := false
		for _, t := range k.Stop {
			stops = stops || c.happens(f, t)
		}
		if !stops {
			c.found(ClockNeverStops, path+".stop", "the clock starts in the flow %s, where nothing can stop it", f.Key)
		}
	}
}

// happens reports whether t can happen in f. Triggers that lead nowhere have a finding of their own.
func (c *compiler) happens(f *Flow, t Trigger) bool {
	switch t.Kind {
	case WorkOpened, WorkCompleted:
		s, ok := f.Step(t.Key)
		return ok && s.Kind.Work()
	case Milestone:
		for _, s := range f.Steps {
			if s.Milestone == t.Key {
				return true
			}
		}
		return false
	case VisitRecorded:
		for _, v := range c.in.GetVisits() {
			if v.GetKey() == t.Key {
				after, ok := plainTrigger(v.GetAfter())
				return ok && after.Kind != VisitRecorded && c.happens(f, after)
			}
		}
		return false
	default: // registration, contacts, closing and reopening are possible in every flow
		return true
	}
}
