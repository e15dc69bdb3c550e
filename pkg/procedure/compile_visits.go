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
