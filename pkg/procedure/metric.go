package procedure

// Metric is a figure over complaints: a count, or a rate with a denominator.
type Metric struct {
	Key  string
	Name Label

	numerator   *expression
	denominator *expression // nil: a count
}

// Rate reports whether the metric has a denominator.
func (m *Metric) Rate() bool { return m.denominator != nil }

// Value returns what one complaint adds to the numerator and the denominator; a count adds 0 to the latter.
func (m *Metric) Value(f MetricFacts) (numerator, denominator int64, err error) {
	if numerator, err = m.numerator.count(&f); err != nil {
		return 0, 0, err
	}
	if m.denominator != nil {
		denominator, err = m.denominator.count(&f)
	}
	return numerator, denominator, err
}
