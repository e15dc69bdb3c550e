package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Renewal is the filing of a procedure's whole directory anew (S1-17, S1-39).
type Renewal struct {
	// ID is a UUIDv7.
	ID string
	// Tenant and Procedure whose directory it is; Digest names the edition whose posts and limit count.
	Tenant, Procedure, Digest string
	// StructureTime is when the structure was fixed, DueTime by when every post is to be confirmed.
	StructureTime, DueTime time.Time
	// Provisional: DueTime lies beyond the days whose holidays are published.
	Provisional bool
	// OverdueTime is when it was told that DueTime has passed; zero before.
	OverdueTime time.Time
	// CompleteTime is zero while it is open.
	CompleteTime time.Time
	// Posts in the order of the edition.
	Posts []Confirmation
	// EventVersion is the version of its last event, from 1.
	EventVersion int64
}

// Confirmation is one post of a renewal.
type Confirmation struct {
	Post string
	// Person, Time and By are zero while it is not confirmed.
	Person string
	Time   time.Time
	By     string
}

// AggregateID returns the id under which events speak of the renewal.
func (r Renewal) AggregateID() string { return "duty-renewal/" + r.ID }

// BeginRenewal returns r with the posts of the edition, all of them to be confirmed, and its due time, for the keeper of the directory
// or a supervisor.
//
// It fails with NOT_ON_DUTY for anybody else, with DUTY_RENEWAL_NOT_USED where the procedure has no limit for it, and with TIME_INVALID
// when the structure is fixed in the future or no due time follows from it.
func BeginRenewal(p *procedure.Procedure, r Renewal, f Filing) (Renewal, Event, error) {
	switch {
	case !f.keeps():
		return r, nil, notKeeper(p.Directory.Keeper)
	case r.StructureTime.After(f.Time.Add(maxClockSkew)):
		return r, nil, notInFuture("structure_time", f.Time)
	}
	due, err := p.RenewalDue(r.StructureTime)
	if err != nil {
		return r, nil, renewalFault(p, err)
	}
	r.Digest, r.DueTime, r.Provisional, r.EventVersion = p.Digest, due.DueTime, due.Provisional, 1
	begun := DutyRenewalBegun{RenewalID: r.ID, Procedure: r.Procedure, StructureTime: r.StructureTime, DueTime: r.DueTime}
	for _, post := range p.Posts {
		r.Posts = append(r.Posts, Confirmation{Post: post.Key})
		begun.Posts = append(begun.Posts, post.Key)
	}
	return r, begun, nil
}

// Filing is an act of a renewal.
type Filing struct {
	// Person is who sits in a post for the coming time; only for Confirm.
	Person string
	// By is who acts; Supervisor: with a supervisor's role.
	By         string
	Supervisor bool
	// Heads and Keepers are who sits in the post's head and in the directory's keeper, or acts for them.
	Heads, Keepers []string
	Time           time.Time
	// DutyID is the id that a new duty gets.
	DutyID string
}

// keeps reports whether who acts keeps the directory.
func (f Filing) keeps() bool { return f.Supervisor || sits(f.Keepers, f.By) }

// Filed is what a filing made of a renewal.
type Filed struct {
	Renewal Renewal
	// Ended and Assigned are the seat's newest duty and the one after it; Assigned has version 0 when who sits there stays.
	Ended, Assigned Duty
	// Approver is the head who filed another person; "" where no head was needed.
	Approver string
	// Event is nil when the post was confirmed with this person before: nothing happened.
	Event Event
}

// Confirm returns r with one post confirmed. The roster holds the post's duties from now on, last is the newest of them.
//
// A person who sits there, or is to sit there by a change that stands, is confirmed by the post's head, the directory's keeper or a
// supervisor. Another person begins to sit there at once. Where the post has a head and has had a holder only the head files that: it
// is its approval (S1-19), else DUTY_APPROVAL_REQUIRED. Other callers fail with NOT_ON_DUTY, a post that is no part of the renewal with
// POST_UNKNOWN, an ended renewal with DUTY_RENEWAL_COMPLETED. A post may be confirmed again, for another person.
func (r Renewal) Confirm(p *procedure.Procedure, post string, f Filing, duties Roster, last Duty) (Filed, error) {
	seat := Seat{r.Tenant, r.Procedure, post}
	i := slices.IndexFunc(r.Posts, func(c Confirmation) bool { return c.Post == post })
	chair, known := p.Post(post)
	head := sits(f.Heads, f.By)
	switch {
	case i < 0 || !known:
		return Filed{}, PostUnknown(seat)
	case !r.CompleteTime.IsZero():
		return Filed{}, renewalCompleted(r)
	case !head && !f.keeps():
		return Filed{}, notFiler(chair, p.Directory.Keeper)
	}
	out := Filed{Renewal: r, Ended: last}
	if stays := f.Person == duties.Person(post, f.Time) || last.Version > 0 && f.Person == last.Person; !stays {
		next := Duty{ID: f.DutyID, Seat: seat, Person: f.Person, StartTime: f.Time, RecordTime: f.Time}
		assign := Assign
		if head {
			out.Approver = f.By
		} else {
			assign = func(last, next Duty) (Duty, Duty, error) { return AssignDirectly(chair, last, next) }
		}
		var err error
		if out.Ended, out.Assigned, err = assign(last, next); err != nil {
			return Filed{}, err
		}
	} else if r.Posts[i].Person == f.Person {
		return out, nil
	}
	r.Posts = slices.Clone(r.Posts)
	r.Posts[i] = Confirmation{Post: post, Person: f.Person, Time: f.Time, By: f.By}
	r.EventVersion++
	out.Renewal = r
	out.Event = DutyConfirmed{RenewalID: r.ID, Procedure: r.Procedure, Post: post, Person: f.Person, Late: r.LatePost(r.Posts[i], f.Time)}
	return out, nil
}

// Changed returns the notice of the duty that was filed.
func (f Filed) Changed(told ...string) DutyChanged {
	e := f.Assigned.Changed(told...)
	if f.Approver != "" {
		e.Approver, e.ApproveTime = f.Approver, f.Assigned.RecordTime
	}
	return e
}

// Complete returns r ended, by the keeper of the directory or a supervisor. It fails with NOT_ON_DUTY for anybody else, with
// DUTY_RENEWAL_INCOMPLETE while a post is missing, with DUTY_RENEWAL_COMPLETED the second time.
func (r Renewal) Complete(p *procedure.Procedure, f Filing) (Renewal, Event, error) {
	switch {
	case !r.CompleteTime.IsZero():
		return r, nil, renewalCompleted(r)
	case !f.keeps():
		return r, nil, notKeeper(p.Directory.Keeper)
	}
	if missing := r.Missing(); len(missing) > 0 {
		return r, nil, renewalIncomplete(missing)
	}
	r.CompleteTime = f.Time
	r.EventVersion++
	return r, DutyRenewalCompleted{RenewalID: r.ID, Procedure: r.Procedure, Late: r.Late(f.Time)}, nil
}

// TellOverdue returns r with the passing of its due time told at the instant now, and the event that tells it: to the keeper of the
// directory, who completes the renewal, and to the heads of the posts that are missing.
func (r Renewal) TellOverdue(p *procedure.Procedure, now time.Time) (Renewal, Event) {
	r.OverdueTime = now
	r.EventVersion++
	e := DutyRenewalOverdue{RenewalID: r.ID, Procedure: r.Procedure, DueTime: r.DueTime, Missing: r.Missing()}
	tell := func(post string) {
		if post != "" && !slices.Contains(e.Told, post) {
			e.Told = append(e.Told, post)
		}
	}
	tell(p.Directory.Keeper)
	for _, key := range e.Missing {
		post, _ := p.Post(key)
		tell(post.Head)
	}
	return r, e
}

// Missing returns the posts that are still to be confirmed.
func (r Renewal) Missing() []string {
	var posts []string
	for _, c := range r.Posts {
		if c.Time.IsZero() {
			posts = append(posts, c.Post)
		}
	}
	return posts
}

// Late reports whether r was completed after it was due or, open, is due at now.
func (r Renewal) Late(now time.Time) bool { return past(r.CompleteTime, now, r.DueTime) }

// LatePost reports the same of one of its posts.
func (r Renewal) LatePost(c Confirmation, now time.Time) bool { return past(c.Time, now, r.DueTime) }

// past reports whether what was done at the instant done, or is not done yet at now, came after due.
func past(done, now, due time.Time) bool {
	if done.IsZero() {
		done = now
	}
	return done.After(due)
}
