package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Amend returns c after what was registered has been corrected. The rules work their values out anew, as after completed work; work that is
// open stays with the post that has it, and later work goes by the new facts.
//
// It fails when the rules do; c is unchanged then.
func Amend(s Setting, c Case, channel string, fields map[string]procedure.Value, at time.Time) (Case, []Event, error) {
	m, err := s.begin(c, at)
	if err != nil {
		return c, nil, err
	}
	m.c.Facts.Channel, m.c.Facts.Fields = channel, fields
	if err := m.reclassify(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}
