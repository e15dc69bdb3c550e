package imports

import (
	"strconv"
	"strings"
	"unicode"
)

// maxDigits is how many digits of a number a spreadsheet keeps.
const maxDigits = 15

// loose tells whether a number is written as Excel would not store it: Java writes 1001.0 and 1.00012345E8, and when Excel saves the
// file again they are 1001 and 100012345.
func loose(number string) bool {
	return strings.ContainsAny(number, "eE") || strings.Contains(number, ".") && strings.HasSuffix(number, "0")
}

// plain writes a number without an exponent, and tells whether it has more digits than a spreadsheet keeps. What is no number stays.
func plain(number string) (decimal string, long bool) {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number, false
	}
	decimal = strconv.FormatFloat(n, 'f', -1, 64)
	digits := 0
	for _, r := range strings.TrimLeft(decimal, "-0.") {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return decimal, digits > maxDigits
}

// cellSet are cells of a sheet, in pages of one column and 4096 rows.
type cellSet map[[2]int]*[64]uint64

func (s cellSet) add(row, column int) {
	at := [2]int{column, row >> 12}
	if s[at] == nil {
		s[at] = new([64]uint64)
	}
	s[at][row>>6&63] |= 1 << (row & 63)
}

func (s cellSet) has(row, column int) bool {
	page := s[[2]int{column, row >> 12}]
	return page != nil && page[row>>6&63]&(1<<(row&63)) != 0
}
