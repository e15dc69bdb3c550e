package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Visited returns c after a return visit has recorded facts in its form. The rules work their values out anew, as after completed work.
//
// It fails when the rules do; c is unchanged then.
func Visited(s Setting, c Case, plan string, fields map[string]procedure.Value, at time.Time) (Case, []Event, error) {
	if len(fields) == 0 {
		return c, nil, nil
	}
	m, err := s.begin(c, at)
	if err != nil {
		return c, nil, err
	}
	m.c.Facts = m.c.Facts.Visited(plan, fields)
	if err := m.reclassify(); err != nil {
		return c, nil, err
	}
	if err := m.judge(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}
