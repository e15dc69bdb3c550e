package procedure

import (
	"fmt"
	"strconv"
	"strings"

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

// maxAmount is the most units of a currency that a charge has, and that a number has from which one is reckoned: up to it a float64 tells
// hundredths apart.
const maxAmount = 1e12

// hundredths returns an amount in hundredths, rounded half up as it is written: 1.005 gives 101. It must be at most maxAmount; what is not above 0 gives 0.
func hundredths(amount float64) int64 {
	if amount <= 0 {
		return 0
	}
	whole, rest, _ := strings.Cut(strconv.FormatFloat(amount, 'f', -1, 64), ".")
	rest += "000"
	n, err := strconv.ParseInt(whole+rest[:2], 10, 64)
	if err != nil {
		return 0 // it is far below the most that fits
	}
	if rest[2] >= '5' {
		n++
	}
	return n
}

// shareOf returns the part of an amount that a share in per cent is, rounded half up.
func shareOf(amount int64, share Decimal) int64 {
	hundred := int64(100 * One)
	q, r := amount/hundred, amount%hundred // so that no product is too large
	return q*int64(share) + (r*int64(share)+hundred/2)/hundred
}

// plain writes a number without exponent, for messages.
func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
