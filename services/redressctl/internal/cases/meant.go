package cases

import "strings"

// listed is how many names a message lists.
const listed = 12

// list names some of known.
func list(known []string) string {
	if len(known) > listed {
		return strings.Join(known[:listed], ", ") + ", …"
	}
	if len(known) == 0 {
		return "nothing"
	}
	return strings.Join(known, ", ")
}

// meant returns the remedy for a name that is none of known: the nearest one, or what there is.
func meant(name string, known []string) string {
	best, distance := "", 1+len(name)/3 // farther is another word
	for _, k := range known {
		if d := edits(name, k); d <= distance {
			best, distance = k, d-1
		}
	}
	if best != "" {
		return "; did you mean " + best + "?"
	}
	return "; there is " + list(known)
}

// edits returns the number of letters to add, remove or change from a to b (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
