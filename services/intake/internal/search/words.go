// Package search makes of texts what can be looked for without being read: words, hashed under a key.
//
// Whoever has the hashes and not the key learns which complaints share a word and how often each occurs, and no word. A word that is
// known to stand in one complaint is recognised in the others. That is the price of finding sealed text; INTAKE_SEARCH=fields does
// not pay it.
package search

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/words"
	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// MaxWords is how many different words of one text count: the first ones.
const MaxWords = 256

// maxWordBytes bounds a word: longer ones are cut, as nobody types them.
const maxWordBytes = 64

// Words returns the different words of a text in their order, at most MaxWords: of Chinese, Japanese and Korean every two characters that
// stand together, of other scripts words in lower case, English ones by their stem, without stop words, and numbers. Width and composition
// do not matter ("ＡＢＣ" is "abc"). One Chinese character alone is no word.
func Words(text string) []string {
	var list []string
	seen := map[string]bool{}
	add := func(w string) {
		if len(list) < MaxWords && !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	var last rune // the ideograph just before; 0 for none
	for it := words.FromString(Folded(text)); it.Next() && len(list) < MaxWords; {
		w := it.Value()
		runes := []rune(w)
		if ideographic(runes[0]) {
			for _, r := range runes {
				if !ideographic(r) {
					last = 0
					continue
				}
				if last != 0 {
					add(string([]rune{last, r}))
				}
				last = r
			}
			continue
		}
		last = 0
		if strings.ContainsFunc(w, isWordRune) && !english.IsStopWord(w) {
			add(english.Stem(clip(w), false))
		}
	}
	return list
}

// Folded returns a text as it is compared: composed, full-width forms narrow, in lower case.
func Folded(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

// Contains reports whether a phrase stands in a text as it is, but for case, width and white space.
func Contains(text, phrase string) bool { return strings.Contains(squeezed(text), squeezed(phrase)) }

// squeezed returns a text without white space, folded.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, Folded(text))
}

// ideographic reports whether a character stands in a script that writes no spaces between words.
func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// clip returns at most maxWordBytes of w, cut between characters.
func clip(w string) string {
	if len(w) <= maxWordBytes {
		return w
	}
	return strings.ToValidUTF8(w[:maxWordBytes], "")
}
