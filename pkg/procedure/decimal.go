package procedure

import (
	"math"
	"strconv"
	"strings"
)

// Decimal is an exact number with four decimals: 1 is 0.0001. Points and per cents are reckoned in it, so that nothing drifts.
type Decimal int64

// One is 1 as a Decimal.
const One Decimal = 10_000

// decimalPlaces are the places that a Decimal has.
const decimalPlaces = 4

// DecimalOf returns the decimal that an author wrote as f, and false where it has more than four places or is out of range.
func DecimalOf(f float64) (Decimal, bool) {
	if math.Abs(f) > 1e9 { // beyond it a float64 does not tell four places apart
		return 0, false
	}
	return ParseDecimal(strconv.FormatFloat(f, 'f', -1, 64))
}

// ParseDecimal reads "12", "0.4" or "-1.25", and returns false for anything else, for more than four places, and beyond 15 digits.
func ParseDecimal(s string) (Decimal, bool) {
	whole, rest, dot := strings.Cut(s, ".")
	if strings.Trim(whole, "-") == "" || dot && rest == "" || len(rest) > decimalPlaces || len(whole)+len(rest) > 15 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+rest+strings.Repeat("0", decimalPlaces-len(rest)), 10, 64)
	return Decimal(n), err == nil
}

// String returns d without needless zeros: "0.4", "76".
func (d Decimal) String() string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := strconv.FormatInt(int64(d/One), 10)
	if rest := d % One; rest > 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(int64(rest+One), 10)[1:], "0")
	}
	return sign + s
}

// PerCent returns the rate numerator/denominator in per cent with so many decimals, 0 to 4, rounded half up: PerCent(5, 6, 0) is
// "83". It is "" where the denominator is not above 0. Both must be within about a million million.
func PerCent(numerator, denominator int64, decimals int) string {
	if denominator <= 0 {
		return ""
	}
	scale := int64(math.Pow10(decimals)) // exact: 1 to 10,000
	twice, base := 200*scale*numerator+denominator, 2*denominator
	n := twice / base
	if twice%base < 0 { // half up is downwards to the floor, below 0 too
		n--
	}
	digits := strconv.FormatInt(max(n, -n), 10)
	if decimals > 0 {
		if len(digits) <= decimals {
			digits = strings.Repeat("0", decimals+1-len(digits)) + digits
		}
		digits = digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
	}
	if n < 0 {
		digits = "-" + digits
	}
	return digits
}
