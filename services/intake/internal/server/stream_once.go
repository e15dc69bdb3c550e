package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/idempotency"
)

// distinct returns how many frames at the beginning have no request_id in common: the next one is committed after them, and finds what
// they became.
func distinct(frames []frame) int {
	seen := map[string]bool{}
	for n, f := range frames {
		id := f.item.GetRequestId()
		if id != "" && seen[id] {
			return n
		}
		seen[id] = true
	}
	return len(frames)
}

// register registers a batch in tx, but for the items whose request_id was registered before, in whatever session or by a call: they
// become what it became then. keep is told which those are, and queues what is kept of all.
func (o *openStream) register(ctx context.Context, tx pgx.Tx, now time.Time, frames []frame, batch []*candidate, keep func(*pgx.Batch, map[*candidate]bool) error) error {
	var calls []*registration
	named := map[*registration]*candidate{}
	for i, f := range frames {
		if id := f.item.GetRequestId(); id != "" && f.err == nil {
			req := &intakev1.RegisterComplaintRequest{RequestId: id, Draft: f.item.GetDraft()}
			calls = append(calls, &registration{By: callerOf(batch[i].by), Request: req})
			named[calls[len(calls)-1]] = batch[i]
		}
	}
	if len(calls) == 0 {
		return o.registrar.register(ctx, tx, now, o.session.Tenant, batch, func(b *pgx.Batch) error { return keep(b, nil) })
	}
	return idempotency.DoAll(ctx, tx, now, registering, calls, func(fresh []*registration, keepAnswers func(*pgx.Batch) error) error {
		before := map[*candidate]bool{}
		for _, call := range calls {
			if c, was := named[call], call.Answer.GetComplaint(); !slices.Contains(fresh, call) {
				before[c] = true
				c.refused, c.complaint.ID, c.complaint.Number = call.Err, was.GetComplaintId(), was.GetNumber()
			}
		}
		others := slices.DeleteFunc(slices.Clone(batch), func(c *candidate) bool { return before[c] })
		return o.registrar.register(ctx, tx, now, o.session.Tenant, others, func(b *pgx.Batch) error {
			for _, call := range fresh { // one that is refused is not kept: it may come back corrected
				call.Answer, call.Err = answerOf(named[call])
			}
			return errors.Join(keepAnswers(b), keep(b, before))
		})
	})
}
