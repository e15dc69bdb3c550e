package domain

import (
	"strings"
	"unicode"
)

// CanonicalEmail returns s in the form under which one mailbox is always found: trimmed, in lower case. It returns false for what
// is no address: one "@" with something before it, a domain with a dot after it, no spaces, no characters that cannot be seen.
//
// This is the shape alone, looser than RFC 5322 where that allows quoted words: whether mail arrives, only mail can tell.
func CanonicalEmail(s string) (string, bool) {
	s = strings.ToLower(strings.Map(narrow, strings.TrimSpace(s)))
	local, domain, ok := strings.Cut(s, "@")
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || seen(r) < 0 && !unicode.Is(unicode.M, r) || strings.ContainsRune(`@<>,;:"`, r)
	}
	switch {
	case !ok, local == "", strings.ContainsFunc(s[:len(local)], bad), strings.ContainsFunc(domain, bad):
		return "", false
	case !strings.Contains(domain, "."), strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return "", false
	}
	return s, true
}
