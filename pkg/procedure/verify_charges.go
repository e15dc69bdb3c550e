package procedure

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
)

// charges sees that who is liable is a party, that what is to be signed can be, and that what is read has been recorded.
func (v *verifier) charges() {
	for _, ch := range v.charged() {
		path := at("charges", ch.Key)
		var here []placed // where it is judged
		v.judged(ch, func(f *Flow, s *Step) {
			here = append(here, placed{place: v.after(f, s), step: s, after: true})
			for i, l := range ch.liable {
				if l.party != nil && ch.Parties != nil {
					v.party(fmt.Sprintf("%s.liable[%d].party", path, i), ch, l.party, v.after(f, s))
				}
			}
			if ch.SignedBy != "" && !f.closure(s.leads(), (*Step).leads)[ch.SignedBy] && !v.broke(path+".signed_by") {
				v.found(ChargeNeverSigned, path+".signed_by", "after %s, where the charge is judged in the flow %s, no way leads to %s; let a later step sign it", s.Key, f.Key, ch.SignedBy)
			}
		})
		for _, e := range ch.reads() {
			v.readBefore(e, here)
		}
		v.bounded(ch)
	}
}

// readBefore reports an answer that nobody can have given by then, wherever an expression is evaluated.
func (v *verifier) readBefore(e *expression, places []placed) {
	for _, name := range e.names() {
		key, ok := strings.CutPrefix(name, "answers.")
		if key, _, _ = strings.Cut(key, "."); !ok || slices.ContainsFunc(places, func(x placed) bool { return v.recordedBefore(x, key) }) {
			continue
		}
		v.warned(AnswerNeverRecorded, e.path, "%s is never given by then: no way leads from %s to where the charge is judged", name, key)
		return
	}
}

// bounded reports a number from which the amount is reckoned and which may be recorded below 0: then nothing would be borne, and nobody told.
func (v *verifier) bounded(ch *Charge) {
	for _, name := range ch.amount.names() {
		for _, f := range v.asked(name) {
			if f.Kind == KindNumber && f.takes(-1) {
				v.warned(AmountUnbounded, ch.amount.path, "%s may be below 0, and nothing would be borne; give the field min: 0", name)
				return
			}
		}
	}
}

// asked returns the fields that a variable is recorded in.
func (v *verifier) asked(name string) []Field {
	group, key, _ := strings.Cut(name, ".")
	if f, ok := v.out.Field(key); ok && group == "fields" {
		return []Field{f}
	}
	step, field, _ := strings.Cut(key, ".")
	var out []Field
	for _, flow := range slices.Concat(v.out.Flows, v.before) {
		if s, ok := flow.Step(step); ok && group == "answers" {
			if f, ok := find(s.Form, field, func(f Field) string { return f.Key }); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

// charged returns the charges of what is verified: an action's, or the complaint's.
func (v *verifier) charged() []*Charge {
	return slices.DeleteFunc(slices.Clone(v.out.Charges), func(ch *Charge) bool { return ch.Action != v.action })
}

// judged calls do with every step at which a charge is judged.
func (v *verifier) judged(ch *Charge, do func(*Flow, *Step)) {
	for _, f := range v.out.Flows {
		var done []string
		for _, t := range ch.On {
			if t.Kind != WorkCompleted && t.Kind != Milestone {
				continue // a finding of its own
			}
			steps, _ := v.firing(f, t)
			for _, key := range steps {
				if s, ok := f.Step(key); ok && !slices.Contains(done, key) {
					done = append(done, key)
					do(f, s)
				}
			}
		}
	}
}

// party sees that an expression gives a party or nobody, wherever the charge is due.
func (v *verifier) party(path string, ch *Charge, e *expression, where place) {
	if v.broke(path) {
		return
	}
	given := v.results(where, e, ch.when)
	for _, value := range given.values {
		if code := string(value.(types.String)); code != "" && !ch.Parties.Has(code) {
			v.found(CodeUnknown, path, "it can give %q, which the vocabulary %s has not; it is one of %s", code, ch.Parties.Key, ch.Parties.Some())
			return
		}
	}
	if given.open {
		v.warned(PartyUnbounded, path, "it can give any code, and what is no party refuses the work that judges it; give the field the vocabulary %s", ch.Parties.Key)
	}
}
