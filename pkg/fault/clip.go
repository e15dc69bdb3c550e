package fault

import "strings"

// Clip returns at most the first limit bytes of what a caller said, cut between characters: an error repeats no more of it.
func Clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
