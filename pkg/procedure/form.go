package procedure

// Form is a named paper of the procedure: a view of what is recorded of a complaint.
type Form struct {
	Key  string
	Name Label
	// Prefix of its numbers.
	Prefix string
	// Opens is what begins one.
	Opens Trigger
	// Stages in the order of the page.
	Stages []FormStage
	// Signers are the steps whose completion is a signature.
	Signers []string
}

// FormStage is one stage of filling in a form.
type FormStage struct {
	Key  string
	Name Label
	// Done is what completes it.
	Done  Trigger
	Items []FormItem
}

// FormItem is one box of a form.
type FormItem struct {
	// Ref is what stands in it as the procedure writes it, for example "answers.handle.cost".
	Ref  string
	Name Label
	// Group is the first part of Ref: received, channel, fields, values, answers, milestones or visits.
	Group string
	// Of is the step or visit of an answer; else "".
	Of string
	// Key is the last part of Ref.
	Key string
	// Field of a fact or an answer; its Kind is 0 for anything else, an answer's outcome among them.
	Field Field
}

// Form returns the form with this key.
func (p *Procedure) Form(key string) (*Form, bool) {
	return find(p.Forms, key, func(f *Form) string { return f.Key })
}

// FormKeys lists the forms, in the order of the pack.
func (p *Procedure) FormKeys() []string {
	keys := make([]string, len(p.Forms))
	for i, f := range p.Forms {
		keys[i] = f.Key
	}
	return keys
}

// StepName returns the name of a step, in whichever flow has it; its key where it has none.
func (p *Procedure) StepName(key string) Label {
	for _, f := range p.Flows {
		if s, ok := f.Step(key); ok && s.Name != (Label{}) {
			return s.Name
		}
	}
	return Label{En: key}
}

// OutcomeName returns the name of an answer or a decision of a step.
func (p *Procedure) OutcomeName(step, outcome string) Label {
	for _, f := range p.Flows {
		s, ok := f.Step(step)
		if !ok {
			continue
		}
		if a, ok := find(s.Answers, outcome, func(a Answer) string { return a.Code }); ok {
			return orKey(a.Name, outcome)
		}
	}
	switch outcome {
	case Approve:
		return Label{"同意", "approved"}
	case Reject:
		return Label{"不同意", "rejected"}
	case Escalate:
		return Label{"上报", "passed up"}
	}
	return Label{En: outcome}
}

// ValueName returns the name of what a rule worked out: of a code of its vocabulary, or of a post.
func (p *Procedure) ValueName(target, value string) Label {
	for _, r := range p.source.GetRules() {
		if r.GetTarget() != target {
			continue
		}
		if combination(r.GetCombine()) == anyCase {
			return FlagName(value == "true")
		}
		if v, ok := p.Vocabulary(r.GetVocabulary()); ok {
			return v.TermName(value)
		}
	}
	if o, ok := p.Post(value); ok {
		return orKey(o.Name, value)
	}
	return Label{En: value}
}

// TermName returns the name of a code, or the code where it has none.
func (v *Vocabulary) TermName(code string) Label {
	t, _ := v.Term(code)
	return orKey(t.Name, code)
}

// FlagName returns yes or no.
func FlagName(yes bool) Label {
	if yes {
		return Label{"是", "yes"}
	}
	return Label{"否", "no"}
}

// orKey returns a name, or the key where there is none.
func orKey(name Label, key string) Label {
	if name == (Label{}) {
		return Label{En: key}
	}
	return name
}
