package procedure

import "fmt"

// maxEdits is how many letters may differ in what was perhaps meant.
const maxEdits = 2

// nearest returns the word that differs least from one that was written, if any differs by a slip of the pen only.
func nearest(word string, words []string) (string, bool) {
	best, edits := "", maxEdits+1
	for _, w := range words {
		if d := distance(word, w); d < edits && d < len([]rune(word)) {
			best, edits = w, d
		}
	}
	return best, best != ""
}

// meant asks for the nearest word in a message, or says nothing.
func meant(word string, words []string) string {
	if near, ok := nearest(word, words); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// distance counts the letters that have to be put in, left out or changed.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
