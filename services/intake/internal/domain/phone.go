package domain

import (
	"strings"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Digits that a telephone number may have: at least without its extension, at most with it.
const (
	minPhoneDigits = 5
	maxPhoneDigits = 20
)

// CanonicalPhone returns s in the form under which one line is always found: "+", country and number, digits only, for example
// "+8613812345678". Numbers that could be Chinese mobile or trunk numbers get +86; service numbers ("95555") stay as they are.
//
// s may be spelled in any usual way: full-width digits, spaces, hyphens, dots, slashes, brackets, "+86" or "0086", and an
// extension after 转, 分机, ext, x or #, which is left out of the result. It returns false for what is no number of 5 to 20 digits.
func CanonicalPhone(s string) (string, bool) {
	line, extension := cutExtension(strings.ToLower(strings.Map(narrow, strings.TrimSpace(s))))
	extension, ok := digits(extension)
	if !ok {
		return "", false
	}
	line = strings.TrimLeft(line, "( ")
	abroad := strings.HasPrefix(line, "+")
	line, ok = digits(strings.TrimPrefix(line, "+"))
	if !ok || len(line) < minPhoneDigits || len(line)+len(extension) > maxPhoneDigits {
		return "", false
	}
	return canonical(line, abroad), true
}

// canonical puts the country before a line's digits.
func canonical(line string, abroad bool) string {
	switch {
	case abroad:
		return "+" + line
	case strings.HasPrefix(line, "00") && len(line) > 9:
		return "+" + line[2:]
	case len(line) == 11 && line[0] == '1' && line[1] >= '3': // a mobile number
		return "+86" + line
	case len(line) == 13 && strings.HasPrefix(line, "861") && line[3] >= '3': // the same, with the country but no "+"
		return "+" + line
	case line[0] == '0' && len(line) >= 10 && len(line) <= 12: // a trunk number with its area code
		return "+86" + line[1:]
	}
	return line
}

// narrow maps full-width forms to the ASCII characters that they stand for.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	case r == '—' || r == '–' || r == '‐' || r == '‑' || r == '−':
		return '-'
	}
	return r
}

// cutExtension separates a line from what is dialled after it.
func cutExtension(s string) (line, extension string) {
	for _, mark := range []string{"转", "轉", "分机", "ext.", "ext", "x", "#"} {
		if line, extension, ok := strings.Cut(s, mark); ok {
			return line, extension
		}
	}
	return s, ""
}

// digits returns s without separators, and false when anything but digits is left.
func digits(s string) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" -()./·", r):
			return "", false
		}
	}
	return b.String(), true
}

// contacts checks telephone numbers and e-mail addresses, the complainant's and those among the personal fields.
func (p *problems) contacts(proc *procedure.Procedure, d Draft) {
	p.contact("draft.complainant.phone", procedure.KindPhone, d.Personal.Phone)
	p.contact("draft.complainant.email", procedure.KindEmail, d.Personal.Email)
	for _, f := range proc.Fields {
		if value, ok := d.Personal.Fields[f.Key]; ok {
			p.contact("draft.personal_fields."+f.Key, f.Kind, value)
		}
	}
}

// contact checks one value; blank is none. The fault does not repeat it: it is personal.
func (p *problems) contact(path string, kind procedure.Kind, value string) {
	if blank(value) {
		return
	}
	if _, ok := CanonicalPhone(value); kind == procedure.KindPhone && !ok {
		p.add(fault.New(fault.Invalid, "CONTACT_INVALID", "%s is no telephone number: it wants %d to %d digits, for example +86 138 1234 5678",
			path, minPhoneDigits, maxPhoneDigits).At(path))
	}
	if _, ok := CanonicalEmail(value); kind == procedure.KindEmail && !ok {
		p.add(fault.New(fault.Invalid, "CONTACT_INVALID", "%s is no e-mail address; it wants the form name@example.com", path).At(path))
	}
}
