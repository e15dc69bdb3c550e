package procedure

import (
	"fmt"
	"math"
	"strconv"

	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// Money is an exact amount.
type Money struct {
	// Currency is an ISO 4217 code.
	Currency string
	// Hundredths of the currency's unit; of a yuan: fen.
	Hundredths int64
}

// MoneyOf returns m as a plain value; nothing gives the zero Money.
func MoneyOf(m *typev1.Money) Money { return Money{m.GetCurrency(), m.GetHundredths()} }

// Proto returns m as the contract's message.
func (m Money) Proto() *typev1.Money {
	return &typev1.Money{Currency: m.Currency, Hundredths: m.Hundredths}
}

// String returns the amount with two decimals and the currency: "350.00 CNY".
func (m Money) String() string { return m.Amount() + " " + m.Currency }

// Amount returns the amount with two decimals: "350.00".
func (m Money) Amount() string {
	sign, n := "", m.Hundredths
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// maxAmount is the most units of a currency that a charge has: up to it a float64 tells a millionth apart, and a share of it fits an int64.
const maxAmount = 1e10

// hundredths returns an amount that somebody recorded, or the sum of some, in hundredths; false where it is below 0, above maxAmount or has
// more than two decimals. It never rounds: 12.345 is a slip, and 0.1 + 0.2 is 0.3.
func hundredths(amount float64) (int64, bool) {
	const noise = 2e-6 // what a few additions near maxAmount may be off by
	if !(amount >= 0 && amount <= maxAmount) {
		return 0, false
	}
	n := math.Round(amount * 100)
	return int64(n), math.Abs(amount-n/100) <= noise
}

// plain writes a number without exponent, for messages.
func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
