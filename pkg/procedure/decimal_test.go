package procedure_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"redress.dev/pkg/procedure"
)

// TestPerCent has the printed examples of S1-54 and S1-55: 5/6 = 83 % and 4/5 = 80 %.
func TestPerCent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		numerator, denominator int64
		decimals               int
		want                   string
	}{
		{5, 6, 0, "83"},
		{4, 5, 0, "80"},
		{5, 6, 2, "83.33"},
		{2, 3, 0, "67"},
		{1, 8, 0, "13"}, // 12.5 rounds up
		{1, 200, 0, "1"},
		{1, 201, 0, "0"},
		{1, 2000, 1, "0.1"},
		{1, 300, 2, "0.33"},
		{0, 6, 0, "0"},
		{6, 6, 1, "100.0"},
		{-1, 200, 0, "0"}, // -0.5 rounds up
		{-2, 3, 0, "-67"},
		{5, 0, 0, ""},
	}
	for _, tt := range tests {
		if got := procedure.PerCent(tt.numerator, tt.denominator, tt.decimals); got != tt.want {
			t.Errorf("PerCent(%d, %d, %d) = %q, want %q", tt.numerator, tt.denominator, tt.decimals, got, tt.want)
		}
	}
}

// TestPerCentIsNearest compares with rational arithmetic: what is shown is at most half a unit of the last place away.
func TestPerCentIsNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1e12).Draw(t, "numerator")
		d := rapid.Int64Range(1, 1e12).Draw(t, "denominator")
		places := rapid.IntRange(0, 4).Draw(t, "decimals")
		shown, ok := new(big.Rat).SetString(procedure.PerCent(n, d, places))
		if !ok {
			t.Fatalf("PerCent(%d, %d, %d) is no number", n, d, places)
		}
		off := new(big.Rat).Sub(shown, new(big.Rat).Mul(big.NewRat(n, d), big.NewRat(100, 1)))
		half := new(big.Rat).SetFrac64(1, 2)
		for range places {
			half.Quo(half, big.NewRat(10, 1))
		}
		if off.Cmp(half) > 0 || off.Cmp(new(big.Rat).Neg(half)) <= 0 {
			t.Fatalf("PerCent(%d, %d, %d) = %v is off by %v", n, d, places, shown, off)
		}
	})
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want procedure.Decimal
		ok   bool
	}{
		{"76", 76 * procedure.One, true},
		{"0.4", 4_000, true},
		{"1.25", 12_500, true},
		{"-2", -2 * procedure.One, true},
		{"0.0001", 1, true},
		{"0.00001", 0, false},
		{"1e3", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{"1.", 0, false},
		{".5", 0, false},
	}
	for _, tt := range tests {
		got, ok := procedure.ParseDecimal(tt.in)
		if ok != tt.ok || ok && (got != tt.want || got.String() != tt.in) {
			t.Errorf("ParseDecimal(%q) = %v (%d), %v; want %d, %v", tt.in, got, got, ok, tt.want, tt.ok)
		}
	}
	tenth := 0.1
	if d, ok := procedure.DecimalOf(tenth + 0.2); ok {
		t.Errorf("a number with seventeen places became %v", d)
	}
	if d, ok := procedure.DecimalOf(0.4); !ok || d != 4_000 {
		t.Errorf("0.4 became %d, %v", d, ok)
	}
}
