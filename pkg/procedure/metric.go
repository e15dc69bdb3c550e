package procedure

import (
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Metric is a figure over complaints: a count, or a rate with a denominator.
type Metric struct {
	Key  string
	Name Label
	// Basis says in which period a complaint counts.
	Basis MetricBasis
	// GroupBy is what it may be grouped by; empty means anything.
	GroupBy []string

	when        *expression // nil: every complaint
	numerator   *expression
	denominator *expression // nil: a count
	decimals    int
}

// MetricBasis says in which period a complaint counts.
type MetricBasis int

// The bases.
const (
	ByReceipt MetricBasis = MetricBasis(procedurev1.MetricBasis_METRIC_BASIS_UNSPECIFIED)
	ByClosing MetricBasis = MetricBasis(procedurev1.MetricBasis_METRIC_BASIS_CLOSING)
)

// Rate reports whether the metric has a denominator.
func (m *Metric) Rate() bool { return m.denominator != nil }

// PerCent returns a rate in per cent as the procedure shows it: "83" for 5/6. It is "" for a count, and for a rate of no case.
func (m *Metric) PerCent(numerator, denominator int64) string {
	if !m.Rate() {
		return ""
	}
	return PerCent(numerator, denominator, m.decimals)
}

// Value returns what one complaint adds to the numerator and the denominator; a count adds 0 to the latter, and a complaint that the
// figure is not about adds nothing.
func (m *Metric) Value(f MetricFacts) (numerator, denominator int64, err error) {
	if about, err := m.when.holdsFor(f); err != nil || !about {
		return 0, 0, err
	}
	if numerator, err = m.numerator.count(&f); err != nil {
		return 0, 0, err
	}
	if m.denominator != nil {
		denominator, err = m.denominator.count(&f)
	}
	return numerator, denominator, err
}

// Groups reports whether the metric may be grouped by a name.
func (m *Metric) Groups(by string) bool { return len(m.GroupBy) == 0 || slices.Contains(m.GroupBy, by) }
