package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hidden stands for words that an answer does not show.
const hidden = "•••"

// Masked returns p as answers show it: a name as 王*, a telephone number as 138****1234, an e-mail address as w***@example.com, no
// address, no further fields, and "•••" in place of the complainant's own words, however many they are.
func (p Personal) Masked() Personal {
	m := Personal{Name: maskName(p.Name), Phone: maskPhone(p.Phone), Email: maskEmail(p.Email)}
	if !blank(p.Content) {
		m.Content = hidden
	}
	return m
}

// maskName shows the first character and one star, so that the length stays hidden. A single character is not shown. Characters that
// nobody sees do not count: they would hide what is shown, or turn around the text beside it.
func maskName(name string) string {
	if blank(name) {
		return ""
	}
	name = strings.TrimSpace(strings.Map(seen, name))
	switch first, size := utf8.DecodeRuneInString(name); {
	case size == len(name):
		return "*"
	default:
		return string(first) + "*"
	}
}

// seen drops what cannot be seen on its own: control and format characters, marks, and bytes that are no text.
func seen(r rune) rune {
	if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.M, unicode.Cs, unicode.Co) {
		return -1
	}
	return r
}

// maskPhone shows the last four digits, and of eleven or more the first three as well; of a number under eight digits only
// the last two. China's own country code is left out.
func maskPhone(phone string) string {
	const stars = "****"
	if blank(phone) {
		return ""
	}
	canonical, ok := CanonicalPhone(phone)
	if !ok {
		return stars
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(canonical, "+86"), "+")
	switch n := len(digits); {
	case n >= 11:
		return digits[:3] + stars + digits[n-4:]
	case n >= 8:
		return stars + digits[n-4:]
	case n >= 4:
		return stars + digits[n-2:]
	}
	return stars
}

// maskEmail shows the first character and the domain; of what is no address, nothing.
func maskEmail(email string) string {
	if blank(email) {
		return ""
	}
	email, ok := CanonicalEmail(email)
	local, domain, _ := strings.Cut(email, "@")
	local = strings.Map(seen, local)
	switch first, size := utf8.DecodeRuneInString(local); {
	case !ok:
		return "***"
	case size == len(local):
		return "***@" + domain
	default:
		return string(first) + "***@" + domain
	}
}
