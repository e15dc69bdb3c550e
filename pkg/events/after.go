package events

import (
	"fmt"
	"strconv"
	"strings"
)

// formatAfter writes cursors as "intake=12,routing=7".
func formatAfter(after map[string]int64) string {
	var b strings.Builder
	for producer, seq := range after {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(producer)
		b.WriteByte('=')
		b.WriteString(strconv.FormatInt(seq, 10))
	}
	return b.String()
}

// parseAfter reads what formatAfter wrote; nothing gives nil.
func parseAfter(s string) (map[string]int64, error) {
	if s == "" {
		return nil, nil
	}
	after := map[string]int64{}
	for pair := range strings.SplitSeq(s, ",") {
		producer, n, _ := strings.Cut(pair, "=")
		seq, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("after %q: %w", s, err)
		}
		after[producer] = seq
	}
	return after, nil
}
