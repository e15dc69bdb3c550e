package domain

import (
	"slices"
	"time"
)

// Assigned reports whether a person may act on open work of c now as the one whose work it is: who sits in its post or acts for it, or did
// when it opened. Anybody may complete work in whose post nobody sits, but it is nobody's: what is only for who has the work stays shut.
func Assigned(s Setting, c Case, person string, now time.Time) bool {
	return person != "" && slices.ContainsFunc(c.Work, func(w Work) bool {
		return w.State == WorkOpen && (w.Person == person || slices.Contains(s.Sitting(w.Post, now), person))
	})
}
