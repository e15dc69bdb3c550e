package cases

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/procedure"
)

// The acts of a story, as they are read. What they do stands in play_*.go.
type (
	register struct{ draft *intakev1.ComplaintDraft }
	complete struct {
		step, by, outcome string
		fields            map[string]*typev1.Value
		content           []string
		occurred          time.Time
	}
	contact struct {
		request *intakev1.RecordContactRequest
	}
	visit struct {
		plan     string
		outcome  followupv1.VisitOutcome
		fields   map[string]*typev1.Value
		occurred time.Time
	}
	withdraw struct{ occurred time.Time }
	agree    struct {
		clock, reason string
		due           time.Time
	}
)

// visitOutcomes are the outcomes of a visit as authors write them.
var visitOutcomes = map[string]followupv1.VisitOutcome{
	"satisfied": followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED, "dissatisfied": followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED,
	"unreached": followupv1.VisitOutcome_VISIT_OUTCOME_UNREACHED,
}

// act reads an act. What an entry says is refused may be wrong: its values are not checked here.
func (s *storyteller) act(name string, n *yaml.Node, e *entry) act {
	wrong := e.refused != nil
	switch name {
	case "register":
		return s.register(n, wrong)
	case "complete":
		return s.complete(n, e, wrong)
	case "contact":
		return s.contact(n)
	case "attach":
		return s.attach(n)
	case "visit":
		m := s.mapping(n, "a visit", "plan", "outcome", "fields", "occurred")
		e.name = "visit " + s.choice(m["plan"], "visit plan", s.words.visits)
		outcome := s.choice(m["outcome"], "outcome", []string{"satisfied", "dissatisfied", "unreached"})
		if m != nil && m["outcome"] == nil {
			s.find(n, "say what the visit found: outcome: satisfied, dissatisfied or unreached")
		}
		fields, _ := s.facts(m["fields"], s.visitForm(s.text(m["plan"])), wrong)
		return visit{s.text(m["plan"]), visitOutcomes[outcome], fields, s.moment(m["occurred"])}
	case "withdraw":
		return withdraw{s.moment(s.mapping(n, "a withdrawal", "occurred")["occurred"])}
	case "agree":
		m := s.mapping(n, "an agreement", "clock", "due", "reason")
		a := agree{s.choice(m["clock"], "clock", s.words.clocks), s.text(m["reason"]), s.moment(m["due"])}
		if m != nil && (m["clock"] == nil || m["due"] == nil || m["reason"] == nil) {
			s.find(n, "an agreement says for which clock, when it is due then, and why: {clock: reply, due: 2026-03-12 10:00, reason: part_missing}")
		}
		e.name = "agree " + a.clock
		return a
	case "link":
		return s.link(n, e)
	case "open_action", "cancel_action":
		return s.actionAct(name, n, e)
	case "score":
		return s.score(n, e, wrong)
	case "absence":
		return s.absence(n)
	case "deputy":
		return s.deputy(n)
	default: // acts has no other
		return s.dutyAct(name, n, e)
	}
}

// visitForm returns the form of a plan; of all plans together where none is named.
func (s *storyteller) visitForm(plan string) []procedure.Field {
	var form []procedure.Field
	for _, v := range s.compiled.Visits {
		if plan == "" || v.Key == plan {
			form = append(form, v.Form...)
		}
	}
	return form
}

func (s *storyteller) register(n *yaml.Node, wrong bool) act {
	m := s.mapping(n, "a registration", "flow", "channel", "received", "counted", "complainant", "content", "fields")
	d := &intakev1.ComplaintDraft{
		Procedure: s.compiled.Code, Channel: s.text(m["channel"]), Content: s.text(m["content"]),
		ReceiveTime: stamp(s.moment(m["received"])), CountTime: stamp(s.moment(m["counted"])),
	}
	switch {
	case wrong:
		d.Flow = s.text(m["flow"])
	case m["flow"] != nil:
		d.Flow = s.choice(m["flow"], "flow", s.words.flows)
	case len(s.words.flows) > 1 && m != nil:
		s.find(n, "name the flow that the complaint takes: flow: %s", list(s.words.flows))
	}
	if v, ok := s.compiled.Vocabulary("channel"); ok && !wrong && m != nil {
		if m["channel"] == nil {
			s.find(n, "say how the complaint came in: channel: %s", list(keys(v.Terms, termCode)))
		} else {
			s.oneOf(m["channel"], "channel", keys(v.Terms, termCode))
		}
	}
	if m["complainant"] != nil {
		c := s.mapping(m["complainant"], "a complainant", "kind", "name", "phone", "email", "address")
		d.Complainant = &intakev1.Party{
			Kind: s.text(c["kind"]), Name: s.text(c["name"]), Phone: s.text(c["phone"]), Email: s.text(c["email"]), Address: s.text(c["address"]),
		}
	}
	d.Fields, d.PersonalFields = s.facts(m["fields"], s.compiled.Fields, wrong)
	return register{d}
}

func termCode(t procedure.Term) string { return t.Code }

func (s *storyteller) complete(n *yaml.Node, e *entry, wrong bool) act {
	m := s.mapping(n, "a completion", "step", "by", "outcome", "fields", "content", "occurred")
	a := complete{
		step: s.choice(m["step"], "step with work", s.words.work), by: s.choice(m["by"], "post", s.words.posts), outcome: s.text(m["outcome"]),
		content: s.texts(m["content"]), occurred: s.moment(m["occurred"]),
	}
	if m != nil && m["step"] == nil {
		s.find(n, "name the step whose work is completed: step: %s", list(s.words.work))
	}
	e.name = "complete " + a.step
	if a.step == "" {
		return a
	}
	if outcomes := s.words.outcomes[a.step]; !wrong && m["outcome"] != nil {
		s.oneOf(m["outcome"], "outcome of "+a.step, outcomes)
	} else if !wrong && len(outcomes) > 0 {
		s.find(n, "say what came of %s: outcome: %s", a.step, list(outcomes))
	}
	a.fields, _ = s.facts(m["fields"], s.words.forms[a.step], wrong)
	return a
}

func (s *storyteller) contact(n *yaml.Node) act {
	m := s.mapping(n, "a contact", "purpose", "direction", "medium", "content", "occurred", "note")
	req := &intakev1.RecordContactRequest{
		Direction: intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND, Medium: "phone",
		Purpose: s.text(m["purpose"]), Content: s.texts(m["content"]), OccurTime: stamp(s.moment(m["occurred"])), Note: s.text(m["note"]),
	}
	if m["medium"] != nil {
		req.Medium = s.text(m["medium"])
	}
	if s.choice(m["direction"], "direction", []string{"outbound", "inbound"}) == "inbound" {
		req.Direction = intakev1.ContactDirection_CONTACT_DIRECTION_INBOUND
	}
	if m != nil && m["purpose"] == nil {
		s.find(n, "say what the contact was for: purpose: response")
	}
	return contact{req}
}

// facts reads facts by their fields' kinds: the coded and measured ones, and those that are personal or text.
func (s *storyteller) facts(n *yaml.Node, fields []procedure.Field, wrong bool) (map[string]*typev1.Value, map[string]string) {
	if n == nil {
		return nil, nil
	}
	coded, personal := map[string]*typev1.Value{}, map[string]string{}
	if n.Kind != yaml.MappingNode {
		s.find(n, "write facts as {key: value}")
		return nil, nil
	}
	for key, value := range pairs(n) {
		i := indexOf(fields, key.Value)
		if i < 0 && !wrong {
			s.find(key, "there is no field %q%s", key.Value, meant(key.Value, fieldKeys(fields)))
			continue
		}
		kind := kindOf(value)
		if i >= 0 {
			kind = fields[i].Kind
		}
		if kind.Personal() {
			personal[key.Value] = s.text(value)
			continue
		}
		v := s.fact(value, kind)
		if i >= 0 && !wrong && v.Kind != 0 {
			if err := fields[i].Check(v); err != nil {
				s.find(value, "%v", err)
			}
		}
		coded[key.Value] = procedure.ToProto(v)
	}
	return coded, personal
}

func indexOf(fields []procedure.Field, key string) int {
	for i, f := range fields {
		if f.Key == key {
			return i
		}
	}
	return -1
}

// kindOf guesses the kind of a fact whose field nobody knows.
func kindOf(n *yaml.Node) procedure.Kind {
	switch n.ShortTag() {
	case "!!bool":
		return procedure.KindFlag
	case "!!int", "!!float":
		return procedure.KindNumber
	}
	return procedure.KindCode
}

// fact reads one fact; the zero Value when it is found wrong.
func (s *storyteller) fact(n *yaml.Node, kind procedure.Kind) procedure.Value {
	text := s.text(n)
	switch kind {
	case procedure.KindNumber:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			s.find(n, "%q is no number", text)
			return procedure.Value{}
		}
		return procedure.Number(x)
	case procedure.KindFlag:
		if text != "true" && text != "false" {
			s.find(n, "%q is neither true nor false", text)
			return procedure.Value{}
		}
		return procedure.Flag(text == "true")
	case procedure.KindTime:
		at := s.moment(n)
		if at.IsZero() {
			return procedure.Value{}
		}
		return procedure.Time(at)
	default:
		return procedure.Code(text)
	}
}

// stamp returns the contract's time; nil for the zero time, which means now.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
