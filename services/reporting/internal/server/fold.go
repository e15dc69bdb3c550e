package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// errUnknownComplaint says that the stream told of a complaint before its registration, which it never does.
var errUnknownComplaint = errors.New("no registration of this complaint has arrived")

// Fold adds one batch of events to the timelines and facts of the complaints that they touch. It fails, and is tried again, while
// an edition cannot be had; any other event that cannot be applied parks its complaint.
func (s *Server) Fold(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	facts, err := store.LockFacts(ctx, tx, keysOf(batch))
	if err != nil {
		return err
	}
	known := make(map[*domain.Fact]bool, len(facts))
	for _, f := range facts {
		known[f] = true
	}
	first := map[store.KnownEdition]time.Time{} // when the batch first tells of an edition
	touched := make(map[*domain.Fact]bool, len(facts))
	var entries []domain.Entry
	var others aside
	for e := range batch.All() {
		if isAside(e) {
			if err := others.take(e); err != nil {
				batch.Park(e, err)
			}
			continue
		}
		h, err := happeningOf(e)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		k := store.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}
		f := facts[k]
		switch {
		case f == nil && h.Registration != nil:
			p, err := s.cfg.Editions.Get(ctx, h.Registration.Edition)
			if err != nil {
				return err
			}
			f = domain.Begin(h, p)
			facts[k] = f
		case f == nil:
			batch.Park(e, fmt.Errorf("%s of complaint %s: %w", e.Type, e.AggregateID, errUnknownComplaint))
			continue
		}
		if h.Charge != nil {
			p, err := s.cfg.Editions.Get(ctx, f.Edition)
			if err != nil {
				return err
			}
			said := chargeWords(p, h.Charge)
			h.Detail, h.DetailZh = said.En, said.Zh
		}
		entries = append(entries, f.Apply(h))
		if h.Registration != nil || h.Migration != nil {
			if edition := (store.KnownEdition{Tenant: f.Tenant, Procedure: f.Procedure, Edition: f.Edition}); first[edition].IsZero() {
				first[edition] = h.RecordTime
			}
		}
		touched[f] = true
	}
	changed, err := s.measure(ctx, touched)
	if err != nil {
		return err
	}
	if err := store.InsertEditions(ctx, tx, first); err != nil {
		return err
	}
	if err := others.save(ctx, tx); err != nil {
		return err
	}
	if err := store.InsertEntries(ctx, tx, entries); err != nil {
		return err
	}
	fresh := slices.DeleteFunc(slices.Clone(changed), func(f *domain.Fact) bool { return known[f] })
	return store.SaveFacts(ctx, tx, fresh, slices.DeleteFunc(changed, func(f *domain.Fact) bool { return !known[f] }))
}

// keysOf returns the complaints that a batch touches, each once.
func keysOf(batch *events.Batch) []store.Key {
	seen := map[store.Key]bool{}
	var keys []store.Key
	for e := range batch.All() {
		k := store.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}
		if !seen[k] && !isAside(e) {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// measure works out what each fact adds to the figures, once for the whole batch. A metric that fails leaves its complaint out, and
// the log says so: the figures of all others go on.
func (s *Server) measure(ctx context.Context, touched map[*domain.Fact]bool) ([]*domain.Fact, error) {
	facts := make([]*domain.Fact, 0, len(touched)) // in no order: their rows are locked, or nobody else knows them yet
	for f := range touched {
		p, err := s.cfg.Editions.Get(ctx, f.Edition)
		if err != nil {
			return nil, err
		}
		for _, failed := range f.Measure(p) {
			s.cfg.Log.ErrorContext(ctx, "a complaint is left out of a metric", "tenant", f.Tenant, "complaint_id", f.ComplaintID, "edition", f.Edition,
				"metric", failed.Metric, "error", failed.Err)
		}
		facts = append(facts, f)
	}
	return facts, nil
}
