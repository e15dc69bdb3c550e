package server

import (
	"context"
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
// become what it became then, and are returned.
func (o *openStream) register(ctx context.Context, tx pgx.Tx, now time.Time, frames []frame, batch []*candidate) (before map[*candidate]bool, err error) {
	var calls []*registration
	named := map[*registration]*candidate{}
	before = map[*candidate]bool{} // until it is known better, every item that has a request_id
	for i, f := range frames {
		if id := f.item.GetRequestId(); id != "" && f.err == nil {
			req := &intakev1.RegisterComplaintRequest{RequestId: id, Draft: f.item.GetDraft()}
			calls = append(calls, &registration{By: callerOf(batch[i].by), Request: req})
			named[calls[len(calls)-1]], before[batch[i]] = batch[i], true
		}
	}
	if len(calls) == 0 {
		return nil, o.registrar.register(ctx, tx, now, batch)
	}
	err = idempotency.DoAll(ctx, tx, now, registering, calls, func(fresh []*registration) error {
		for _, call := range fresh {
			delete(before, named[call])
		}
		if err := o.registerFresh(ctx, tx, now, batch, before); err != nil {
			return err
		}
		for _, call := range fresh { // one that is refused is not kept: it may come back corrected
			call.Answer, call.Err = answerOf(named[call])
		}
		return nil
	})
	if err == nil && len(before) == len(calls) { // none was fresh
		err = o.registerFresh(ctx, tx, now, batch, before)
	}
	for _, call := range calls {
		c, was := named[call], call.Answer.GetComplaint()
		if before[c] {
			c.refused, c.complaint.ID, c.complaint.Number = call.Err, was.GetComplaintId(), was.GetNumber()
		}
	}
	return before, err
}

// registerFresh registers what was not registered before.
func (o *openStream) registerFresh(ctx context.Context, tx pgx.Tx, now time.Time, batch []*candidate, before map[*candidate]bool) error {
	fresh := slices.DeleteFunc(slices.Clone(batch), func(c *candidate) bool { return before[c] })
	if len(fresh) == 0 {
		return nil
	}
	return o.registrar.register(ctx, tx, now, fresh)
}
