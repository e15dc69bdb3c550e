package procedure

import (
	"slices"

	"cel.dev/cel-go/common/types"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// metrics reports rates whose denominator is always 0.
func (v *verifier) metrics() {
	for _, m := range v.out.Metrics {
		if m.denominator == nil {
			continue
		}
		t, ok := v.try(place{}, m.denominator)
		if !ok {
			continue
		}
		zero := true
		t.each(func(s scene) bool {
			out, _, err := m.denominator.program.Eval(s)
			zero = err == nil && (out == types.False || out == types.Int(0))
			return zero
		})
		if zero {
			v.found(RateWithoutBase, at("metrics", m.Key)+".denominator", "it is always 0, and so there is never a rate; leave it out to count, or name what the share is of")
		}
	}
}

// heads reports posts whose heads lead back to themselves: where both are vacant nobody can fill either.
func (v *verifier) heads() {
	for _, p := range v.out.Posts {
		for head, steps := p.Head, 0; head != "" && steps <= len(v.out.Posts); steps++ {
			if head == p.Key && steps > 0 {
				v.found(HeadInvalid, at("posts", p.Key)+".head", "by way of others the post decides who sits in its own head; let the chain end")
				break
			}
			above, _ := v.out.Post(head)
			head = above.Head
		}
	}
}

// unused reports what is written and used by nothing.
func (v *verifier) unused() {
	if slices.ContainsFunc(v.findings, func(f Finding) bool { return f.Code == ExpressionInvalid }) {
		return // what it was meant to use is not known
	}
	v.unusedPosts()
	named := map[string]bool{"channel": true, "category": true, "customer_kind": true} // these mean something to every service
	note := func(fields []*procedurev1.Field) {
		for _, f := range fields {
			named[f.GetVocabulary()] = true
		}
	}
	note(v.in.GetFields())
	stepsOf(v.in, func(_ string, steps []*procedurev1.Step) {
		for _, s := range steps {
			note(s.GetTask().GetForm())
			note(s.GetQuestion().GetForm())
		}
	})
	for _, p := range v.in.GetVisits() {
		note(p.GetForm())
	}
	for _, r := range v.in.GetRules() {
		named[r.GetVocabulary()] = true
	}
	for _, ch := range v.in.GetCharges() {
		named[ch.GetParties()] = true
	}
	for _, o := range v.out.Vocabularies {
		if !named[o.Key] {
			v.warned(VocabularyUnused, at("vocabularies", o.Key), "no field, rule or charge has this vocabulary; name it there, or leave it out")
		}
	}
	for _, o := range v.in.GetCalendars() {
		if !slices.ContainsFunc(v.out.Clocks, func(k *Clock) bool { return k.Calendar == o.GetKey() }) &&
			v.in.GetDirectory().GetRenewal().GetCalendar() != o.GetKey() {
			v.warned(CalendarUnused, at("calendars", o.GetKey()), "no clock counts in this calendar; name it there, or leave it out")
		}
	}
	v.unusedFields()
}

// unusedFields reports flags, times and numbers that no expression reads and no requirement asks for. Codes are what reports group by.
func (v *verifier) unusedFields() {
	read := map[string]bool{}
	for _, of := range append([]*verifier{v}, v.subs...) {
		for _, x := range of.expressions() {
			for _, name := range x.e.names() {
				read[name] = true
			}
		}
	}
	for _, form := range v.out.Forms {
		for _, s := range form.Stages {
			for _, item := range s.Items {
				read[item.Ref] = true
			}
		}
	}
	for _, f := range v.out.Fields {
		if f.Clause == "" && !f.Required && !f.Kind.Personal() && f.Kind != KindCode && !read["fields."+f.Key] {
			v.warned(FieldUnused, at("fields", f.Key), "no expression reads it and no requirement asks for it; name its clause, or leave it out")
		}
	}
}

// reporters marks the posts that enter scores, and those that make, release or get reports.
func (v *verifier) reporters() {
	for _, s := range v.out.Scorecards {
		for _, post := range s.enterers() {
			v.busy[post] = true
		}
	}
	for _, r := range v.out.Reports {
		for _, post := range r.posts() {
			v.busy[post] = true
		}
	}
}

// unusedPosts reports posts that no work and no notice is for; posts has seen who gets what.
func (v *verifier) unusedPosts() {
	if slices.ContainsFunc(v.findings, func(f Finding) bool { return f.Code == PostMissing || f.Code == PostUnknown }) {
		return // that may be the reason
	}
	v.busy[v.out.Directory.Keeper] = true
	for _, p := range v.out.Posts {
		v.busy[p.Head] = true
	}
	v.reporters()
	for _, p := range v.out.Posts {
		if !v.busy[p.Key] {
			v.warned(PostUnused, at("posts", p.Key), "no work is given to this post and it is told nothing; name it where it acts, or leave it out")
		}
	}
}
