package domain

import (
	"fmt"

	"redress.dev/pkg/procedure"
)

// Apply returns f after h, and the events that follow from it. p is the edition of f; newID gives the ids of visits.
//
// What happens in the present round may close the complaint and make visits due. What comes late from an earlier round only adds
// to the facts, and so does everything after the end, but that the closing itself may make a visit due. A withdrawal cancels the
// visits that are due, and nothing happens after it.
//
// An action only adds to its facts, until what the procedure says closes it; see Proceed.
//
// Apply fails when h belongs to a round that has not begun and when an expression of the procedure fails; f stays as it was.
func (f File) Apply(h procedure.Happening, p *procedure.Procedure, newID func() string) (File, []Event, error) {
	if f.Action.Key != "" {
		return f.Proceed(h, p)
	}
	if h.Round > f.Facts.Round {
		return f, nil, fmt.Errorf("event %s is of round %d of complaint %s, which stands in round %d", h.EventID, h.Round, h.ComplaintID, f.Facts.Round)
	}
	// Round 0 is of no round, such as a contact: it belongs to the present one.
	late := h.Round != 0 && h.Round < f.Facts.Round
	t := turn{file: f, rules: p, newID: newID, occur: h.OccurTime}
	// Everything else leaves the facts as they are, and the row unsaved.
	if h.Registration != nil || h.Amendment != nil || h.Values != nil || h.Occurrence.Kind == procedure.WorkCompleted {
		t.file.Facts, t.file.Changed = h.Update(f.Facts), true
	}
	switch {
	case h.Withdrawn:
		t.end(Withdrawn)
	case h.Occurrence.Kind != 0 && !late:
		if err := t.happened(h.Occurrence); err != nil {
			return f, nil, err
		}
	}
	t.file.Opened = append(t.file.Opened, t.spawned...)
	return t.file, t.events, nil
}
