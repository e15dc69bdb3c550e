package procedure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// defaultDigits are the digits of a number's sequence where the pack does not say; minDigits is the least.
const (
	defaultDigits = 6
	minDigits     = 3
)

// numbers compiles how the numbers for people are formed.
func (c *compiler) numbers() {
	in := c.in.GetNumbering()
	zone, err := time.LoadLocation(in.GetZone())
	if err != nil || in.GetZone() == "Local" {
		c.found(NumberingInvalid, "numbering.zone", "%q is no IANA zone; write for example Asia/Shanghai", in.GetZone())
	}
	digits := int(in.GetDigits())
	if digits == 0 {
		digits = defaultDigits
	}
	if digits < minDigits {
		c.found(NumberingInvalid, "numbering.digits", "a sequence has %d to 9 digits", minDigits)
	}
	c.out.numbering = numbering{in.GetPrefix(), digits, zone}
}

// compileVocabularies takes over the code lists; fields and rules name them.
func (c *compiler) compileVocabularies() {
	for _, in := range c.in.GetVocabularies() {
		v := &Vocabulary{Key: in.GetKey(), Name: label(in.GetName()), byCode: map[string]int{}}
		for i, t := range in.GetTerms() {
			if v.Has(t.GetCode()) {
				c.found(KeyTaken, at(at("vocabularies", v.Key)+".terms", t.GetCode()), "the code is taken; give it another")
			}
			v.byCode[t.GetCode()] = i
			v.Terms = append(v.Terms, Term{t.GetCode(), label(t.GetName()), t.GetParent(), int(t.GetRank())})
		}
		c.checkTree(v)
		c.out.Vocabularies = append(c.out.Vocabularies, v)
	}
	unique(c, "vocabularies", c.out.Vocabularies, func(v *Vocabulary) string { return v.Key })
}

// checkTree sees that every term's parents lead to the top.
func (c *compiler) checkTree(v *Vocabulary) {
	for _, t := range v.Terms {
		path := at(at("vocabularies", v.Key)+".terms", t.Code) + ".parent"
		parent := t.Parent
		for steps := 0; parent != ""; steps++ {
			above, ok := v.Term(parent)
			if !ok {
				c.found(TermParent, path, "there is no term %q", parent)
				break
			}
			if steps > len(v.Terms) {
				c.found(TermParent, path, "the term is its own parent by way of others")
				break
			}
			parent = above.Parent
		}
	}
}

// fields compiles the fields of a complaint or of a form. A form asks for coded and measured facts only: what work records goes
// into events.
func (c *compiler) fields(path string, in []*procedurev1.Field, form bool) []Field {
	var out []Field
	conditional := map[string]bool{}
	for _, p := range in {
		conditional[p.GetKey()] = p.GetRequiredWhen() != ""
		f := Field{
			Key: p.GetKey(), Name: label(p.GetName()), Kind: Kind(p.GetKind()), Required: p.GetRequired(),
			Alternatives: p.GetAlternatives(), Clause: p.GetClause(), Min: p.Min, Max: p.Max,
		}
		here := at(path, f.Key)
		c.checkLimits(here, f)
		switch {
		case p.GetVocabulary() == "":
		case f.Kind != KindCode:
			c.found(FieldInvalid, here+".vocabulary", "only a field of kind FIELD_KIND_CODE has a vocabulary")
		default:
			f.vocabulary = c.vocabulary(here+".vocabulary", p.GetVocabulary())
		}
		if form && f.Kind.Personal() {
			c.found(FieldInvalid, here+".kind", "work records coded and measured facts only; free text and personal data belong to intake")
		}
		if form && f.Key == Outcome {
			c.found(FieldInvalid, here, "the key %q is taken by the answer or decision itself", Outcome)
		}
		out = append(out, f)
	}
	unique(c, path, out, func(f Field) string { return f.Key })
	for _, f := range out {
		for _, a := range f.Alternatives {
			if _, ok := find(out, a, func(f Field) string { return f.Key }); !ok || !f.Required && !conditional[f.Key] {
				c.found(FieldInvalid, at(path, f.Key)+".alternatives", "%q is no other field, or the field itself is not required", a)
			}
		}
	}
	return out
}

// checkLimits sees that the limits of a number leave one.
func (c *compiler) checkLimits(path string, f Field) {
	switch {
	case f.Min == nil && f.Max == nil:
	case f.Kind != KindNumber:
		c.found(FieldInvalid, path, "only a field of kind FIELD_KIND_NUMBER has min and max")
	case f.Min != nil && f.Max != nil && *f.Min > *f.Max:
		c.found(FieldInvalid, path+".min", "it is greater than max, so that no number is taken")
	}
}

// form compiles what work or a visit records.
func (c *compiler) form(path string, in []*procedurev1.Field) []Field {
	out := c.fields(path, in, true)
	c.requirements(path, c.decide, in, out)
	return out
}

// requirements compiles where the fields are required, which rests on the facts that expressions see.
func (c *compiler) requirements(path string, env *cel.Env, in []*procedurev1.Field, out []Field) {
	for i, p := range in {
		here := at(path, p.GetKey()) + ".required_when"
		if p.GetRequired() && p.GetRequiredWhen() != "" {
			c.found(FieldInvalid, here, "the field is required always; leave out required, or this")
		}
		out[i].requiredWhen = c.compileIn(env, here, p.GetRequiredWhen(), wantTruth)
	}
}

// vocabulary returns a vocabulary that something names.
func (c *compiler) vocabulary(path, key string) *Vocabulary {
	v, ok := c.out.Vocabulary(key)
	if !ok {
		c.found(VocabularyUnknown, path, "there is no vocabulary %q; there are %s", key, c.vocabularyKeys())
	}
	return v
}

// vocabularyKeys lists the vocabularies for a message.
func (c *compiler) vocabularyKeys() string {
	var keys []string
	for _, v := range c.out.Vocabularies {
		keys = append(keys, v.Key)
	}
	if len(keys) == 0 {
		return "none"
	}
	slices.Sort(keys)
	return fmt.Sprint(strings.Join(keys, ", "))
}

// hasUnknown looks for fields that this build does not know, at any depth.
func hasUnknown(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 {
		return true
	}
	found := false
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				found = found || hasUnknown(v.List().Get(i).Message())
			}
		default:
			found = hasUnknown(v.Message())
		}
		return !found
	})
	return found
}
