package procedure

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// DirectoryRules say how the duty directory of a procedure is kept. The zero rules ask for nothing.
type DirectoryRules struct {
	// Keeper is the post that keeps the directory and is told of changes; may be empty.
	Keeper string
	// Deputies: work for who is absent goes to a deputy. Without it an absence changes no addressee (S1-20).
	Deputies bool

	renewal *Clock // nil: it is not renewed
}

// ErrNoRenewal says that a procedure's directory is not renewed.
var ErrNoRenewal = errors.New("the procedure does not renew its duty directory")

// RenewalDue returns by when a renewal of the directory is to be complete whose structure was fixed at the instant at (S1-39). It
// fails with ErrNoRenewal, or with calendar's errors.
func (p *Procedure) RenewalDue(at time.Time) (Schedule, error) {
	if p.Directory.renewal == nil {
		return Schedule{}, ErrNoRenewal
	}
	return p.Directory.renewal.Schedule(at, Facts{})
}

// compileDirectory takes over the heads of posts and the rules of the directory; posts and calendars are known by then.
func (c *compiler) compileDirectory() {
	for _, p := range c.out.Posts {
		path := at("posts", p.Key) + ".head"
		if p.Head == p.Key {
			c.found(HeadInvalid, path, "a post cannot decide who sits in itself; name another post, or none")
		} else if p.Head != "" {
			c.knownPost(path, p.Head)
		}
	}
	in := c.in.GetDirectory()
	c.out.Directory = DirectoryRules{Keeper: in.GetKeeper(), Deputies: in.GetDeputies()}
	if in.GetKeeper() != "" {
		c.knownPost("directory.keeper", in.GetKeeper())
	}
	r := in.GetRenewal()
	if r == nil {
		return
	}
	const path = "directory.renewal"
	limit := c.limit(path+".limit", r.GetLimit())
	if limit.Kind == 0 || limit.Kind == Agreed || limit.Kind == Unset {
		c.found(LimitInvalid, path+".limit", "give a length, for example counted_days: 2; leave renewal out where the source has no figure")
	}
	if _, ok := c.out.calendars[r.GetCalendar()]; !ok {
		c.found(CalendarUnknown, path+".calendar", "there is no calendar %q; %s", r.GetCalendar(), instead(r.GetCalendar(), slices.Sorted(maps.Keys(c.out.calendars))))
	}
	c.out.Directory.renewal = &Clock{Key: path, Limit: limit, Calendar: r.GetCalendar(), days: c.out.calendars[r.GetCalendar()]}
}
