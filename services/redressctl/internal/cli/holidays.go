package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"redress.dev/pkg/calendar/holidays"
	"redress.dev/pkg/calendar/ical"
)

// holidayFile is an iCalendar file and what is to be taken from it.
type holidayFile struct {
	File         string   `arg:"" help:"iCalendar file, as calendar programs and holiday feeds write it." type:"path"`
	Years        string   `required:"" help:"Years to take from it: 2026, or 2015-2026." placeholder:"YEARS"`
	KnownThrough int      `help:"Last year for which the file has every holiday. Default: the last with a day that no rule repeats." placeholder:"YEAR"`
	MakeUp       []string `help:"Category, or part of the summary, that marks a make-up working day. Default: 补班, （班） and the like." placeholder:"MARK" sep:"none"`
	Off          []string `help:"The same for a day off; where a file bears it, events without a mark are left out. Default: （休） and the like." placeholder:"MARK" sep:"none"`
	SkipTimed    bool     `help:"Leave out events with a time of day instead of refusing the file."`
	Source       string   `help:"Where the dates come from. Default: the calendar's own name." placeholder:"TITLE"`
}

// read returns the file's holidays.
func (f holidayFile) read() (holidays.Set, error) {
	first, last, err := years(f.Years)
	if err != nil {
		return holidays.Set{}, err
	}
	o := ical.Options{FirstYear: first, LastYear: last, KnownThrough: f.KnownThrough, SkipTimed: f.SkipTimed, Source: f.Source, Marks: ical.China()}
	if f.MakeUp != nil {
		o.Marks.MakeUp = f.MakeUp
	}
	if f.Off != nil {
		o.Marks.Off = f.Off
	}
	file, err := os.Open(f.File)
	if errors.Is(err, fs.ErrNotExist) {
		return holidays.Set{}, fmt.Errorf("%w (name an .ics file that is on this machine; fetch a feed's address first, for example with curl)", err)
	}
	if err != nil {
		return holidays.Set{}, err
	}
	defer file.Close()
	set, err := ical.Read(file, o)
	if err != nil {
		return set, fmt.Errorf("%s: %w", f.File, err)
	}
	return set, nil
}

type calendarImportCmd struct {
	holidayFile
}

// Run shows what the file would be as holidays. As JSON it is a document a year, of the form of pkg/calendar/holidays/cn.
func (c calendarImportCmd) Run(e *env) error {
	set, err := c.read()
	if err != nil {
		return err
	}
	return e.print.holidays(set)
}

// years reads a year or a span of them.
func years(s string) (first, last int, err error) {
	from, to, span := strings.Cut(s, "-")
	if !span {
		to = from
	}
	if first, err = strconv.Atoi(from); err == nil {
		last, err = strconv.Atoi(to)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("--years: %q is neither a year nor a span; write 2026 or 2015-2026", s)
	}
	return first, last, nil
}

type calendarShowCmd struct {
	Country string `arg:"" help:"Country: cn." enum:"cn"`
	Year    int    `help:"Year to show. Default: the last that is known."`
	ICS     bool   `name:"ics" help:"Print all years as an iCalendar file, days off and make-up days marked by category."`
}

// Run shows the holidays that Redress ships.
func (c calendarShowCmd) Run(e *env) error {
	set, err := holidays.China()
	if err != nil {
		return err
	}
	if c.ICS {
		return ical.Write(e.print.w, set, ical.China(), time.Now())
	}
	if c.Year == 0 {
		c.Year = set.KnownThrough.Year
	}
	var one holidays.Set
	for _, s := range set.Sources {
		if s.Year == c.Year {
			one.Sources = append(one.Sources, s)
		}
	}
	if len(one.Sources) == 0 {
		return fmt.Errorf("--year %d: known are %d to %d; the next is announced late in the year before", c.Year, set.Sources[0].Year, set.KnownThrough.Year)
	}
	one.KnownThrough = set.KnownThrough
	for _, d := range set.Days {
		if d.Date.Year == c.Year {
			one.Days = append(one.Days, d)
		}
	}
	return e.print.holidays(one)
}

// holidays prints a set: for people all its days, for programs the years that are known as the files that they would be.
func (p printer) holidays(set holidays.Set) error {
	if p.format == "json" {
		for _, y := range set.Years() {
			if err := p.json(y); err != nil {
				return err
			}
		}
		return nil
	}
	off := 0
	rows := make([][]string, len(set.Days))
	for i, d := range set.Days {
		kind := "make-up working day"
		if d.Off {
			kind = "off"
			off++
		}
		rows[i] = []string{d.Date.String(), d.Date.Weekday().String(), kind, d.Name}
	}
	p.table("holidays", []string{"date", "weekday", "is", "name"}, rows)
	fmt.Fprintf(p.w, "%d days off and %d make-up working days, known through %v.\n", off, len(set.Days)-off, set.KnownThrough)
	p.sources(set.Sources)
	return nil
}

// sources prints where years come from, years of one source in one line.
func (p printer) sources(sources []holidays.Source) {
	for i := 0; i < len(sources); {
		s, end := sources[i], i+1
		for end < len(sources) && sources[end].Title == s.Title && slices.Equal(sources[end].Notices, s.Notices) {
			end++
		}
		span := strconv.Itoa(s.Year)
		if last := sources[end-1].Year; last != s.Year {
			span += " to " + strconv.Itoa(last)
		}
		if s.Title != "" {
			fmt.Fprintf(p.w, "%s: %s\n", span, strings.Join(append([]string{s.Title}, s.Notices...), "\n      "))
		}
		i = end
	}
}
