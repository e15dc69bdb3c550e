package demo

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// The table must fit a wide terminal, and no product may pass for another.
func TestTableFitsAndNamesEveryProduct(t *testing.T) {
	t.Parallel()
	ref := Reference(shipped(t).Records)
	var out bytes.Buffer
	printGroups(&out, ref, ref)
	var products []string // as they are printed, with their months
	for line := range strings.Lines(out.String()) {
		if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 140 {
			t.Fatalf("a line has %d columns, want 140 at most:\n%s", width, line)
		}
		cells := strings.Split(line, "│")
		if len(cells) < 3 {
			continue
		}
		month, product := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if month == "" && len(products) > 0 {
			products[len(products)-1] += " " + product
		} else {
			products = append(products, month+" "+product)
		}
	}
	var want []string
	for _, g := range groups(ref) {
		want = append(want, g.Month+" "+g.Product)
	}
	if got := products[1 : len(products)-1]; strings.Join(got, "\n") != strings.Join(want, "\n") { // without header and footer
		t.Errorf("the table names\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
