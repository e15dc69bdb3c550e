package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Reasons of faults.
const (
	ReasonFormUnknown   = "FORM_UNKNOWN"
	ReasonFormNotOpened = "FORM_NOT_OPENED"
)

// Paper is the newest paper of one form of a complaint, as far as it is filled in.
type Paper struct {
	// Number is the complaint's, the form's prefix and which one it is of the complaint, from 1.
	Number string
	// OpenTime is when what began it really happened.
	OpenTime time.Time
	// Stage is the key of the one that is being filled in; "" when the paper is complete.
	Stage      string
	Stages     []PaperStage
	Signatures []Signature
	// Missing are the refs that the stages up to the one being filled in still lack.
	Missing []string
}

// PaperStage is one stage of a paper.
type PaperStage struct {
	// CompleteTime is zero before.
	CompleteTime time.Time
	// Values are what stands in the boxes, in the order of the form's; both languages are empty where nothing is recorded.
	Values []procedure.Label
}

// Signature is work whose completion signs.
type Signature struct {
	Step string
	// Signer is an actor, SignTime when; zero before.
	Signer   string
	SignTime time.Time
	// Outcome is the answer or decision; empty for a task.
	Outcome procedure.Label
}

// Fill returns the newest paper of a form, from what is recorded of a complaint: its facts and its timeline, in any order. A box shows
// what was recorded since the paper began, or before the first one did: what an earlier paper has is not in a later one.
//
// It fails with FORM_NOT_OPENED while nothing has begun one.
func Fill(p *procedure.Procedure, form *procedure.Form, f *Fact, entries []Entry) (Paper, error) {
	t, seen := tell(entries), f.Seen.Facts
	opened := t.all(form.Opens)
	if len(opened) == 0 {
		return Paper{}, fault.New(fault.Precondition, ReasonFormNotOpened, "nothing has begun a %s (%s) of this complaint yet", form.Key, form.Name).
			At("form").With("form", form.Key)
	}
	newest := opened[len(opened)-1]
	t.first, t.from = opened[0].Order, newest.Order
	out := Paper{Number: fmt.Sprintf("%s/%s-%d", f.Number, form.Prefix, len(opened)), OpenTime: newest.OccurTime}
	reached := true // every stage so far is complete
	for _, s := range form.Stages {
		stage := PaperStage{}
		for _, item := range s.Items {
			v := t.value(p, item, seen)
			if reached && v == (procedure.Label{}) && wanted(item, seen) {
				out.Missing = append(out.Missing, item.Ref)
			}
			stage.Values = append(stage.Values, v)
		}
		if done, ok := t.since(s.Done); ok {
			stage.CompleteTime = done.OccurTime
		} else if reached {
			out.Stage, reached = s.Key, false
		}
		out.Stages = append(out.Stages, stage)
	}
	for _, step := range form.Signers {
		out.Signatures = append(out.Signatures, t.signature(p, step, seen))
	}
	return out, nil
}

// wanted reports whether a box must be filled: not where the procedure leaves the fact to choice, where intake alone has it, or where a
// rule may give nothing and a milestone be passed by.
func wanted(item procedure.FormItem, seen procedure.Facts) bool {
	switch {
	case item.Group == "values" || item.Group == "milestones":
		return false
	case item.Field.Kind == 0:
		return true
	}
	needed, err := item.Field.Needed(seen)
	return !item.Field.Kind.Personal() && (needed || err != nil)
}

// tale is a timeline as forms read it.
type tale struct {
	entries []Entry // in the order in which they were learned, with the keys of the present edition
	first   int     // Order of what began the first paper
	from    int     // of what began the newest
}

func tell(entries []Entry) tale {
	t := tale{entries: slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return cmp.Compare(a.Order, b.Order) })}
	for i, e := range t.entries {
		if len(e.Steps) > 0 {
			rename(t.entries[:i], e.Steps)
		}
	}
	return t
}

// rename gives the lines of work the keys that its steps have in the edition that a complaint has moved to.
func rename(entries []Entry, steps map[string]string) {
	for i, e := range entries {
		kind := kinds[e.Type]
		if key, moved := steps[e.Subject]; moved && (kind == procedure.WorkOpened || kind == procedure.WorkCompleted) {
			entries[i].Subject = key
		}
	}
}

// kinds are the occurrences that lines stand for, by the type of their events.
var kinds = map[string]procedure.OccurrenceKind{
	"redress.intake.v1.ComplaintRegistered":     procedure.Registered,
	"redress.intake.v1.ContactRecorded":         procedure.Contact,
	"redress.routing.v1.WorkOpened":             procedure.WorkOpened,
	"redress.routing.v1.WorkCompleted":          procedure.WorkCompleted,
	"redress.routing.v1.MilestoneReached":       procedure.Milestone,
	"redress.followup.v1.VisitRecorded":         procedure.VisitRecorded,
	"redress.followup.v1.ComplaintClosed":       procedure.Closed,
	"redress.followup.v1.ComplaintReopened":     procedure.Reopened,
	"redress.followup.v1.ComplaintActionOpened": procedure.ActionOpened,
	"redress.followup.v1.ComplaintActionEnded":  procedure.ActionClosed,
	"redress.followup.v1.ActionOpened":          procedure.ActionOpened,
	"redress.followup.v1.ActionClosed":          procedure.ActionClosed,
}

// occurrence returns what an entry means to triggers; its Kind is 0 where it triggers nothing.
func occurrence(e Entry) procedure.Occurrence {
	o := procedure.Occurrence{Kind: kinds[e.Type], Key: e.Subject}
	switch {
	case o.Kind == procedure.Registered:
		o.Key = "" // its line names the flow
	case o.Kind == procedure.VisitRecorded && e.VisitOutcome == 0:
		o.Kind = 0 // an attempt
	}
	return o
}

// all returns the entries that a trigger waits for.
func (t tale) all(trigger procedure.Trigger) []Entry {
	var out []Entry
	for _, e := range t.entries {
		if trigger.Matches(occurrence(e)) {
			out = append(out, e)
		}
	}
	return out
}

// since returns the first entry since the paper began that a trigger waits for.
func (t tale) since(trigger procedure.Trigger) (Entry, bool) {
	for _, e := range t.all(trigger) {
		if e.Order >= t.from {
			return e, true
		}
	}
	return Entry{}, false
}

// last returns the last entry of a kind and key that belongs to the paper.
func (t tale) last(kind procedure.OccurrenceKind, key string) (Entry, bool) {
	all := t.all(procedure.Trigger{Kind: kind, Key: key})
	if len(all) == 0 {
		return Entry{}, false
	}
	e := all[len(all)-1]
	return e, e.Order >= t.from || e.Order < t.first
}

// signature returns who completed the work of a step last.
func (t tale) signature(p *procedure.Procedure, step string, seen procedure.Facts) Signature {
	s := Signature{Step: step}
	if e, ok := t.last(procedure.WorkCompleted, step); ok {
		s.Signer, s.SignTime = e.Actor, e.OccurTime
		if outcome := seen.Answers[step][procedure.Outcome].Code; outcome != "" {
			s.Outcome = p.OutcomeName(step, outcome)
		}
	}
	return s
}

// value returns what stands in a box, as it is printed.
func (t tale) value(p *procedure.Procedure, item procedure.FormItem, seen procedure.Facts) procedure.Label {
	switch item.Group {
	case "received":
		return written(p, item.Field, procedure.Time(seen.Received))
	case "channel":
		if v, ok := p.Vocabulary("channel"); ok {
			return v.TermName(seen.Channel)
		}
		return procedure.Label{En: seen.Channel}
	case "fields":
		return written(p, item.Field, seen.Fields[item.Key])
	case "values":
		if v := seen.Values[item.Key]; v != "" {
			return p.ValueName(item.Key, v)
		}
	case "milestones":
		if e, ok := t.last(procedure.Milestone, item.Key); ok {
			return written(p, item.Field, procedure.Time(e.OccurTime))
		}
	case "visits":
		if e, ok := t.last(procedure.VisitRecorded, item.Key); ok {
			return visitNames[e.VisitOutcome]
		}
	case "answers":
		return t.answer(p, item, seen)
	}
	return procedure.Label{}
}

// visitNames are the names of what visits find.
var visitNames = map[procedure.VisitOutcome]procedure.Label{
	procedure.Satisfied: {Zh: "满意", En: "satisfied"}, procedure.Dissatisfied: {Zh: "不满意", En: "dissatisfied"},
	procedure.Unreached: {Zh: "未联系上", En: "unreached"},
}

func (t tale) answer(p *procedure.Procedure, item procedure.FormItem, seen procedure.Facts) procedure.Label {
	_, worked := t.last(procedure.WorkCompleted, item.Of)
	_, visited := t.last(procedure.VisitRecorded, item.Of)
	v, ok := seen.Answers[item.Of][item.Key]
	switch {
	case !ok || !worked && !visited:
		return procedure.Label{}
	case item.Field.Kind == 0:
		return p.OutcomeName(item.Of, v.Code)
	}
	return written(p, item.Field, v)
}

// written returns a fact as it is printed: codes by their names, times in the procedure's zone.
func written(p *procedure.Procedure, f procedure.Field, v procedure.Value) procedure.Label {
	both := func(s string) procedure.Label { return procedure.Label{Zh: s, En: s} }
	switch v.Kind {
	case procedure.KindCode:
		if f.Vocabulary() != nil {
			return f.Vocabulary().TermName(v.Code)
		}
		return both(v.Code)
	case procedure.KindNumber:
		return both(strconv.FormatFloat(v.Number, 'f', -1, 64))
	case procedure.KindFlag:
		return procedure.FlagName(v.Flag)
	case procedure.KindTime:
		return both(v.Time.In(p.Zone()).Format("2006-01-02 15:04"))
	default: // nothing is recorded here, or it is personal
		return procedure.Label{}
	}
}

// ChooseForm returns a form of the procedure; one that it does not have is the fault FORM_UNKNOWN.
func ChooseForm(p *procedure.Procedure, key string) (*procedure.Form, error) {
	f, ok := p.Form(key)
	if !ok {
		known := strings.Join(p.FormKeys(), ", ")
		if known == "" {
			known = "none"
		}
		return nil, fault.New(fault.NotFound, ReasonFormUnknown, "the procedure has no form %q; it has %s", key, known).At("form").With("known", known)
	}
	return f, nil
}
