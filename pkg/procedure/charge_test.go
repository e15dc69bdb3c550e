package procedure_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redress.dev/pkg/procedure"
)

// facts are those of the charge in charged.
func facts(cost, people float64, second string) procedure.Facts {
	return procedure.Facts{
		Fields: map[string]procedure.Value{
			"urgent": procedure.Flag(true), "people": procedure.Number(people), "kind": procedure.Code(second),
		},
		Values:  map[string]string{"grade": "high"},
		Answers: map[string]map[string]procedure.Value{"work": {"cost": procedure.Number(cost)}},
	}
}

func wantChargeError(t *testing.T, name string, err error, words string) {
	t.Helper()
	var wrong *procedure.ChargeError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, words) || wrong.Charge != "damage" || len(wrong.Names) == 0 {
		t.Errorf("%s: got %v, want a charge error with %q and what was read", name, err, words)
	}
}

// Whatever the shares, what the parties bear is the amount to the fen where the shares are the whole, and never more.
func TestPartsOfAChargeAddUp(t *testing.T) {
	t.Parallel()
	p, err := build(charged)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := p.Charge("damage")
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(0, 100_000_000_000_000).Draw(t, "fen")
		share := float64(rapid.Int64Range(0, 1_000_000).Draw(t, "share")) / 10_000
		got, err := c.Judge(facts(float64(fen)/100, share, "low"))
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, b := range got.Borne {
			if b.Hundredths <= 0 {
				t.Errorf("%s bears %d", b.Party, b.Hundredths)
			}
			sum += b.Hundredths
		}
		if sum != fen {
			t.Errorf("the parties bear %d of %d at %v per cent", sum, fen, share)
		}
		if i := slices.IndexFunc(got.Borne, func(b procedure.Borne) bool { return b.Party == "high" }); i >= 0 {
			if exact := float64(fen) * share / 100; math.Abs(float64(got.Borne[i].Hundredths)-exact) > 0.5001 {
				t.Errorf("at %v per cent of %d one bears %d", share, fen, got.Borne[i].Hundredths)
			}
		}
	})
}

func TestMoneyIsWrittenWithTwoDecimals(t *testing.T) {
	t.Parallel()
	for hundredths, want := range map[int64]string{0: "0.00 CNY", 5: "0.05 CNY", 35000: "350.00 CNY", -123: "-1.23 CNY"} {
		m := procedure.Money{Currency: "CNY", Hundredths: hundredths}
		if got := m.String(); got != want {
			t.Errorf("%d hundredths are written %q, want %q", hundredths, got, want)
		}
		if back := procedure.MoneyOf(m.Proto()); back != m {
			t.Errorf("%v comes back as %v", m, back)
		}
	}
}
