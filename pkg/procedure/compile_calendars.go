package procedure

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// china is read once: every edition with Chinese holidays needs it.
var china = sync.OnceValues(holidays.China)

// weekdays by the names that packs use.
var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

// compileCalendars makes the calendars that clocks count in.
func (c *compiler) compileCalendars() {
	c.out.calendars = map[string]*calendar.Calendar{}
	used := map[string]bool{}
	for _, in := range c.in.GetCalendars() {
		path := at("calendars", in.GetKey())
		cal, err := calendar.New(c.spec(path, in))
		if err != nil {
			c.found(CalendarInvalid, path, "%v", err)
		}
		c.out.calendars[in.GetKey()] = cal
		if in.GetHolidays() != "" {
			used[in.GetHolidays()+"@"+c.edition(in.GetHolidays())] = true
		}
	}
	c.out.Holidays = strings.Join(slices.Sorted(maps.Keys(used)), ",")
	unique(c, "calendars", c.in.GetCalendars(), (*procedurev1.Calendar).GetKey)
}

// set returns the holidays of a key: those that were given, or the shipped ones.
func (c *compiler) set(path, key string) (holidays.Set, bool) {
	if set, ok := c.sets[key]; ok || key != "cn" {
		return set, ok
	}
	set, err := china()
	if err != nil {
		c.found(CalendarInvalid, path+".holidays", "%v", err)
	}
	return set, true
}

// edition names the edition of the holidays of a key; "none" while no set is known.
func (c *compiler) edition(key string) string {
	if set, ok := c.set("calendars", key); ok {
		return set.Edition()
	}
	return "none"
}

// WithHolidays returns p with its calendars made of other sets of holidays, by key; where sets has none the shipped one counts.
func (p *Procedure) WithHolidays(sets map[string]holidays.Set) (*Procedure, error) {
	c := &compiler{in: p.source, out: &Procedure{}, sets: sets}
	c.compileCalendars()
	if len(c.findings) > 0 {
		return nil, &InvalidError{c.findings}
	}
	out := *p
	out.calendars, out.Holidays = c.out.calendars, c.out.Holidays
	out.Clocks = make([]*Clock, len(p.Clocks))
	for i, k := range p.Clocks {
		clock := *k
		clock.days = out.calendars[k.Calendar]
		out.Clocks[i] = &clock
	}
	if r := p.Directory.renewal; r != nil {
		renewal := *r
		renewal.days = out.calendars[r.Calendar]
		out.Directory.renewal = &renewal
	}
	return &out, nil
}

// spec turns a pack's calendar into the form that package calendar compiles.
func (c *compiler) spec(path string, in *procedurev1.Calendar) calendar.Spec {
	spec := calendar.Spec{
		Zone: in.GetZone(), Week: map[time.Weekday][]calendar.Interval{},
		ExtraDays: map[calendar.Date][]calendar.Interval{}, Names: map[calendar.Date]string{},
	}
	var ordinary []calendar.Interval // the hours listed first: those of a make-up day
	for i, w := range in.GetWeek() {
		hours := c.hours(path+".week", w.GetHours())
		if i == 0 {
			ordinary = hours
		}
		for _, day := range w.GetDays() {
			spec.Week[weekdays[day]] = append(spec.Week[weekdays[day]], hours...)
		}
	}
	for _, day := range in.GetCounted() {
		spec.Counted = append(spec.Counted, weekdays[day])
	}
	for _, e := range in.GetExceptions() {
		date, err := calendar.ParseDate(e.GetDate())
		if err != nil {
			c.found(CalendarInvalid, path+".exceptions", "%v", err)
			continue
		}
		spec.Names[date] = label(e.GetName()).String()
		if len(e.GetHours()) == 0 {
			spec.Holidays = append(spec.Holidays, date)
		} else {
			spec.ExtraDays[date] = c.hours(path+".exceptions", e.GetHours())
		}
	}
	// Last: what the company says of a date itself wins over the shipped set.
	if key := in.GetHolidays(); key != "" {
		set, ok := c.set(path, key)
		if !ok {
			spec.KnownThrough = calendar.Date{Year: 1970, Month: time.January, Day: 1} // all that follows is provisional
			return spec
		}
		spec = set.Apply(spec, ordinary)
	}
	return spec
}

// hours reads intervals; the contract has seen that they look like "09:00-12:00".
func (c *compiler) hours(path string, in []string) []calendar.Interval {
	var out []calendar.Interval
	for _, text := range in {
		from, to, _ := strings.Cut(text, "-")
		f, err := calendar.ParseTimeOfDay(from)
		t, err2 := calendar.ParseTimeOfDay(to)
		if err != nil || err2 != nil {
			c.found(CalendarInvalid, path, "%q are no hours; write for example 09:00-12:00", text)
			continue
		}
		out = append(out, calendar.Interval{From: f, To: t})
	}
	return out
}
