package cases

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// tell plays all stories in one timeline. At each instant all timers that are due fire; then, in rounds, every case that has an entry
// then does its act, the services settle, and every case looks.
func (r *run) tell(ctx context.Context) error {
	instants := r.instants()
	for i, at := range instants {
		if len(instants) >= manyMoments && i > 0 && i%(len(instants)/5) == 0 {
			r.Log("%d of %d moments are told: %s", i, len(instants), at.Format(time.DateOnly))
		}
		r.clock.Set(at)
		if err := r.settle(ctx); err != nil {
			return err
		}
		for now := r.due(at); len(now) > 0; now = r.due(at) {
			if err := r.round(ctx, now); err != nil {
				return err
			}
			if r.FailFast && slices.ContainsFunc(now, func(p *play) bool { return !p.result.Passed() }) {
				return r.parked(ctx)
			}
		}
	}
	return r.parked(ctx)
}

// due returns the cases that have an entry at an instant.
func (r *run) due(at time.Time) []*play {
	var now []*play
	for _, p := range r.plays {
		if p.due(at) {
			now = append(now, p)
		}
	}
	return now
}

// round plays the next entry of some cases.
func (r *run) round(ctx context.Context, now []*play) error {
	if slices.ContainsFunc(now, func(p *play) bool { return p.c.story[p.next].act != nil }) {
		r.each(now, func(p *play) { p.act(ctx) })
		if err := r.settle(ctx); err != nil {
			return err
		}
	}
	r.each(now, func(p *play) { p.look(ctx); p.end(ctx) })
	return ctx.Err()
}

// instants returns the times of all entries, each once, in order.
func (r *run) instants() []time.Time {
	var out []time.Time
	for _, p := range r.plays {
		for _, e := range p.c.story {
			out = append(out, e.at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// each does something for some cases at once. Failures are the cases' own.
func (r *run) each(plays []*play, do func(p *play)) {
	var g errgroup.Group
	g.SetLimit(together)
	for _, p := range plays {
		g.Go(func() error { do(p); return nil })
	}
	_ = g.Wait() // do returns nothing
}

// end keeps what happened to the complaints and actions of a case that has failed, when its story is over.
func (p *play) end(ctx context.Context) {
	if p.next < len(p.c.story) && !p.over || p.result.Passed() {
		return
	}
	names := make([]string, 0, len(p.complaints))
	for name := range p.complaints {
		names = append(names, name)
	}
	for _, name := range sorted(names) {
		p.tell(ctx, name, p.complaints[name])
	}
	// All of the case's tenant.
	actions, err := (&view{play: p}).allActions(ctx, "")
	if err != nil {
		p.result.Timelines = append(p.result.Timelines, Timeline{Complaint: "actions", Entries: []string{errorWords(err)}})
	}
	for _, a := range actions {
		p.tell(ctx, a.GetNumber(), a.GetActionId())
	}
}

// tell keeps the timeline of a complaint or an action.
func (p *play) tell(ctx context.Context, name, id string) {
	v := &view{play: p, complaint: id}
	story, err := v.story(ctx)
	t := Timeline{Complaint: name}
	if err != nil {
		t.Entries = []string{errorWords(err)}
	}
	for _, e := range story {
		kind := e.GetType()[strings.LastIndex(e.GetType(), ".")+1:]
		line := fmt.Sprintf("%-19s  %s  %s  %s", v.written(e.GetOccurTime()), kind, e.GetSubject(), e.GetDetail())
		t.Entries = append(t.Entries, strings.TrimRight(utc.ReplaceAllStringFunc(line, v.local), " "))
	}
	p.result.Timelines = append(p.result.Timelines, t)
}

// utc is how a timeline's details give times.
var utc = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// local turns a time of a timeline's detail into one as the author would write it.
func (v *view) local(s string) string {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return written(at, v.c.pack.zone)
}

// parked fails the cases some of whose events a service could not apply: such a complaint stands still.
func (r *run) parked(ctx context.Context) error {
	events, err := r.suite.ParkedEvents(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		for _, p := range r.plays {
			if p.tenant == e.Tenant && !strings.HasPrefix(e.Error, "behind ") {
				last := p.c.story[len(p.c.story)-1]
				p.result.Failures = append(p.result.Failures, Failure{p.c.Line, written(last.at, p.c.pack.zone), "what " + e.Service + " does with " + e.Type, "it is applied", e.Error})
			}
		}
	}
	return nil
}
