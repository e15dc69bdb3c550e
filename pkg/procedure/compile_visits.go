package procedure

// compileVisits takes over the return visits, and what closes a complaint without one.
func (c *compiler) compileVisits() {
	for _, in := range c.in.GetVisits() {
		path := at("visits", in.GetKey())
		v := &Visit{
			Key: in.GetKey(), Name: label(in.GetName()),
			After: c.trigger(path+".after", in.GetAfter()), when: c.expression(path+".when", in.GetWhen(), wantTruth),
			Assignee:    c.assignee(path+".assignee", in.GetAssignee()),
			MaxAttempts: int(in.GetMaxAttempts()), MaxRounds: int(in.GetMaxRounds()),
			Satisfied: Consequence(in.GetSatisfied()), Dissatisfied: Consequence(in.GetDissatisfied()),
			Unreached: Consequence(in.GetUnreached()), Form: c.form(path+".form", in.GetForm()),
		}
		if v.MaxAttempts == 0 {
			v.MaxAttempts = defaultAttempts
		}
		c.out.Visits = append(c.out.Visits, v)
	}
	unique(c, "visits", c.out.Visits, func(v *Visit) string { return v.Key })
	c.out.Closing = c.triggers("closing.on", c.in.GetClosing().GetOn())
}

// compileMetrics takes over the figures; they see what became of a complaint besides its facts.
func (c *compiler) compileMetrics() {
	for _, in := range c.in.GetMetrics() {
		path := at("metrics", in.GetKey())
		c.out.Metrics = append(c.out.Metrics, &Metric{
			Key: in.GetKey(), Name: label(in.GetName()),
			numerator:   c.compileIn(c.measure, path+".numerator", in.GetNumerator(), wantCount),
			denominator: c.compileIn(c.measure, path+".denominator", in.GetDenominator(), wantCount),
		})
	}
	unique(c, "metrics", c.out.Metrics, func(m *Metric) string { return m.Key })
}
