package procedure

// visits reports visits that never become due, and outcomes after which a complaint stays open for ever.
func (v *verifier) visits() {
	for n, p := range v.out.Visits {
		path := at("visits", p.Key)
		if !v.everDue(n, p) {
			v.found(VisitNever, path+".after", "nothing makes the visit due; name what really happens in a flow")
		}
		followed := anyHappens(v.out.Closing, Occurrence{Kind: VisitRecorded, Key: p.Key})
		for _, other := range v.out.Visits {
			followed = followed || other.After.happens(Occurrence{Kind: VisitRecorded, Key: p.Key})
		}
		if followed || p.After.Kind == Closed || v.closesAnyhow(p) {
			continue
		}
		for _, o := range []struct {
			outcome string
			then    Consequence
		}{{"dissatisfied", p.Dissatisfied}, {"unreached", p.Unreached}} {
			if o.then == Nothing {
				v.warned(VisitLeavesOpen, path+"."+o.outcome, "where the complainant is %s the complaint stays open and nothing more comes; "+
					"let it close or reopen, or name visit_recorded: %s where something is to follow", o.outcome, p.Key)
			}
		}
	}
}

// everDue reports whether a visit becomes due in some flow.
func (v *verifier) everDue(n int, p *Visit) bool {
	if len(v.walks) < len(v.out.Flows) {
		return true // not every flow could be followed
	}
	for _, w := range v.walks {
		if _, anytime := v.firing(w.flow, p.After); w.wide || anytime && p.After.Kind == Contact {
			return true
		}
		for _, s := range w.states {
			if s.due.has(n) {
				return true
			}
		}
	}
	return false
}

// closesAnyhow reports whether what makes the visit due closes the complaint as well.
func (v *verifier) closesAnyhow(p *Visit) bool {
	return anyHappens(v.out.Closing, Occurrence{Kind: p.After.Kind, Key: p.After.Key})
}
