package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// AsTaken returns a history whose record times say when slatimer took the news, as far as the complaint's live clocks show that it was
// at another time.
//
// Nobody wrote down when slatimer took an event; mostly it is when its service recorded it. But slatimer may have been down: then news
// that was recorded in time found a breach. Or its clock was behind the others', as in a rehearsal, or the news won a race by
// milliseconds: then news that was recorded too late met a clock, and all news of the complaint counts as taken when it happened.
func AsTaken(history []procedure.Happening, live []Clock) []procedure.Happening {
	taken := history
	behind := false
	for _, c := range live {
		i := slices.IndexFunc(history, func(h procedure.Happening) bool { return h.EventID == c.EndEventID })
		if c.Open() || i < 0 {
			continue
		}
		h := history[i]
		switch late := h.RecordTime.After(c.DueTime); {
		case late && (c.State == StateMet || c.State == StateCancelled):
			behind = true
		case !late && !h.OccurTime.After(c.DueTime) && !c.BreachTime.IsZero():
			if &taken[0] == &history[0] {
				taken = slices.Clone(history)
			}
			taken[i].RecordTime = c.DueTime.Add(time.Microsecond)
		}
	}
	if behind {
		taken = slices.Clone(history)
		for i := range taken {
			taken[i].RecordTime = taken[i].OccurTime
		}
	}
	return taken
}
