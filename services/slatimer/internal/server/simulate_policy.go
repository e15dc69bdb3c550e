package server

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

const (
	// maxSimulations is how many run at once in a replica: each holds a part of the history for each processor.
	maxSimulations = 1
	// maxPartsAtOnce bounds what one holds in memory: its parts at once, each of at most maxHeld happenings.
	maxPartsAtOnce = 2
)

// SimulatePolicy implements the RPC; its contract is in the .proto file.
func (s *Server) SimulatePolicy(req *slatimerv1.SimulatePolicyRequest, stream grpc.ServerStreamingServer[slatimerv1.SimulatePolicyResponse]) error {
	ctx := stream.Context()
	select {
	case s.simulations <- struct{}{}:
		defer func() { <-s.simulations }()
	default:
		return fault.New(fault.Exhausted, "SIMULATION_RUNNING", "another simulation runs here; wait for its end, or cancel it").With("limit", fmt.Sprint(maxSimulations))
	}
	p, err := s.tried(ctx, req)
	if err != nil {
		return err
	}
	tenant := auth.From(ctx).Tenant
	if p, err = s.observed(ctx, p, tenant); err != nil {
		return err
	}
	window, err := windowOf(req)
	if err != nil {
		return err
	}
	before, err := s.liveTables(ctx)
	if err != nil {
		return err
	}
	sim := &simulation{
		srv: s, procedure: p, tenant: tenant, window: window, limit: int(req.GetDifferenceLimit()),
		frames: frames{send: stream.Send},
	}
	if err := sim.run(ctx); err != nil {
		return historyFault(err)
	}
	after, err := s.liveTables(ctx)
	if err != nil {
		return err
	}
	// Its transactions are read-only: Postgres itself would have refused. This is for whoever wants to see it.
	if before.Work == after.Work && before.Digest != after.Digest {
		return fmt.Errorf("the live tables changed while slatimer did nothing: %s, then %s", before.Digest, after.Digest)
	}
	return sim.frames.summary(summaryProto(sim, before, after))
}

// observed returns an edition that is only tried, with the holidays that count for a tenant.
func (s *Server) observed(ctx context.Context, p *procedure.Procedure, tenant string) (*procedure.Procedure, error) {
	var current store.Holidays
	err := s.readOnly(ctx, func(tx pgx.Tx) (err error) {
		current, err = store.CurrentHolidays(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	_, changed := others(p, tenant, current)
	if len(changed) == 0 {
		return p, nil
	}
	return s.made(ctx, p, tenant, changed)
}

// liveTables reads the live tables at one moment.
func (s *Server) liveTables(ctx context.Context) (live store.LiveTables, err error) {
	err = s.readOnly(ctx, func(tx pgx.Tx) error {
		live, err = store.ReadLiveTables(ctx, tx)
		return err
	})
	return live, err
}

// readOnly runs f in a transaction that sees one moment and can write nothing.
func (s *Server) readOnly(ctx context.Context, f func(tx pgx.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.cfg.Pool, options, f)
}

// run replays every part, some at once, and sends their differences in the order of the parts.
func (sim *simulation) run(ctx context.Context) error {
	if err := sim.count(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(runtime.GOMAXPROCS(0), maxPartsAtOnce) + 1) // and the one that sends
	var done [events.Parts]chan *outcome
	for part := range done {
		done[part] = make(chan *outcome, 1)
	}
	g.Go(func() error { return sim.collect(ctx, done[:]) })
	for part := range done {
		g.Go(func() error {
			out, err := sim.part(ctx, part)
			if err != nil {
				out = nil
			}
			done[part] <- out
			return err
		})
	}
	return g.Wait()
}

// collect sends the differences of each part when it is replayed, and adds up.
func (sim *simulation) collect(ctx context.Context, done []chan *outcome) error {
	sim.tally = domain.NewTally()
	for _, part := range done {
		var out *outcome
		select {
		case out = <-part:
		case <-ctx.Done():
			return ctx.Err()
		}
		if out == nil {
			return nil // it failed, and says why
		}
		sim.tally.Merge(out.tally)
		for _, d := range out.differences {
			if sim.listed == sim.limit {
				break
			}
			sim.listed++
			if err := sim.frames.difference(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// historyFault tells a caller which producer's history cannot be read, and what to do.
func historyFault(err error) error {
	var of *events.ProducerError
	switch {
	case !errors.As(err, &of):
		return err
	case errors.Is(err, events.ErrHistoryReplaced):
		return fault.New(fault.Precondition, "HISTORY_REPLACED", "the events of %s are not those that slatimer followed: it was restored from a backup; reconcile slatimer with it first",
			of.Producer).With("producer", of.Producer)
	}
	return fault.New(fault.Unavailable, "HISTORY_UNAVAILABLE", "%s does not answer, and it keeps a part of the history; start it, see that SLATIMER_PEERS names it, and try again",
		of.Producer).With("producer", of.Producer)
}
