package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"redress.dev/pkg/calendar/holidays"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/store"
)

// calendarBook holds editions of procedures whose calendars are made of holidays that were published. Both are few and never change.
type calendarBook struct {
	mu   sync.Mutex
	made map[string]*procedure.Procedure // by tenant, digest and holidays
}

// dated returns p with the editions of holidays that count for a tenant.
func (s *Server) dated(ctx context.Context, p *procedure.Procedure, tenant string, current store.Holidays) (*procedure.Procedure, error) {
	names, changed := others(p, tenant, current)
	if len(changed) == 0 {
		return p, nil
	}
	return s.held(ctx, p, tenant, names, changed)
}

// others returns the names of the editions of holidays that count for a tenant in p's calendars, and those among them that p was not
// made of, by key.
func others(p *procedure.Procedure, tenant string, current store.Holidays) (names string, changed map[string]string) {
	if p.Holidays == "" {
		return "", nil
	}
	list := strings.Split(p.Holidays, ",")
	for i, name := range list {
		key, made, _ := strings.Cut(name, "@")
		if edition, ok := current.Of(tenant, key); ok && edition != made {
			if changed == nil {
				changed = map[string]string{}
			}
			list[i], changed[key] = key+"@"+edition, edition
		}
	}
	return strings.Join(list, ","), changed
}

// named returns p with the editions of holidays that a clock names.
func (s *Server) named(ctx context.Context, p *procedure.Procedure, tenant, names string) (*procedure.Procedure, error) {
	editions := map[string]string{}
	for name := range strings.SplitSeq(names, ",") {
		if key, edition, ok := strings.Cut(name, "@"); ok && edition != "none" {
			editions[key] = edition
		}
	}
	if p.Holidays == names || len(editions) == 0 {
		return p, nil
	}
	return s.held(ctx, p, tenant, names, editions)
}

// held returns p with the editions of holidays given by key, made once; names names them all.
func (s *Server) held(ctx context.Context, p *procedure.Procedure, tenant, names string, editions map[string]string) (*procedure.Procedure, error) {
	name := tenant + "/" + p.Digest + "/" + names
	s.calendars.mu.Lock()
	made := s.calendars.made[name]
	s.calendars.mu.Unlock()
	if made != nil {
		return made, nil
	}
	made, err := s.made(ctx, p, tenant, editions)
	if err != nil {
		return nil, err
	}
	s.calendars.mu.Lock()
	s.calendars.made[name] = made
	s.calendars.mu.Unlock()
	return made, nil
}

// made returns p with the editions of holidays given by key.
func (s *Server) made(ctx context.Context, p *procedure.Procedure, tenant string, editions map[string]string) (*procedure.Procedure, error) {
	sets := map[string]holidays.Set{}
	for key, edition := range editions {
		content, err := store.HolidaySet(ctx, s.cfg.Pool, tenant, key, edition)
		if err != nil {
			return nil, status.Error(codes.Unavailable, err.Error()) // a batch waits: what was published stays
		}
		var set holidays.Set
		if err := json.Unmarshal(content, &set); err != nil {
			return nil, fmt.Errorf("holidays %s@%s: %w", key, edition, err)
		}
		sets[key] = set
	}
	return p.WithHolidays(sets)
}
