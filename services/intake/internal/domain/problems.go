package domain

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

const (
	// maxViolations and maxDetailBytes bound what one answer lists: it travels in headers, of which some clients take 8 KiB.
	maxViolations  = 10
	maxDetailBytes = 300
	// maxKeyBytes is how much of a caller's key an answer repeats.
	maxKeyBytes = 63
)

// problems gathers what is wrong with a draft.
type problems []*fault.Error

// add takes err in.
func (p *problems) add(err error) {
	var f *fault.Error
	if !errors.As(err, &f) { // never so far: nothing that is wrong may get lost
		f = fault.New(fault.Invalid, "FIELD_INVALID", "%v", err)
	}
	clipped := *f
	clipped.Detail = fault.Clip(f.Detail, maxDetailBytes)
	*p = append(*p, &clipped)
}

// fault returns one fault for all problems, or nil when there are none.
func (p problems) fault() error {
	if len(p) == 0 {
		return nil
	}
	first := *p[0]
	for _, f := range p[:min(len(p), maxViolations)] {
		first.Violations = append(first.Violations, fault.Violation{Field: f.Meta["field"], Detail: f.Detail})
	}
	if n := len(p); n > 1 {
		first.Detail += fmt.Sprintf(" (1 of %d faults)", n)
	}
	return &first
}

func flowUnknown(p *procedure.Procedure, key string) error {
	keys := make([]string, len(p.Flows))
	for i, f := range p.Flows {
		keys[i] = f.Key
	}
	known := strings.Join(keys, ", ")
	if key == "" {
		return fault.New(fault.Invalid, "FLOW_UNKNOWN", "procedure %s has several flows; name one of %s", p.Code, known).
			At("draft.flow").With("known", known)
	}
	return fault.New(fault.Invalid, "FLOW_UNKNOWN", "procedure %s has no flow %q; it has %s", p.Code, short(key), known).
		At("draft.flow").With("known", known)
}

// tokens checks the codes that have a place of their own.
func (p *problems) tokens(proc *procedure.Procedure, d Draft) {
	p.token(proc, "draft.channel", "channel", d.Channel)
	if d.ComplainantKind != "" {
		p.token(proc, "draft.complainant.kind", "customer_kind", d.ComplainantKind)
	}
	if !printable(d.Personal.Reference) {
		p.add(fault.New(fault.Invalid, "FIELD_INVALID", "customer_reference holds control characters").At("draft.complainant.customer_reference"))
	}
	if !printable(d.ExternalReference) {
		p.add(fault.New(fault.Invalid, "FIELD_INVALID", "external_reference holds control characters").At("draft.external_reference"))
	}
}

// token checks a code against the vocabulary, or, where the procedure has none, for being a token at all.
func (p *problems) token(proc *procedure.Procedure, path, vocabulary, code string) {
	v, ok := proc.Vocabulary(vocabulary)
	switch {
	case ok && !v.Has(code):
		p.add(fault.New(fault.Invalid, "FIELD_INVALID", "%s %q is no code of the procedure's vocabulary %s; it has %s", path, short(code), vocabulary, v.Some()).At(path))
	case blank(code) || !printable(code):
		p.add(fault.New(fault.Invalid, "FIELD_INVALID", "%s wants a short token without control characters", path).At(path))
	}
}

// facts checks the coded facts and the keys of the personal ones, in the order of their keys.
func (p *problems) facts(proc *procedure.Procedure, d Draft) {
	for _, key := range slices.Sorted(maps.Keys(d.Fields)) {
		f, ok := proc.Field(key)
		if !ok {
			p.add(unknown("draft.fields.", key, proc))
			continue
		}
		if err := f.Check(d.Fields[key]); err != nil {
			p.add(rooted(err))
		} else if !printable(d.Fields[key].Code) {
			p.add(fault.New(fault.Invalid, "FIELD_INVALID", "fields.%s holds control characters", key).At("draft.fields." + key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.Personal.Fields)) {
		f, ok := proc.Field(key)
		own := ownPlaces[key]
		path := "draft.personal_fields." + key
		switch {
		case !ok:
			p.add(unknown("draft.personal_fields.", key, proc))
		case !f.Kind.Personal():
			p.add(fault.New(fault.Invalid, "FIELD_INVALID", "%s is of kind %v: it goes among the fields", path, f.Kind).At(path))
		case own != "":
			p.add(fault.New(fault.Invalid, "FIELD_INVALID", "%s is given as %s", path, own).At(path))
		}
	}
}

// missing reports the required fields that are not there.
func (p *problems) missing(proc *procedure.Procedure, flow string, d Draft) {
	facts := procedure.Facts{Channel: d.Channel, Flow: flow, Fields: d.Fields, Round: 1, Received: d.ReceiveTime}
	for _, f := range procedure.Missing(proc.Fields, facts, d.has) {
		p.add(f.Lacking(pathOf(f)))
	}
}

func unknown(place, key string, proc *procedure.Procedure) error {
	return fault.New(fault.Invalid, "FIELD_UNKNOWN", "procedure %s has no field %q", proc.Code, short(key)).At(place + short(key))
}

// rooted names the field of a fault from the request's root.
func rooted(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.At("draft." + f.Meta["field"])
	}
	return err
}

// short returns as much of a caller's token as an answer repeats.
func short(s string) string { return fault.Clip(s, maxKeyBytes) }

// printable reports whether s has no control characters: Postgres keeps no NUL, and a line break in a code is a mistake.
func printable(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }
