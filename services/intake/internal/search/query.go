package search

import "strings"

// Query is what somebody looks for.
type Query struct {
	// Text is the query without quotation marks.
	Text string
	// Words of it.
	Words []string
	// Phrases are those in quotation marks, which must stand there letter by letter.
	Phrases []string
}

// quotes are the marks that begin a phrase, with those that end it.
var quotes = map[rune]rune{'"': '"', '“': '”', '「': '」', '『': '』'}

// Parse reads a query. A mark that is not closed reaches to the end.
func Parse(text string) Query {
	var q Query
	var plain, phrase strings.Builder
	var end rune
	for _, r := range text {
		closing, opens := quotes[r]
		switch {
		case end != 0 && r == end:
			q.addPhrase(phrase.String())
			phrase.Reset()
			end = 0
			plain.WriteRune(' ')
		case end == 0 && opens:
			end = closing
			plain.WriteRune(' ')
		default:
			plain.WriteRune(r)
			if end != 0 {
				phrase.WriteRune(r)
			}
		}
	}
	q.addPhrase(phrase.String())
	q.Text = strings.TrimSpace(plain.String())
	q.Words = Words(q.Text)
	return q
}

func (q *Query) addPhrase(s string) {
	if squeezed(s) != "" {
		q.Phrases = append(q.Phrases, s)
	}
}

// In reports whether all phrases stand in a text.
func (q Query) In(text string) bool {
	for _, phrase := range q.Phrases {
		if !Contains(text, phrase) {
			return false
		}
	}
	return true
}
