package domain

import (
	"maps"
	"time"

	"redress.dev/pkg/procedure"
)

// Link returns c after people have linked its complaint with others; linked are all of them, none when it is linked no more. The rules
// work their values out anew, also for a case that has ended: what the complaint was is counted later.
//
// It fails when the rules do; c is unchanged then.
func Link(s Setting, c Case, kind procedure.LinkKind, linked []procedure.Linked, at time.Time) (Case, []Event, error) {
	m, err := s.begin(c, at)
	if err != nil {
		return c, nil, err
	}
	links := maps.Clone(c.Facts.Links)
	if links == nil {
		links = map[procedure.LinkKind][]procedure.Linked{}
	}
	links[kind] = linked
	if len(linked) == 0 {
		delete(links, kind)
	}
	m.c.Facts.Links = links
	if err := m.reclassify(); err != nil {
		return c, nil, err
	}
	if err := m.judge(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}
