package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/idempotency"
)

const (
	// groups is how many groups of single calls are committed at once. One: a second would halve them both, and wait for the first at the
	// numbers, which are given out in order.
	groups = 1
	// groupPatience bounds the commit of a group, which goes on when one of its callers goes away.
	groupPatience = 10 * time.Second
)

// registration is one RegisterComplaint on its way.
type registration = idempotency.Call[*intakev1.RegisterComplaintRequest, *intakev1.RegisterComplaintResponse]

// waiter is a registration whose caller waits.
type waiter struct {
	registration

	ctx  context.Context //nolint:containedctx // the caller's, for as long as the call lasts
	done chan struct{}   // closed when Answer or Err is there
}

// group registers single calls together: while one group commits, the calls that come meanwhile gather to the next. A lone call waits for
// nobody. There is no goroutine of its own: of the callers that wait, one works for all.
type group struct {
	*Server

	slots   chan struct{} // as many as groups
	mu      sync.Mutex
	waiting []*waiter
}

func newGroup(s *Server) *group { return &group{Server: s, slots: make(chan struct{}, groups)} }

// register registers one complaint, with those of other callers.
func (g *group) register(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	p := auth.From(ctx)
	w := &waiter{ctx: ctx, done: make(chan struct{})}
	w.By, w.Request = idempotency.Caller{Tenant: p.Tenant, Subject: p.Subject}, req
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	for {
		select {
		case <-w.done:
			return w.Answer, w.Err
		case <-ctx.Done():
			g.leave(w)
			return nil, ctx.Err()
		case g.slots <- struct{}{}:
			g.commit(g.next())
			<-g.slots
		}
	}
}

// leave takes w out of the queue, if no group has taken it yet.
func (g *group) leave(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(other *waiter) bool { return other == w })
}

// next takes the calls that wait, of the tenant of the first, as many as one transaction takes. A call that repeats one of them stays for
// another group, which will find that one's answer.
func (g *group) next() []*waiter {
	type key struct {
		by idempotency.Caller
		id string
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var taken, left []*waiter
	seen, size := map[key]bool{}, 0
	for _, w := range g.waiting {
		k := key{w.By, w.Request.GetRequestId()}
		if len(taken) >= maxBatchItems || size >= maxBatchBytes || seen[k] || w.By.Tenant != g.waiting[0].By.Tenant {
			left = append(left, w)
			continue
		}
		seen[k] = true
		size += proto.Size(w.Request)
		taken = append(taken, w)
	}
	g.waiting = left
	return taken
}

// commit registers calls in one transaction and lets their callers go. Should that fail, each is tried by itself, so that none suffers
// from another.
func (g *group) commit(calls []*waiter) {
	if len(calls) == 0 {
		return
	}
	defer func() {
		for _, w := range calls {
			close(w.done)
		}
	}()
	if len(calls) > 1 && g.together(calls) == nil {
		return
	}
	for _, w := range calls {
		w.Answer, w.Err = g.alone(w.ctx, w.Request)
	}
}

// together registers calls in one transaction.
func (g *group) together(calls []*waiter) error {
	ctx, cancel := context.WithTimeout(untraced(context.WithoutCancel(calls[0].ctx)), groupPatience)
	defer cancel()
	now, method := g.now(), string(proto.MessageName(calls[0].Request))
	return g.inTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		list, by := make([]*registration, len(calls)), make(map[*registration]*waiter, len(calls))
		for i, w := range calls {
			w.Answer, w.Err = nil, nil // of a transaction that Postgres has had begun again
			list[i] = &w.registration
			by[list[i]] = w
		}
		return idempotency.DoAll(ctx, tx, now, method, list, func(fresh []*registration, keep func(*pgx.Batch) error) error {
			batch := make([]*candidate, len(fresh))
			for i, r := range fresh {
				w := by[r]
				batch[i] = &candidate{draft: r.Request.GetDraft(), by: auth.From(w.ctx), trace: traceParent(w.ctx)}
			}
			return g.registrar.register(ctx, tx, now, calls[0].By.Tenant, batch, func(b *pgx.Batch) error {
				for i, c := range batch {
					fresh[i].Answer, fresh[i].Err = answerOf(c)
				}
				return keep(b)
			})
		})
	})
}

// alone registers one complaint in a transaction of its own.
func (g *group) alone(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	now := g.now()
	return once(ctx, g.Server, now, req, func(tx pgx.Tx) (*intakev1.RegisterComplaintResponse, error) {
		c := &candidate{draft: req.GetDraft(), by: auth.From(ctx), trace: traceParent(ctx)}
		if err := g.registrar.register(ctx, tx, now, c.by.Tenant, []*candidate{c}, nothing); err != nil {
			return nil, err
		}
		return answerOf(c)
	})
}

// nothing is what a caller keeps with its complaints who keeps its answer itself.
func nothing(*pgx.Batch) error { return nil }

// answerOf returns what a candidate has become: an answer that is masked, so that no table but the vault holds what is personal.
func answerOf(c *candidate) (*intakev1.RegisterComplaintResponse, error) {
	if c.refused != nil {
		return nil, c.refused
	}
	return &intakev1.RegisterComplaintResponse{Complaint: complaintProto(c.complaint, c.personal)}, nil
}
