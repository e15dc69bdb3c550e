package procedure

import (
	"cmp"
	"math"
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// ScoreBand is a span of per cents and what it costs.
type ScoreBand struct {
	// Deduct are the points.
	Deduct Decimal

	// low and high are the places where it begins and where the next one can; see justBefore and justAfter.
	low, high edge
}

// edge is a place between or beside the per cents: twice the per cent is just before it, one more just after it.
type edge int64

const everything edge = math.MaxInt64

func justBefore(d Decimal) edge { return edge(2 * d) }
func justAfter(d Decimal) edge  { return edge(2*d + 1) }

// perCent returns the per cent that the place is beside, and whether it is after it.
func (p edge) perCent() (d Decimal, past bool) { return Decimal(p / 2), p%2 == 1 }

// passed reports whether a rate is beyond the place, by whole numbers alone.
func (p edge) passed(numerator, denominator int64) bool {
	if p == everything {
		return false
	}
	d, past := p.perCent()
	c := cmp.Compare(numerator*100*int64(One), int64(d)*denominator)
	return c > 0 || c == 0 && !past
}

func (b ScoreBand) holds(numerator, denominator int64) bool {
	return b.low.passed(numerator, denominator) && !b.high.passed(numerator, denominator)
}

// String returns the band as it is read: "80 to below 95", "above 1.5", "0".
func (b ScoreBand) String() string {
	low, above := b.low.perCent()
	high, upTo := b.high.perCent()
	switch {
	case b.high == justAfter(low) && !above:
		return low.String()
	case b.high == everything && above:
		return "above " + low.String()
	case b.high == everything:
		return low.String() + " or more"
	}
	var words []string
	if above {
		words = append(words, "above")
	}
	words = append(words, low.String(), "to")
	if !upTo {
		words = append(words, "below")
	}
	return strings.Join(append(words, high.String()), " ")
}

// Interval returns the band in the signs of mathematics, for any language: "[80, 95)", "(1.5, ∞)", "[0]".
func (b ScoreBand) Interval() string {
	low, above := b.low.perCent()
	high, upTo := b.high.perCent()
	open, end := "[", high.String()+")"
	if above {
		open = "("
	}
	switch {
	case b.high == justAfter(low) && !above:
		return "[" + low.String() + "]"
	case b.high == everything:
		end = "∞)"
	case upTo:
		end = high.String() + "]"
	}
	return open + low.String() + ", " + end
}

// bands takes over the bands of a row in their order, and reports per cents from 0 to 100 that belong to none or to two.
func (c *compiler) bands(path string, in []*procedurev1.ScoreBand) []ScoreBand {
	var out []ScoreBand
	for _, b := range in {
		if band, ok := c.band(path, b); ok {
			out = append(out, band)
		}
	}
	if len(out) < len(in) {
		return nil // found already
	}
	slices.SortFunc(out, func(a, b ScoreBand) int { return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high)) })
	reached := ScoreBand{high: justBefore(0)}
	for _, b := range out {
		switch gap := (ScoreBand{low: reached.high, high: b.low}); {
		case b.low > reached.high:
			c.found(BandsGap, path, "%s per cent belongs to no band; move a bound or add a band", gap)
		case b.low < reached.high:
			twice := ScoreBand{low: b.low, high: min(b.high, reached.high)}
			c.found(BandsOverlap, path, "%s per cent belongs to two bands, %s and %s; move a bound", twice, reached, b)
		}
		if b.high > reached.high {
			reached = b
		}
	}
	if end := justAfter(100 * One); reached.high < end {
		c.found(BandsGap, path, "%s per cent belongs to no band; leave the upper bound of the last band open", ScoreBand{low: reached.high, high: end})
	}
	return out
}

// band takes over one band.
func (c *compiler) band(path string, in *procedurev1.ScoreBand) (ScoreBand, bool) {
	b := ScoreBand{low: justBefore(0), high: everything, Deduct: c.decimal(path+".deduct", in.GetDeduct())}
	lows, highs := 0, 0
	if in.Equal != nil {
		d := c.decimal(path+".equal", in.GetEqual())
		b.low, b.high = justBefore(d), justAfter(d)
		lows, highs = 1, 1
	}
	if in.From != nil {
		b.low = justBefore(c.decimal(path+".from", in.GetFrom()))
		lows++
	}
	if in.Above != nil {
		b.low = justAfter(c.decimal(path+".above", in.GetAbove()))
		lows++
	}
	if in.To != nil {
		b.high = justAfter(c.decimal(path+".to", in.GetTo()))
		highs++
	}
	if in.Below != nil {
		b.high = justBefore(c.decimal(path+".below", in.GetBelow()))
		highs++
	}
	switch {
	case lows > 1 || highs > 1:
		c.found(ScorecardInvalid, path, "a band has one lower bound (from or above) and one upper bound (to or below), or equal alone")
		return b, false
	case b.low < 0 || b.low >= b.high:
		c.found(ScorecardInvalid, path, "a band holds no per cent from 0 upwards; its bounds are %s and %s", boundWords(b.low), boundWords(b.high))
		return b, false
	}
	return b, true
}

// boundWords returns the number of a bound.
func boundWords(p edge) string {
	d, _ := p.perCent()
	return d.String()
}
