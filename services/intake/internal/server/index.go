package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/search"
	"redress.dev/services/intake/internal/store"
)

// SearchContent says what complaints are found by.
type SearchContent string

// What may be searched.
const (
	SearchOff    SearchContent = "off"    // nothing
	SearchFields SearchContent = "fields" // names of codes, numbers, references
	SearchText   SearchContent = "text"   // what complainants wrote, too
)

// UnmarshalText reads a setting.
func (c *SearchContent) UnmarshalText(text []byte) error {
	*c = SearchContent(text)
	if !slices.Contains([]SearchContent{SearchOff, SearchFields, SearchText}, *c) {
		return fmt.Errorf("%q is none of off, fields, text", text)
	}
	return nil
}

const (
	// indexEvery is how often the index looks for news, and after a failure tries again; real time, as it is about load.
	indexEvery = 500 * time.Millisecond
	// indexBatch is how many events of each part are looked at in one transaction, of which each may be a new complaint: few enough
	// that nobody waits for it.
	indexBatch = 8
)

// Index keeps what complaints are found by up to date until ctx ends. It reads what intake has published, so that nothing is done for
// it while a complaint is registered; of several replicas whichever comes first does the work. It rests nine times as
// long as it works, so that it takes a tenth of a processor: while very many complaints come they are found later, and not registered later.
func (s *Server) Index(ctx context.Context) error {
	lag, err := otel.Meter("redress.dev/services/intake").Int64Gauge("redress.intake.search_lag",
		metric.WithDescription("Events that the search index has not seen"), metric.WithUnit("{event}"))
	if err != nil {
		otel.Handle(err) // the name is a constant: only a typing error gets here
	}
	for ctx.Err() == nil {
		began, rest := realTime.Now(), indexEvery
		more, err := s.indexSome(ctx)
		switch {
		case ctx.Err() != nil: // what was under way has been rolled back
		case err != nil:
			s.cfg.Log.Error("search index", slog.Any("error", err))
		case more:
			rest = 9 * realTime.Now().Sub(began)
		}
		if behind, err := store.SearchLag(ctx, s.cfg.Pool); err == nil {
			lag.Record(ctx, behind)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
	return nil
}

// registered and amended are the events after which a complaint is found by other words.
var (
	registered = string(proto.MessageName(&intakev1.ComplaintRegistered{}))
	amended    = string(proto.MessageName(&intakev1.ComplaintAmended{}))
)

// indexSome indexes what some events tell of, in one transaction, and reports whether there may be more.
func (s *Server) indexSome(ctx context.Context) (more bool, err error) {
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		if s.cfg.Search == SearchOff {
			return store.ClearSearch(ctx, tx)
		}
		parts, err := store.LockSearch(ctx, tx, string(s.cfg.Search))
		if err != nil || len(parts) == 0 {
			return err
		}
		told, err := store.Untold(ctx, tx, parts, indexBatch)
		if more = len(told) > 0; err != nil || !more {
			return err
		}
		var tenants, ids []string
		for _, e := range told {
			if e.Type == registered || e.Type == amended {
				tenants, ids = append(tenants, e.Tenant), append(ids, e.ComplaintID)
			}
		}
		if len(ids) > 0 {
			if err := s.indexComplaints(ctx, tx, tenants, ids); err != nil {
				return err
			}
		}
		return store.MoveSearch(ctx, tx, told)
	})
	return more, err
}

func (s *Server) indexComplaints(ctx context.Context, tx pgx.Tx, tenants, ids []string) error {
	complaints, err := store.ComplaintsToIndex(ctx, tx, tenants, ids)
	if err != nil {
		return err
	}
	list := make([]store.Indexed, 0, len(complaints))
	indexers := map[string]*indexer{} // by tenant
	for _, k := range complaints {
		c := k.Complaint
		p, err := s.editions.get(ctx, tx, c.Tenant, c.Edition.Digest)
		if err != nil {
			return err
		}
		who, err := s.person(k)
		if err != nil {
			return err
		}
		if s.cfg.Search != SearchText {
			who = domain.Personal{}
		}
		x := indexers[c.Tenant]
		if x == nil {
			key, err := s.searchKey(c.Tenant)
			if err != nil {
				return err
			}
			x = &indexer{key, map[procedure.Label][]int64{}}
			indexers[c.Tenant] = x
		}
		list = append(list, store.Indexed{Tenant: c.Tenant, ComplaintID: c.ID, Hashes: x.hashes(p, c, who)})
	}
	return store.SaveIndexed(ctx, tx, list)
}

// searchKey returns the key of a tenant's words, which is worked out once.
func (s *Server) searchKey(tenant string) (*search.Key, error) {
	if key, ok := s.searchKeys.Load(tenant); ok {
		return key.(*search.Key), nil
	}
	secret, err := s.cfg.Keys.SearchKey(tenant)
	if err != nil {
		return nil, err
	}
	key := search.NewKey(secret)
	s.searchKeys.Store(tenant, key)
	return key, nil
}

// indexer works out what the complaints of a tenant are found by.
type indexer struct {
	key   *search.Key
	names map[procedure.Label][]int64 // hashes of their words: many complaints share a code
}

// hashes returns what a complaint is found by: the names of its codes, its number and reference as a whole, codes that may be another
// complaint's too, and the words of what was written, with a sketch of them.
func (x *indexer) hashes(p *procedure.Procedure, c domain.Complaint, who domain.Personal) []int64 {
	out := []int64{x.key.Name(c.Number)}
	if c.ExternalReference != "" {
		out = append(out, x.key.Name(c.ExternalReference))
	}
	out = append(out, x.name(p.GroupValue("channel", c.Channel))...)
	for field, v := range c.Fields {
		if v.Kind != procedure.KindCode {
			continue
		}
		out = append(out, x.name(p.GroupValue("fields."+field, v.Code))...)
		if f, ok := p.Field(field); ok && !f.Listed() {
			out = append(out, x.key.Name(v.Code), x.key.Code(field, v.Code))
		}
	}
	words := x.key.Words(search.Words(textOf(p, who)))
	out = append(append(out, words...), search.Sketch(words)...)
	slices.Sort(out)
	return slices.Compact(out)
}

// name returns the hashes of the words of a name, in both languages.
func (x *indexer) name(name procedure.Label) []int64 {
	list, ok := x.names[name]
	if !ok {
		list = x.key.Words(append(search.Words(name.Zh), search.Words(name.En)...))
		x.names[name] = list
	}
	return list
}

// textOf returns what was written about a complaint: the complainant's own words, then the procedure's fields of text.
func textOf(p *procedure.Procedure, who domain.Personal) string {
	text := who.Content
	for _, f := range p.Fields {
		if f.Kind == procedure.KindText && who.Fields[f.Key] != "" {
			text += "\n" + who.Fields[f.Key]
		}
	}
	return text
}
