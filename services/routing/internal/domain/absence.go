package domain

import (
	"slices"
	"time"
)

// Absence says that a person is away for a time.
type Absence struct {
	// ID is a UUIDv7.
	ID, Tenant, Person string
	StartTime          time.Time
	// EndTime is when the person is back.
	EndTime time.Time
	// RecordTime is when it was recorded, CancelTime when it was taken back; zero while it stands.
	RecordTime, CancelTime time.Time
}

// RecordAbsence returns a. It fails with TIME_INVALID unless it ends after it begins.
func RecordAbsence(a Absence) (Absence, error) {
	if !a.EndTime.After(a.StartTime) {
		return a, notAfter("end_time", "start_time")
	}
	return a, nil
}

// at reports whether the person is away at t.
func (a Absence) at(t time.Time) bool {
	return a.CancelTime.IsZero() && !t.Before(a.StartTime) && t.Before(a.EndTime)
}

// Deputy says who acts for a post or for a person that is absent, for a time.
type Deputy struct {
	Tenant, Procedure string
	// Post or Person that is stood in for, one of the two.
	Post, Person string
	// Deputy acts; "" says that nobody does.
	Deputy    string
	StartTime time.Time
	// EndTime is zero for one that goes on and on.
	EndTime    time.Time
	RecordTime time.Time
	// Version numbers what was set in the procedure, from 1: of two that cover a time the higher counts.
	Version int64
}

// at reports whether it was set for t.
func (d Deputy) at(t time.Time) bool {
	return !t.Before(d.StartTime) && (d.EndTime.IsZero() || t.Before(d.EndTime))
}

// Cover is who is away in a time, and who stands in.
type Cover struct {
	Absences []Absence
	Deputies []Deputy
}

// absent returns the absence of a person at t.
func (c Cover) absent(person string, t time.Time) (Absence, bool) {
	i := slices.IndexFunc(c.Absences, func(a Absence) bool { return a.Person == person && a.at(t) })
	if i < 0 {
		return Absence{}, false
	}
	return c.Absences[i], true
}

// deputy returns what was set last for a post (person "") or a person (post "") at t; false when that is nobody.
func (c Cover) deputy(post, person string, t time.Time) (Deputy, bool) {
	var last Deputy
	for _, d := range c.Deputies {
		if d.Post == post && d.Person == person && d.at(t) && d.Version > last.Version {
			last = d
		}
	}
	return last, last.Deputy != ""
}

// after returns who stands in for a person at t: in the first step of a chain who was set for the post, else who was set for the person.
func (c Cover) after(post, person string, t time.Time) (Deputy, bool) {
	if post != "" {
		if d, ok := c.deputy(post, "", t); ok {
			return d, true
		}
	}
	if person == "" {
		return Deputy{}, false
	}
	return c.deputy("", person, t)
}

// SetDeputy returns next, numbered after what stands. duties are those of the procedure's posts.
//
// It fails with TIME_INVALID unless it ends after it begins, and with DEPUTY_CYCLE when at some time of it a chain of deputies that
// goes through it would lead back to somebody who is in it already.
func SetDeputy(next Deputy, standing []Deputy, duties Roster) (Deputy, error) {
	if !next.EndTime.IsZero() && !next.EndTime.After(next.StartTime) {
		return next, notAfter("end_time", "start_time")
	}
	next.Version = 1
	for _, d := range standing {
		next.Version = max(next.Version, d.Version+1)
	}
	cover := Cover{Deputies: append(slices.Clone(standing), next)}
	for _, t := range turns(next, standing, duties) {
		if path := cover.cycle(next, duties, t); path != nil {
			return next, deputyCycle(path)
		}
	}
	return next, nil
}

// turns returns the instants at which who stands in for whom may change while next holds.
func turns(next Deputy, standing []Deputy, duties Roster) []time.Time {
	all := []time.Time{next.StartTime}
	for _, d := range standing {
		all = append(all, d.StartTime, d.EndTime)
	}
	for _, list := range duties {
		for _, d := range list {
			all = append(all, d.StartTime)
		}
	}
	return slices.DeleteFunc(all, func(t time.Time) bool { return !next.at(t) })
}

// cycle returns the chain through next at t that leads back into itself, in words; nil when there is none.
func (c Cover) cycle(next Deputy, duties Roster, t time.Time) []string {
	type start struct{ post, person string }
	starts := []start{{next.Post, next.Person}}
	if next.Post != "" {
		starts[0].person = duties.Person(next.Post, t)
	} else {
		for _, d := range c.Deputies { // chains that begin at a post and come through the person
			if d.Post != "" {
				starts = append(starts, start{d.Post, duties.Person(d.Post, t)})
			}
		}
	}
	for _, s := range starts {
		var path []string
		if s.person != "" {
			path = []string{s.person}
		}
		through := false
		for post, person := s.post, s.person; ; {
			d, ok := c.after(post, person, t)
			if !ok {
				break
			}
			through = through || d.Version == next.Version
			again := slices.Contains(path, d.Deputy)
			path = append(path, d.Deputy)
			if again {
				if through {
					return path
				}
				break
			}
			post, person = "", d.Deputy
		}
	}
	return nil
}
