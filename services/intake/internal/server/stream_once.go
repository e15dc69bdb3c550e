package server

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
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
	var reqs []idempotency.Request
	var named []*candidate // of reqs, in the same order
	for i, f := range frames {
		if id := f.item.GetRequestId(); id != "" && f.err == nil {
			reqs = append(reqs, &intakev1.RegisterComplaintRequest{RequestId: id, Draft: f.item.GetDraft()})
			named = append(named, batch[i])
		}
	}
	if len(reqs) == 0 {
		return nil, o.registrar.register(ctx, tx, now, batch)
	}
	by := callerOf(auth.From(ctx))
	kept, err := idempotency.Answers[*intakev1.RegisterComplaintResponse](ctx, tx, by, registering, reqs)
	if err != nil {
		return nil, err
	}
	before = map[*candidate]bool{}
	for i, c := range named {
		before[c], c.refused = kept[i].Found || kept[i].Reused, nil
		if kept[i].Reused {
			c.refused = idempotency.ErrReused
		}
		was := kept[i].Response.GetComplaint()
		c.complaint.ID, c.complaint.Number = was.GetComplaintId(), was.GetNumber()
	}
	fresh := slices.DeleteFunc(slices.Clone(batch), func(c *candidate) bool { return before[c] })
	if err := o.registrar.register(ctx, tx, now, fresh); err != nil {
		return nil, err
	}
	var done []idempotency.Request
	var answers []*intakev1.RegisterComplaintResponse
	for i, c := range named {
		if !before[c] && c.refused == nil { // one that was refused may come back corrected
			done, answers = append(done, reqs[i]), append(answers, registered(c))
		}
	}
	return before, idempotency.Keep(ctx, tx, now, by, registering, done, answers)
}
