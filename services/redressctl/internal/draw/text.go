package draw

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// cells is how many half-widths a rune takes: a Chinese character, and what Chinese fonts draw as wide, two.
func cells(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
		return 2
	default:
		return 1
	}
}

// textWidth is the width in px of s at a font size, rounded up. A half-width letter of the fonts asked for is 0.56 em in the mean;
// a little more is reckoned.
func textWidth(s string, size float64) int {
	w := 0.0
	for _, r := range s {
		switch {
		case cells(r) == 2:
			w++
		case unicode.IsUpper(r) || r == 'm' || r == 'w' || r == '%' || r == '=' || r == '&':
			w += 0.74
		case strings.ContainsRune(" .,:;'|!iljtfr()[]", r):
			w += 0.36
		default:
			w += 0.6
		}
	}
	return int(w*size) + 1
}

// wrap breaks s into at most lines lines no wider than limit px, the last one cut short with an ellipsis if need be. Chinese breaks
// anywhere but before closing punctuation, other text between words.
func wrap(s string, size float64, limit, lines int) []string {
	var out []string
	line := ""
	for _, piece := range pieces(s) {
		if line != "" && textWidth(line+strings.TrimRight(piece, " "), size) > limit {
			out = append(out, strings.TrimRight(line, " "))
			line = ""
		}
		if line == "" {
			piece = strings.TrimLeft(piece, " ")
		}
		line += piece
		for textWidth(strings.TrimRight(line, " "), size) > limit { // a word longer than the line
			head, tail := cut(line, size, limit)
			out = append(out, head)
			line = tail
		}
	}
	if line = strings.TrimRight(line, " "); line != "" {
		out = append(out, line)
	}
	if len(out) > lines {
		last := []rune(out[lines-1])
		for len(last) > 0 && textWidth(string(last)+"…", size) > limit {
			last = last[:len(last)-1]
		}
		out = append(out[:lines-1], string(last)+"…")
	}
	return out
}

// pieces splits s where a line may break.
func pieces(s string) []string {
	var out []string
	for _, r := range s {
		n := len(out)
		switch {
		case n == 0:
			out = append(out, string(r))
		case strings.ContainsRune("，。、；：？！）》”’…,.;:?!)", r): // closing punctuation stays with what it closes
			out[n-1] += string(r)
		case cells(r) == 2 || r != ' ' && breaksAfter(out[n-1]):
			out = append(out, string(r))
		default:
			out[n-1] += string(r)
		}
	}
	return out
}

// breaksAfter reports whether a line may break after a piece.
func breaksAfter(piece string) bool {
	last := []rune(piece)[len([]rune(piece))-1]
	return last == ' ' || cells(last) == 2 && !strings.ContainsRune("（《“‘", last)
}

// cut returns as much of s as fits, at least one rune, and the rest.
func cut(s string, size float64, limit int) (head, tail string) {
	runes := []rune(s)
	n := 1
	for n < len(runes) && textWidth(string(runes[:n+1]), size) <= limit {
		n++
	}
	return string(runes[:n]), string(runes[n:])
}
