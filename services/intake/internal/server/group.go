package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/wire"
	"redress.dev/services/intake/internal/store"
)

const (
	// groupPatience bounds the commit of a group, which goes on when one of its callers goes away.
	groupPatience = 10 * time.Second
	// maxGroupItems and maxGroupBytes are how much one transaction takes before nobody joins it any more.
	maxGroupItems = 2 * maxBatchItems
	maxGroupBytes = 2 * maxBatchBytes
	// largeGroup is how many calls are worth that they begin beside a group that Postgres is writing: they will wait for its commit at the numbers,
	// and fewer gather until then instead. After as many items the next group of streams begins at once.
	largeGroup = 32
	// groupGap is the time between the beginnings of two groups of streams alone: each costs some ten statements, a commit and a publication,
	// whatever it registers. A call does not wait for it.
	groupGap = 20 * time.Millisecond
	// loners is how many of a group that failed are tried by themselves at once: one that waits for a lock holds up few.
	loners = 4
)

// registration is one request to register a complaint, and what became of it.
type registration = idempotency.Call[*intakev1.RegisterComplaintRequest, *intakev1.RegisterComplaintResponse]

// submission is what one caller waits for: the draft of a call, or the items of a stream that follow its watermark.
type submission struct {
	ctx    context.Context //nolint:containedctx // the caller's, for as long as it waits
	tenant string
	items  []*candidate
	bytes  int64

	// Of a stream alone: collect sets items, bytes and session when the group begins, so that all that has arrived by then is in it; session is
	// to be moved to behind them; results are what they became.
	collect func()
	session *store.Advance
	results []*intakev1.IntakeResult

	done    chan struct{} // closed when it is known what became of it
	settled bool
	err     error // why none of it was registered
}

// group registers together what callers bring: while one group commits, what comes meanwhile gathers to the next. One at a time, since a second
// would wait for the first at the numbers, which are given out in order; but beside the last round trip of one the next decides, seals and
// encodes, if it is large. A lone caller waits for nobody. There is no goroutine of its own: of the callers that wait, one works for all.
type group struct {
	*Server

	turn    chan struct{} // held by who registers, until the last round trip
	news    chan struct{} // somebody has come, or writing has changed
	mu      sync.Mutex
	waiting []*submission
	began   time.Time // when the last group did, unless it was large
	writing int       // groups in their last round trip
}

func newGroup(s *Server) *group {
	return &group{Server: s, turn: make(chan struct{}, 1), news: make(chan struct{}, 1)}
}

// register registers what s brings, together with others, and sets what became of it. It may go on for a moment when ctx has ended.
func (g *group) register(ctx context.Context, s *submission) error {
	s.ctx, s.done = ctx, make(chan struct{})
	g.mu.Lock()
	g.waiting = append(g.waiting, s)
	g.mu.Unlock()
	g.tell()
	for {
		select {
		case <-s.done:
			return s.err
		case <-ctx.Done():
			if !g.leave(s) {
				<-s.done
			}
			return ctx.Err()
		case g.turn <- struct{}{}:
			if !g.waits(s) { // it is in a group, and whoever waits takes the turn
				<-g.turn
				<-s.done
				return s.err
			}
			g.gather(ctx)
			g.work()
		}
	}
}

// work registers the next group, and lets go of the turn before its last round trip, at the latest at its end, also by a panic.
func (g *group) work() {
	free := sync.OnceFunc(func() {
		g.write(1)
		<-g.turn
	})
	ended := sync.OnceFunc(func() {
		free()
		g.write(-1)
	})
	defer ended()
	g.commit(g.next(), free, ended)
}

// tell wakes the one who gathers.
func (g *group) tell() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// write notes that n more groups are in their last round trip.
func (g *group) write(n int) {
	g.mu.Lock()
	g.writing += n
	g.mu.Unlock()
	g.tell()
}

// gather waits until the next group may begin.
func (g *group) gather(ctx context.Context) {
	for left := g.left(realTime.Now()); left > 0 && ctx.Err() == nil; left = g.left(realTime.Now()) {
		select {
		case <-ctx.Done():
		case <-g.news:
		case <-time.After(left):
		}
	}
	g.begin(realTime.Now())
}

// left returns how long the next group still waits, unless there are news. Streams alone begin groupGap after the last group began, and their
// items gather meanwhile; a few calls alone when no other group is being written.
func (g *group) left(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := 0
	for _, s := range g.waiting {
		if s.collect == nil {
			calls++
		}
	}
	switch streams := len(g.waiting) - calls; {
	case streams > 0 && calls == 0:
		return g.began.Add(groupGap).Sub(now)
	case streams == 0 && 0 < calls && calls < largeGroup && g.writing > 0:
		return groupPatience
	}
	return 0
}

// begin notes when a group has begun; the zero time lets the next follow at once.
func (g *group) begin(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.began = at
}

// waits tells whether no group has taken s.
func (g *group) waits(s *submission) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.waiting, s)
}

// leave takes s out of the queue, unless a group has taken it.
func (g *group) leave(s *submission) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := len(g.waiting)
	g.waiting = slices.DeleteFunc(g.waiting, func(other *submission) bool { return other == s })
	return len(g.waiting) < n
}

// next takes what waits, of the tenant of the first, as much as one transaction takes. What repeats a request of it stays for another group,
// which will find what that one became.
func (g *group) next() []*submission {
	type key struct {
		by idempotency.Caller
		id string
	}
	of := func(c *candidate) key { return key{c.named.By, strings.ToLower(c.named.Request.GetRequestId())} }
	g.mu.Lock()
	defer g.mu.Unlock()
	var taken, left []*submission
	seen, items, bytes := map[key]bool{}, 0, int64(0)
	for _, s := range g.waiting {
		if items >= maxGroupItems || bytes >= maxGroupBytes || s.tenant != g.waiting[0].tenant {
			left = append(left, s)
			continue
		}
		if s.items == nil {
			s.collect()
		}
		if slices.ContainsFunc(s.items, func(c *candidate) bool { return c.named != nil && seen[of(c)] }) {
			left = append(left, s)
			continue
		}
		for _, c := range s.items {
			if c.named != nil {
				seen[of(c)] = true
			}
		}
		items, bytes = items+len(s.items), bytes+s.bytes
		taken = append(taken, s)
	}
	g.waiting = left
	return taken
}

// commit registers submissions in one transaction and lets their callers go. Should that fail, each is tried by itself, so that none suffers
// from another, nor from the same request in a group beside it. It calls free before the last round trip, and ended when the group as such is
// done with: nobody waits for those that are tried by themselves.
func (g *group) commit(list []*submission, free, ended func()) {
	defer func() {
		for _, s := range list {
			if !s.settled {
				s.settle(errNotRegistered) // by a panic
			}
		}
	}()
	if len(list) == 0 {
		return
	}
	if g.together(list, free) == nil {
		for _, s := range list {
			s.settle(s.err)
		}
		return
	}
	ended()
	var each errgroup.Group
	each.SetLimit(loners)
	for _, s := range list {
		each.Go(func() error {
			g.byItself(s, free)
			return nil
		})
	}
	_ = each.Wait() // each has settled what became of it
}

// byItself registers one submission, whatever happens.
func (g *group) byItself(s *submission, free func()) {
	defer func() {
		if mistake := recover(); mistake != nil {
			s.settle(fmt.Errorf("%w: %v", errNotRegistered, mistake))
		}
	}()
	if s.session != nil {
		err := g.together([]*submission{s}, free)
		s.settle(cmp.Or(err, s.err))
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, groupPatience)
	defer cancel()
	c := s.items[0]
	c.named.Answer, c.named.Err = g.alone(ctx, c)
	s.settle(nil)
}

// errNotRegistered is what callers get whose group has ended by a mistake of ours.
var errNotRegistered = errors.New("the group ended before it was registered")

// settle lets the caller go.
func (s *submission) settle(err error) {
	s.err, s.settled = err, true
	close(s.done)
}

// together registers submissions in one transaction of three round trips, and calls free before the last.
func (g *group) together(list []*submission, free func()) error {
	ctx, cancel := context.WithTimeout(untraced(context.WithoutCancel(list[0].ctx)), groupPatience)
	defer cancel()
	now, tenant := g.now(), list[0].tenant
	var batch []*candidate
	var calls []*registration
	var sessions []*store.Advance
	for _, s := range list {
		batch = append(batch, s.items...)
		for _, c := range s.items {
			if c.named != nil {
				calls = append(calls, c.named)
			}
		}
		if s.session != nil {
			sessions = append(sessions, s.session)
		}
	}
	known, err := idempotency.NewBatch(registering, calls)
	if err != nil {
		return err
	}
	var decisions map[string]store.Decision
	first := func(b *pgx.Batch) {
		decisions = map[string]store.Decision{}
		// The watermarks first: they lock the sessions, so that an opening elsewhere waits for this commit and then sees it.
		store.QueueAdvances(b, sessions)
		known.QueueRecall(b)
		store.QueueTogether(b)
		store.QueueDecisions(b, tenant, proceduresOf(batch), now, decisions)
	}
	return g.inTx(ctx, first, func(ctx context.Context, tx pgx.Tx) error {
		fresh := freshOf(list, known.Fresh())
		if len(fresh) >= largeGroup {
			g.begin(time.Time{}) // enough comes
		}
		defer free()
		return g.registrar.register(ctx, tx, now, tenant, fresh, decisions, func(b *pgx.Batch) error {
			for _, c := range fresh {
				if c.named != nil {
					c.named.Answer, c.named.Err = answerOf(c)
				}
			}
			return errors.Join(known.QueueAnswers(b, now), keepResults(b, list, now))
		})
	})
}

// freshOf returns what is to be registered of list: not what was registered before, and nothing of a stream whose session another has opened
// since, which is told so.
func freshOf(list []*submission, named []*registration) []*candidate {
	unknown := make(map[*registration]bool, len(named))
	for _, r := range named {
		unknown[r] = true
	}
	var fresh []*candidate
	for _, s := range list {
		if s.err = nil; s.session != nil && !s.session.Ours {
			s.err = fault.New(fault.Conflict, "SESSION_TAKEN", "another stream has opened the session since; only the newest may write").
				With("stream_epoch", strconv.FormatInt(s.session.Epoch, 10))
			for _, c := range s.items {
				if c.named != nil {
					c.named.Err = s.err // no answer is kept
				}
			}
			continue
		}
		for _, c := range s.items {
			if c.before = c.named != nil && !unknown[c.named]; !c.before {
				fresh = append(fresh, c)
			}
		}
	}
	return fresh
}

// keepResults sets what the items of streams became, and has b keep it.
func keepResults(b *pgx.Batch, list []*submission, now time.Time) error {
	for _, s := range list {
		if s.session == nil || !s.session.Ours {
			continue
		}
		first := s.session.Acked + 1
		s.results = make([]*intakev1.IntakeResult, len(s.items))
		for i, c := range s.items {
			s.results[i] = resultOf(first+int64(i), c)
		}
		kept, err := wire.Marshal(&intakev1.IntakeAck{AckedSequence: s.session.To, Results: s.results})
		if err != nil {
			return err
		}
		store.QueueResults(b, s.session.Session, first, s.session.To, kept, now)
	}
	return nil
}

// alone registers one complaint in a transaction of its own.
func (g *group) alone(ctx context.Context, c *candidate) (*intakev1.RegisterComplaintResponse, error) {
	now := g.now()
	return once(ctx, g.Server, now, c.named.Request, func(tx pgx.Tx) (*intakev1.RegisterComplaintResponse, error) {
		batch := []*candidate{c}
		decisions, err := store.Decisions(ctx, tx, c.by.Tenant, proceduresOf(batch), now)
		if err != nil {
			return nil, err
		}
		if err := g.registrar.register(ctx, tx, now, c.by.Tenant, batch, decisions, nothing); err != nil {
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

// submit returns the submission of a call.
func submit(ctx context.Context, req *intakev1.RegisterComplaintRequest) *submission {
	by, bytes := auth.From(ctx), int64(wire.Size(req))
	return &submission{tenant: by.Tenant, bytes: bytes, items: []*candidate{{
		draft: req.GetDraft(), bytes: bytes, by: by, trace: traceParent(ctx), named: &registration{By: callerOf(by), Request: req},
	}}}
}
