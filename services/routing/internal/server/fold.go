package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// actor is who does what follows from an event.
const actor = "service:routing"

// What can never be applied. The backbone delivers an event only after everything that its producer had applied before it, so an
// unknown complaint is a fault of the stream and not of the order.
var (
	errNoCase    = errors.New("the complaint has no case here: its registration never came")
	errTwice     = errors.New("the complaint has a case already: it was registered twice")
	errUnwanted  = errors.New("an event that nobody here asked for")
	errAggregate = errors.New("the event is not about a complaint: its aggregate id is no UUID")
)

// Subscription says what routing consumes.
func (s *Server) Subscription() events.Subscription {
	return events.Subscription{Fold: s.Fold, Producers: map[string][]string{
		"intake": names(&intakev1.ComplaintRegistered{}, &intakev1.ComplaintAmended{}, &intakev1.ComplaintWithdrawn{}, &intakev1.ComplaintLinked{}),
		"followup": names(&followupv1.VisitRecorded{}, &followupv1.ComplaintClosed{}, &followupv1.ComplaintReopened{},
			&followupv1.ActionOpened{}, &followupv1.ActionClosed{}, &followupv1.ActionCancelled{}),
		"slatimer": names(&slatimerv1.ClockWarned{}, &slatimerv1.ClockBreached{}, &slatimerv1.ClockEscalated{}),
	}}
}

// names returns the full names of messages, which are the types of events.
func names(messages ...proto.Message) []string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = string(m.ProtoReflect().Descriptor().FullName())
	}
	return list
}

// Fold applies one batch of events to the cases that they are about. What can never be applied is parked; an edition that cannot
// be had now fails the batch, which is tried again.
func (s *Server) Fold(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	f := fold{Server: s, messages: map[place]proto.Message{}, changed: map[store.Key]bool{}, covers: map[store.Directory]domain.Cover{}}
	if err := f.load(ctx, tx, batch); err != nil {
		return err
	}
	var drafts []events.Draft
	for e := range batch.All() {
		key, err := keyOf(e)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		// What an earlier event of the batch made of the case counts, not what the database still holds.
		before, found := f.cases[key]
		p, err := f.edition(ctx, e, before)
		if err != nil {
			return err
		}
		if err := f.cover(ctx, tx, e, p); err != nil {
			return err
		}
		after, evs, err := f.apply(e, p, before, found)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		f.put(key, before, after)
		because := cause{actor: actor, occurTime: e.OccurTime, traceParent: e.TraceParent}
		drafts = append(drafts, because.drafts(after, evs)...)
	}
	now := s.now()
	overdue, err := s.overdue(ctx, tx, now)
	if err != nil {
		return err
	}
	var b pgx.Batch
	if err := store.QueueCases(&b, f.changedCases(), now); err != nil {
		return err
	}
	return events.EmitWith(ctx, tx, now, &b, append(drafts, overdue...)...)
}

// fold is the work on one batch.
type fold struct {
	*Server
	messages map[place]proto.Message // nil for one that cannot be read
	cases    map[store.Key]domain.Case
	keys     []store.Key // of the batch, in the order of their first events
	changed  map[store.Key]bool
	rosters  map[store.Directory]domain.Roster
	covers   map[store.Directory]domain.Cover // of procedures that want deputies, as they are met

	first, last time.Time // between them all work opens that opens
}

// place tells the events of a batch apart.
type place struct {
	producer string
	part     int
	seq      int64
}

func placeOf(e events.Event) place { return place{e.Producer, e.Part, e.Seq} }

// load reads the messages, the cases that they are about, and the part of the duty directory that opening work needs.
func (f *fold) load(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	var (
		begins   []store.Directory
		reopened []store.Key
		seen     = map[store.Key]bool{}
	)
	for e := range batch.All() {
		key, err := keyOf(e)
		if err != nil {
			continue // parked in its turn
		}
		if !seen[key] {
			seen[key] = true
			f.keys = append(f.keys, key)
		}
		m, err := e.Message()
		if err != nil {
			continue
		}
		f.messages[placeOf(e)] = m
		switch m := m.(type) {
		case *intakev1.ComplaintRegistered:
			begins = append(begins, store.Directory{Tenant: e.Tenant, Procedure: m.GetEdition().GetProcedure()})
		case *followupv1.ActionOpened:
			begins = append(begins, store.Directory{Tenant: e.Tenant, Procedure: m.GetEdition().GetProcedure()})
		case *followupv1.ComplaintReopened:
			reopened = append(reopened, key)
		default:
			continue // opens no work
		}
		if f.first.IsZero() || e.OccurTime.Before(f.first) {
			f.first = e.OccurTime
		}
		if e.OccurTime.After(f.last) {
			f.last = e.OccurTime
		}
	}
	var err error
	if f.cases, err = store.LockCases(ctx, tx, f.keys); err != nil {
		return err
	}
	for _, key := range reopened {
		begins = append(begins, store.Directory{Tenant: key.Tenant, Procedure: f.cases[key].Procedure})
	}
	if len(begins) == 0 { // the directory says who gets work: closing and telling need nobody new
		return nil
	}
	slices.SortFunc(begins, store.Directory.Compare)
	f.rosters, err = store.Rosters(ctx, tx, slices.Compact(begins), f.first, f.last)
	return err
}

// edition returns the procedure that the event's case runs by, or whose clock it tells of; nil for one that has none, which cannot be
// applied.
func (f *fold) edition(ctx context.Context, e events.Event, c domain.Case) (*procedure.Procedure, error) {
	digest := c.Digest
	switch m := f.messages[placeOf(e)].(type) {
	case *intakev1.ComplaintRegistered:
		digest = m.GetEdition().GetDigest()
	case *followupv1.ActionOpened:
		digest = m.GetEdition().GetDigest()
	case interface{ GetEdition() string }: // a clock may have been moved to another edition than the case runs by
		if c.Digest != "" && m.GetEdition() != "" {
			digest = m.GetEdition()
		}
	}
	if digest == "" {
		return nil, nil
	}
	return f.cfg.Editions.Get(ctx, digest)
}

// apply returns the case after the event, and what followed from it. Its errors are for good.
func (f *fold) apply(e events.Event, p *procedure.Procedure, c domain.Case, found bool) (domain.Case, []domain.Event, error) {
	switch f.messages[placeOf(e)].(type) {
	case *intakev1.ComplaintRegistered, *followupv1.ActionOpened:
		return f.begin(e, p, c, found)
	}
	if !found {
		return c, nil, errNoCase
	}
	switch m := f.messages[placeOf(e)].(type) {
	case *intakev1.ComplaintWithdrawn, *followupv1.ActionCancelled:
		next, evs := domain.Withdraw(c, e.OccurTime)
		return next, evs, nil
	case *intakev1.ComplaintAmended:
		return domain.Amend(f.settingOf(e, p), c, m.GetChannel(), procedure.FromProtos(m.GetFields()), e.OccurTime)
	case *intakev1.ComplaintLinked:
		return domain.Link(f.settingOf(e, p), c, procedure.LinkKind(m.GetKind()), procedure.FromLinked(m.GetComplaints()), e.OccurTime)
	case *followupv1.VisitRecorded:
		return domain.Visited(f.settingOf(e, p), c, m.GetPlan(), procedure.FromProtos(m.GetFields()), e.OccurTime)
	case *followupv1.ComplaintClosed, *followupv1.ActionClosed:
		next, evs := domain.Close(c, e.OccurTime)
		return next, evs, nil
	case *followupv1.ComplaintReopened:
		return domain.Reopen(f.settingOf(e, p), c, int(m.GetRound()), e.OccurTime)
	case *slatimerv1.ClockWarned:
		return domain.Warned(p, c, m.GetPolicy(), int(m.GetWarning()))
	case *slatimerv1.ClockBreached:
		return domain.Breached(p, c, m.GetPolicy())
	case *slatimerv1.ClockEscalated:
		return domain.Escalated(p, c, m.GetPolicy(), int(m.GetLevel()))
	}
	if _, err := e.Message(); err != nil {
		return c, nil, err
	}
	return c, nil, errUnwanted
}

// begin returns the case of a complaint or of an action that the event begins.
func (f *fold) begin(e events.Event, p *procedure.Procedure, c domain.Case, found bool) (domain.Case, []domain.Event, error) {
	if found {
		return c, nil, errTwice
	}
	h, err := lifecycle.Of(e)
	if err != nil {
		return c, nil, err
	}
	r := h.Registration
	if p == nil || p.Code != r.Procedure {
		return c, nil, fmt.Errorf("the edition is not one of the procedure %q", r.Procedure)
	}
	begun := domain.Registration{
		Tenant: e.Tenant, ComplaintID: e.AggregateID, Number: r.Number, Flow: r.Flow, Channel: r.Channel, Fields: r.Fields,
		ReceiveTime: e.OccurTime, Action: r.Action, OpenTime: e.OccurTime,
	}
	if r.Action != nil {
		begun.ReceiveTime = r.Action.Received
	}
	return domain.Open(f.settingOf(e, p), begun)
}

// cover loads who is away and who stands in in the procedure of an event that opens work, once, where that counts.
func (f *fold) cover(ctx context.Context, tx pgx.Tx, e events.Event, p *procedure.Procedure) error {
	if p == nil || !p.Directory.Deputies {
		return nil
	}
	of := store.Directory{Tenant: e.Tenant, Procedure: p.Code}
	if _, opens := f.rosters[of]; !opens {
		return nil
	}
	if _, loaded := f.covers[of]; loaded {
		return nil
	}
	var err error
	f.covers[of], err = store.CoverOf(ctx, tx, of, f.first, f.last, time.Time{})
	return err
}

// settingOf returns what opening work for the event's case rests on.
func (f *fold) settingOf(e events.Event, p *procedure.Procedure) domain.Setting {
	of := store.Directory{Tenant: e.Tenant, Procedure: p.Code}
	return domain.Setting{Procedure: p, Roster: f.rosters[of], Cover: f.covers[of], NewID: f.cfg.NewID}
}

// put remembers the case as it is after an event, to be saved if it has changed.
func (f *fold) put(key store.Key, before, after domain.Case) {
	f.cases[key] = after
	if after.Version != before.Version || after.EventVersion != before.EventVersion {
		f.changed[key] = true
	}
}

// changedCases returns what has to be saved, in the order in which the batch first speaks of it.
func (f *fold) changedCases() []domain.Case {
	list := make([]domain.Case, 0, len(f.changed))
	for _, key := range f.keys {
		if f.changed[key] {
			list = append(list, f.cases[key])
		}
	}
	return list
}

// keyOf returns the case that an event is about.
func keyOf(e events.Event) (store.Key, error) {
	id, err := uuid.Parse(e.AggregateID)
	if err != nil {
		return store.Key{}, errAggregate
	}
	return store.Key{Tenant: e.Tenant, ComplaintID: id}, nil
}
