package server

import (
	"context"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/wire"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// eventRoom is what an event needs beside the fields that a caller chose.
const eventRoom = 2 << 10

// registrar turns drafts into complaints: the one path of RegisterComplaint and StreamIntake.
type registrar struct {
	keys     *vault.Keys
	newID    func() string
	editions *editions
	numbers  numbers
}

// candidate is one draft, and what became of it.
type candidate struct {
	draft *intakev1.ComplaintDraft
	bytes int64 // of what it came in
	// by is who sent it; a batch is of one tenant.
	by auth.Principal
	// broken is the fault of a draft that breaks the contract; it is refused unseen.
	broken error
	// trace is the traceparent that its event carries on, or empty.
	trace string
	// named is the request that it is, where it has a request id: that is registered once.
	named *registration

	// before tells that its request was registered before, and named is what it became then.
	before bool

	// refused is why it was not registered; otherwise the rest is set.
	refused   error
	complaint domain.Complaint
	personal  domain.Personal
	procedure *procedure.Procedure
	series    string // of its number
}

// register registers a batch in tx, with the same few statements however many there are, by what was decided about their procedures. A draft
// that cannot be registered is refused on its own; an error means that nothing was. When it is known what each has become, with queues
// what its caller keeps of that: it goes with the complaints.
func (r *registrar) register(ctx context.Context, tx pgx.Tx, now time.Time, tenant string, batch []*candidate, decisions map[string]store.Decision, with func(*pgx.Batch) error) error {
	procedures, err := r.editions.standings(ctx, tx, tenant, decisions)
	if err != nil {
		return err
	}
	// A batch may be run again after a deadlock: every result is set anew, from what the caller sent.
	var taken []*candidate
	for _, c := range batch {
		if c.refused = c.broken; c.refused == nil {
			at := procedures[c.draft.GetProcedure()]
			c.procedure = at.procedure
			c.refused = r.decide(c, at, tenant, now)
		}
		if c.refused != nil {
			continue
		}
		taken = append(taken, c)
	}
	var rows rows
	if len(taken) > 0 {
		if rows, err = r.keep(ctx, tx, tenant, now, taken); err != nil {
			return err
		}
	}
	if err := with(&rows.complaints); err != nil {
		return err
	}
	return rows.events.EmitWith(ctx, tx, &rows.complaints)
}

// decide makes c's complaint, still without a number, or returns the fault that refuses it.
func (r *registrar) decide(c *candidate, at standing, tenant string, now time.Time) error {
	if code := c.draft.GetProcedure(); c.procedure == nil {
		if !at.since.IsZero() {
			return domain.Retired(code, at.since).At("draft.procedure")
		}
		return domain.NoActiveEdition(code).At("draft.procedure")
	}
	d, err := draftOf(c.draft)
	if err != nil {
		return err
	}
	c.personal = d.Personal
	if c.complaint, err = domain.Register(c.procedure, d, tenant, r.newID(), now); err != nil {
		return err
	}
	// Only a large draft can make a large event: most need not be measured.
	if c.bytes > events.MaxPayload-eventRoom && wire.Size(eventProto(c.complaint.Registered())) > events.MaxPayload-eventRoom {
		return fault.New(fault.Invalid, "FIELD_INVALID", "draft.fields are more than %d bytes together", events.MaxPayload-eventRoom).At("draft.fields")
	}
	return nil
}

// rows are what becomes of the complaints that were taken, as Postgres takes them.
type rows struct {
	complaints pgx.Batch
	events     events.Emission
}

// keep writes what comes before the complaints that were taken, and returns their rows: on a busy machine each round trip waits for its turn. Their
// numbers come late, as the series stay locked until the commit; so the rows are made before, of numbers that were guessed, and again where these
// were wrong.
func (r *registrar) keep(ctx context.Context, tx pgx.Tx, tenant string, now time.Time, taken []*candidate) (rows, error) {
	people, err := r.seal(ctx, tx, tenant, now, taken)
	if err != nil {
		return rows{}, err
	}
	// Most batches have one series, some two: procedures are few, and a month ends once.
	counts := map[string]int64{}
	for _, c := range taken {
		c.series = series(c.procedure, now)
		counts[c.series]++
	}
	var made rows
	guess := r.numbers.guess(tenant, counts)
	if guess != nil {
		if made, err = rowsOf(ctx, tenant, now, taken, guess); err != nil {
			return rows{}, err
		}
	}
	first, err := store.KeepPeople(ctx, tx, tenant, people, counts)
	if err != nil {
		return rows{}, err
	}
	r.numbers.learn(tenant, first, counts)
	if maps.Equal(guess, first) {
		return made, nil
	}
	return rowsOf(ctx, tenant, now, taken, first)
}

// rowsOf allots the numbers for people, in the order of the batch, from the first of each series on, and makes the rows.
func rowsOf(ctx context.Context, tenant string, now time.Time, taken []*candidate, first map[string]int64) (rows, error) {
	var made rows
	next := maps.Clone(first)
	complaints, drafts := make([]domain.Complaint, len(taken)), make([]events.Draft, len(taken))
	for i, c := range taken {
		c.complaint.Number = c.procedure.Number(next[c.series], now)
		next[c.series]++
		complaints[i] = c.complaint
		drafts[i] = events.Draft{
			Tenant: tenant, AggregateID: c.complaint.ID, Version: c.complaint.EventVersion, Actor: c.by.Actor(),
			OccurTime: c.complaint.ReceiveTime, Message: eventProto(c.complaint.Registered()), TraceParent: c.trace,
		}
	}
	if err := store.QueueComplaints(&made.complaints, tenant, complaints); err != nil {
		return rows{}, err
	}
	var err error
	made.events, err = events.Encode(untraced(ctx), now, drafts...)
	return made, err
}

// proceduresOf returns the procedures that a batch names, each once.
func proceduresOf(batch []*candidate) []string {
	seen := map[string]bool{}
	var list []string
	for _, c := range batch {
		code := c.draft.GetProcedure()
		if c.broken == nil && !seen[code] {
			seen[code] = true
			list = append(list, code)
		}
	}
	return list
}
