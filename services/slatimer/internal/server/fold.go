package server

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lifecycle"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// What parks a complaint: the backbone delivers a complaint's events after its registration, and that once.
var (
	errUnknown = errors.New("the complaint was never registered here")
	errTwice   = errors.New("the complaint is registered already")
)

// Fold applies one batch of events to the files of their complaints. An event that can never be applied parks its complaint.
func (s *Server) Fold(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	current, err := store.CurrentHolidays(ctx, tx)
	if err != nil {
		return err
	}
	loaded, err := store.LockFiles(ctx, tx, keysOf(batch))
	if err != nil {
		return err
	}
	for key, file := range loaded {
		file.Shard = events.PartOf(key.ComplaintID)
		loaded[key] = file
	}
	work := folding{holidays: current, loaded: loaded, now: make(map[domain.Key]domain.File, len(loaded))}
	for e := range batch.All() {
		if err := s.apply(ctx, &work, e); err != nil {
			if status.Code(err) == codes.Unavailable {
				return err // the batch waits
			}
			batch.Park(e, err)
		}
	}
	files, changes := work.changes()
	var b pgx.Batch
	store.Queue(&b, files, changes)
	if err := events.EmitWith(ctx, tx, s.cfg.Now(), &b, work.drafts...); err != nil {
		return err
	}
	for _, ch := range changes {
		if len(ch.Armed) > 0 {
			s.cfg.Armed(ch.Armed)
		}
	}
	return nil
}

// folding is the state of one batch.
type folding struct {
	holidays store.Holidays
	loaded   map[domain.Key]domain.File // as they were
	now      map[domain.Key]domain.File // those that events were applied to
	touched  []domain.Key               // the keys of now, in the order of their first events
	drafts   []events.Draft
}

func (s *Server) apply(ctx context.Context, w *folding, e events.Event) error {
	h, err := lifecycle.Of(e)
	if err != nil {
		return err
	}
	key := domain.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}
	file, touched := w.now[key]
	known := touched
	if !touched {
		file, known = w.loaded[key]
	}
	switch {
	case h.Registration != nil && known:
		return errTwice
	case h.Registration != nil && uuid.Validate(e.AggregateID) == nil:
		file = domain.Open(h, e.Part)
	case !known:
		return errUnknown
	}
	p, err := s.edition(ctx, file.ClocksBy())
	if err != nil {
		return err
	}
	if p, err = s.dated(ctx, p, e.Tenant, w.holidays); err != nil {
		return err
	}
	file, evs, err := s.decide(ctx, file, h, p, w.holidays)
	if err != nil {
		return err
	}
	if !touched {
		w.touched = append(w.touched, key)
	}
	w.now[key] = file
	w.drafts = append(w.drafts, draftsOf(evs, h.TraceParent)...)
	return nil
}

// decide returns the file after h. p is the edition whose clocks count until then.
func (s *Server) decide(ctx context.Context, file domain.File, h procedure.Happening, p *procedure.Procedure, current store.Holidays) (domain.File, []domain.Event, error) {
	if h.Migration == nil {
		return domain.Apply(file, h, p, s.cfg.NewID)
	}
	to, err := s.edition(ctx, h.Migration.To)
	if err != nil {
		return file, nil, err
	}
	if to, err = s.dated(ctx, to, file.Tenant, current); err != nil {
		return file, nil, err
	}
	file, evs := domain.Follow(file, h, p, to)
	return file, evs, nil
}

// edition returns an edition. That it cannot be had now is never the event's fault: intake may be down, or be behind a newer one.
func (s *Server) edition(ctx context.Context, digest string) (*procedure.Procedure, error) {
	p, err := s.cfg.Editions.Get(ctx, digest)
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	return p, nil
}

// changes returns the files to save and what became of their clocks and timers.
func (w *folding) changes() ([]domain.File, []domain.Change) {
	files, changes := make([]domain.File, len(w.touched)), make([]domain.Change, len(w.touched))
	for i, key := range w.touched {
		files[i], changes[i] = w.now[key], domain.Diff(w.loaded[key], w.now[key])
	}
	return files, changes
}

// keysOf returns the complaints that a batch is about. What is no complaint's id is left out: no file has it.
func keysOf(batch *events.Batch) []domain.Key {
	seen := map[domain.Key]bool{}
	var keys []domain.Key
	for e := range batch.All() {
		k := domain.Key{Tenant: e.Tenant, ComplaintID: e.AggregateID}
		if !seen[k] && uuid.Validate(k.ComplaintID) == nil {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}
