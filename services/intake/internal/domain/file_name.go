package domain

import (
	"strings"
	"unicode"

	"redress.dev/pkg/fault"
)

// maxNameBytes is how long a file name may be: file systems take 255 bytes.
const maxNameBytes = 200

// CleanFileName returns name as it may be kept and written to a disk: without folders, without characters that do not show or turn the
// direction of writing ("‮gpj.exe"), cut to 200 bytes before its ending. It fails with FIELD_INVALID when nothing is left.
func CleanFileName(name string) (string, error) {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		// Bidi controls, zero-width characters and soft hyphens are of category Cf, line separators of Zl and Zp.
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .\u3000")
	if name == "" {
		return "", fault.New(fault.Invalid, "FIELD_INVALID", "file_name wants a name with at least one character that shows, for example photo.jpg").At("file_name")
	}
	if len(name) > maxNameBytes {
		end := fileEnding(name)
		name = fault.Clip(strings.TrimSuffix(name, end), maxNameBytes-len(end)-len("…")) + end
	}
	return name, nil
}

// MaskFileName shows of a file name what it ends with.
func MaskFileName(name string) string {
	if name == "" {
		return ""
	}
	return hidden + fileEnding(name)
}

// fileEnding returns the ending of a file name: a dot and one to five letters or digits, or nothing.
func fileEnding(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	end := name[i:]
	plain := func(r rune) bool { return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	if len(end) < 2 || len(end) > 6 || strings.ContainsFunc(end[1:], func(r rune) bool { return !plain(r) }) {
		return ""
	}
	return end
}
