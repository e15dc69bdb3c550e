package domain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Amendment is one correction of what was registered.
type Amendment struct {
	// ID is a UUIDv7.
	ID string
	// Version is the complaint's after it.
	Version int64
	Actor   string
	Time    time.Time
	// Reason is a short token, or empty.
	Reason string
	// Parts are by path, each once.
	Parts []Part
}

// Part is one value that was amended, as text; empty for nothing.
type Part struct {
	Path   string `json:"p"`
	Before string `json:"b,omitempty"`
	After  string `json:"a,omitempty"`
}

// Amend returns c and what is personal about it as change has them at the paths, what that changed, and the event that says so. p is the
// edition that c runs by. Where nothing is different there are no parts and no event, and c keeps its version.
//
// It fails with VERSION_CONFLICT when expected is neither 0 nor c's version, with COMPLAINT_NOT_OPEN, with MASK_INVALID for a path that
// cannot be amended, and as Register does for what p does not take. What was wrong before is not the amendment's business.
func Amend(p *procedure.Procedure, c Complaint, who Personal, change Draft, paths []string, reason string, expected int64) (Complaint, Personal, []Part, Event, error) {
	if err := c.checkVersion(expected); err != nil {
		return c, who, nil, nil, err
	}
	if c.State != Open {
		return c, who, nil, nil, fault.New(fault.Precondition, "COMPLAINT_NOT_OPEN", "the complaint is closed or withdrawn; only an open one can be amended").
			With("complaint_id", c.ID)
	}
	before := c.draft(who)
	after := before.clone()
	if err := after.take(change, paths); err != nil {
		return c, who, nil, nil, err
	}
	parts := difference(before, after)
	if len(parts) == 0 {
		return c, who, nil, nil, nil
	}
	if err := newProblems(p, before, after); err != nil {
		return c, who, nil, nil, err
	}
	c.Channel, c.ComplainantKind, c.Fields, c.ExternalReference = after.Channel, after.ComplainantKind, after.Fields, after.ExternalReference
	told := make([]string, len(parts))
	for i, part := range parts {
		told[i] = part.Path
	}
	return c.changed().published(), after.Personal, parts, ComplaintAmended{c.Channel, c.ComplainantKind, c.Fields, told, reason}, nil
}

// draft returns c as it would be registered now.
func (c Complaint) draft(who Personal) Draft {
	return Draft{
		Procedure: c.Edition.Procedure, Flow: c.Flow, Channel: c.Channel, ReceiveTime: c.ReceiveTime, CountTime: c.CountTime,
		ComplainantKind: c.ComplainantKind, Fields: c.Fields, Personal: who, ExternalReference: c.ExternalReference,
	}
}

// clone returns d with maps of its own.
func (d Draft) clone() Draft {
	d.Fields, d.Personal.Fields = maps.Clone(d.Fields), maps.Clone(d.Personal.Fields)
	return d
}

const (
	fieldsPath   = "fields."
	personalPath = "personal_fields."
	partyPath    = "complainant"
)

// texts returns where d keeps what has a path of its own.
func (d *Draft) texts() map[string]*string {
	return map[string]*string{
		"channel": &d.Channel, "content": &d.Personal.Content, "external_reference": &d.ExternalReference, "complainant.kind": &d.ComplainantKind,
		"complainant.name": &d.Personal.Name, "complainant.phone": &d.Personal.Phone, "complainant.email": &d.Personal.Email,
		"complainant.address": &d.Personal.Address,
	}
}

// PersonalPath reports whether what stands at a path is personal.
func PersonalPath(path string) bool {
	return path == "content" || strings.HasPrefix(path, personalPath) || strings.HasPrefix(path, partyPath) && path != "complainant.kind"
}

// Populated returns the paths of everything that d holds, in order: what an amendment without a mask is about.
func (d Draft) Populated() []string {
	var paths []string
	for _, part := range difference(Draft{}, d) {
		paths = append(paths, part.Path)
	}
	return paths
}

// take sets d to what from has at the paths.
func (d *Draft) take(from Draft, paths []string) error {
	to, given := d.texts(), from.texts()
	for _, path := range paths {
		key, coded := strings.CutPrefix(path, fieldsPath)
		personal, further := strings.CutPrefix(path, personalPath)
		switch place, own := to[path]; {
		case own:
			*place = *given[path]
		case path == partyPath:
			for at, place := range to {
				if strings.HasPrefix(at, partyPath+".") {
					*place = *given[at]
				}
			}
		case coded && key != "":
			d.Fields = put(d.Fields, from.Fields, key)
		case further && personal != "":
			d.Personal.Fields = put(d.Personal.Fields, from.Personal.Fields, personal)
		default:
			return maskInvalid(path)
		}
	}
	if len(paths) == 0 {
		return maskInvalid("")
	}
	return nil
}

// put sets key of to as it is in from: gone where from has none.
func put[V any](to, from map[string]V, key string) map[string]V {
	v, ok := from[key]
	if !ok {
		delete(to, key)
		return to
	}
	if to == nil {
		to = map[string]V{}
	}
	to[key] = v
	return to
}

func maskInvalid(path string) error {
	const takes = "update_mask takes channel, content, external_reference, complainant, complainant.kind, .name, .phone, .email, .address, fields.KEY and personal_fields.KEY"
	if path == "" {
		return fault.New(fault.Invalid, "MASK_INVALID", "nothing is to be amended: neither draft nor update_mask names anything; %s", takes).At("update_mask")
	}
	return fault.New(fault.Invalid, "MASK_INVALID", "%q cannot be amended; %s", short(path), takes).At("update_mask").With("path", short(path))
}

// difference returns what differs between two drafts, by path.
func difference(before, after Draft) []Part {
	var parts []Part
	add := func(path, was, is string) {
		if was != is {
			parts = append(parts, Part{path, was, is})
		}
	}
	was, is := before.texts(), after.texts()
	for path := range was {
		add(path, *was[path], *is[path])
	}
	for key := range union(before.Fields, after.Fields) {
		add(fieldsPath+key, textOf(before.Fields[key]), textOf(after.Fields[key]))
	}
	for key := range union(before.Personal.Fields, after.Personal.Fields) {
		add(personalPath+key, before.Personal.Fields[key], after.Personal.Fields[key])
	}
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Path, b.Path) })
	return parts
}

func union[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return all
}

// textOf returns a fact as text; "" for none.
func textOf(v procedure.Value) string {
	switch v.Kind {
	case procedure.KindCode:
		return v.Code
	case procedure.KindNumber:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case procedure.KindFlag:
		return strconv.FormatBool(v.Flag)
	case procedure.KindTime:
		return v.Time.Format(time.RFC3339Nano)
	default:
		return ""
	}
}

// newProblems returns the fault of what is wrong with after and was not with before.
func newProblems(p *procedure.Procedure, before, after Draft) error {
	known := map[string]bool{}
	for _, f := range problemsOf(p, before) {
		known[fmt.Sprint(f.Meta["field"], f.Detail)] = true
	}
	var found problems
	for _, f := range problemsOf(p, after) {
		if !known[fmt.Sprint(f.Meta["field"], f.Detail)] {
			found = append(found, f)
		}
	}
	return found.fault()
}

// problemsOf returns what is wrong with a draft, but for its times and its flow, which are not amended.
func problemsOf(p *procedure.Procedure, d Draft) problems {
	var found problems
	found.tokens(p, d)
	found.facts(p, d)
	found.contacts(p, d)
	found.missing(p, d.Flow, d)
	return found
}

// Masked returns the part as answers show it.
func (p Part) Masked() Part {
	mask := func(s string) string {
		switch {
		case s == "" || !PersonalPath(p.Path):
			return s
		case p.Path == "complainant.name":
			return maskName(s)
		case p.Path == "complainant.phone":
			return maskPhone(s)
		case p.Path == "complainant.email":
			return maskEmail(s)
		}
		return hidden
	}
	return Part{p.Path, mask(p.Before), mask(p.After)}
}
