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
	made map[string]*procedure.Procedure // by digest and holidays
}

// dated returns p with the editions of holidays that count for a tenant.
func (s *Server) dated(ctx context.Context, p *procedure.Procedure, tenant string, current store.Holidays) (*procedure.Procedure, error) {
	if p.Holidays == "" {
		return p, nil
	}
	names := strings.Split(p.Holidays, ",")
	changed := map[string]string{}
	for i, name := range names {
		key, shipped, _ := strings.Cut(name, "@")
		if edition, ok := current.Of(tenant, key); ok && edition != shipped {
			names[i], changed[key] = key+"@"+edition, edition
		}
	}
	if len(changed) == 0 {
		return p, nil
	}
	return s.madeOf(ctx, p, tenant, strings.Join(names, ","), changed)
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
	return s.madeOf(ctx, p, tenant, names, editions)
}

// madeOf returns p with the editions of holidays given by key; names names them all.
func (s *Server) madeOf(ctx context.Context, p *procedure.Procedure, tenant, names string, editions map[string]string) (*procedure.Procedure, error) {
	name := p.Digest + "/" + names
	s.calendars.mu.Lock()
	made := s.calendars.made[name]
	s.calendars.mu.Unlock()
	if made != nil {
		return made, nil
	}
	sets := map[string]holidays.Set{}
	for key, edition := range editions {
		content, err := store.HolidaySet(ctx, s.cfg.Pool, tenant, key, edition)
		if err != nil {
			return nil, status.Error(codes.Unavailable, err.Error()) // the batch waits: what was published stays
		}
		var set holidays.Set
		if err := json.Unmarshal(content, &set); err != nil {
			return nil, fmt.Errorf("holidays %s@%s: %w", key, edition, err)
		}
		sets[key] = set
	}
	made, err := p.WithHolidays(sets)
	if err != nil {
		return nil, err
	}
	s.calendars.mu.Lock()
	s.calendars.made[name] = made
	s.calendars.mu.Unlock()
	return made, nil
}
