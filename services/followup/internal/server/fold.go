package server

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// errUnknownComplaint says that the stream told of a complaint before its registration, which it never does.
var errUnknownComplaint = errors.New("no registration of this complaint has arrived")

// Fold applies one batch of events to the files of the complaints and actions that they touch. It fails, and is tried again, while an edition
// cannot be had; any other event that cannot be applied parks its complaint.
func (s *Server) Fold(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	loaded, err := store.LockFiles(ctx, tx, keysOf(batch))
	if err != nil {
		return err
	}
	files := maps.Clone(loaded) // a file that an event cannot be applied to stays in it as it was
	var drafts []events.Draft
	for e := range batch.All() {
		f, ok := files[store.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}]
		h, err := lifecycle.Of(e)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		switch {
		case !ok && h.Registration != nil:
			f = domain.Begin(h)
		case !ok:
			batch.Park(e, fmt.Errorf("%s of complaint %s: %w", e.Type, e.AggregateID, errUnknownComplaint))
			continue
		}
		// From memory but for the first event of an edition.
		edition := f.Edition
		if h.Migration != nil {
			edition = h.Migration.To
		}
		p, err := s.cfg.Editions.Get(ctx, edition)
		if err != nil {
			return err
		}
		next, evs, err := s.decide(f, h, p)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		rules, err := s.rulesOf(ctx, files, f, next)
		if err != nil {
			return err
		}
		changed, out, err := s.settle(files, f, next, evs, rules, e.TraceParent)
		if err != nil {
			batch.Park(e, err)
			continue
		}
		maps.Copy(files, changed)
		drafts = append(drafts, out...)
	}
	if err := save(ctx, tx, loaded, files); err != nil {
		return err
	}
	return events.Emit(ctx, tx, s.now(), drafts...)
}

// decide returns the file after h; p is the edition that it runs by, or is moved to by h.
func (s *Server) decide(f domain.File, h procedure.Happening, p *procedure.Procedure) (domain.File, []domain.Event, error) {
	if h.Migration != nil {
		next, evs := f.Migrate(h, p)
		return next, evs, nil
	}
	return f.Apply(h, p, s.cfg.NewID)
}

// keysOf returns the complaints that a batch touches, each once.
func keysOf(batch *events.Batch) []store.Key {
	seen := map[store.Key]bool{}
	var keys []store.Key
	for e := range batch.All() {
		k := store.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}
		if !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// save keeps the files that differ from the loaded ones, and of their visits those that do.
func save(ctx context.Context, tx pgx.Tx, loaded, files map[store.Key]domain.File) error {
	var changed []domain.File
	var visits []store.Visit
	for k, f := range files {
		if !f.Changed {
			continue
		}
		changed = append(changed, f)
		before := loaded[k]
		for _, v := range f.Visits {
			if old, ok := before.Visit(v.ID); !ok || old != v {
				visits = append(visits, store.VisitOf(f, v))
			}
		}
	}
	if err := store.SaveFiles(ctx, tx, changed); err != nil {
		return err
	}
	return store.SaveVisits(ctx, tx, visits)
}
