package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

// capabilities is a policy for each thing that the nine procedures ask of a time limit.
const capabilities = "testdata/capabilities.yaml"

// capability is one row: what happens to a complaint received then, and what its clocks make of it. Its name gives the capability,
// the requirement and, where the procedure prints an example, that.
type capability struct {
	name, channel, received string
	fields                  map[string]procedure.Value
	happen                  []procedure.Happening
	fire                    string // whose time has come by then; empty for nobody's
	want                    []string
}

type (
	facts = map[string]procedure.Value
	then  = []procedure.Happening
)

// moment is what the step "agree" records.
func moment(when string) facts { return facts{"moment": procedure.Time(at(when))} }

var capabilityRows = []capability{
	// S1: two working days with Saturday, a clock for each slip, two hours or an agreed time.
	{"C-078 C-079 C-080 S1-32 T-S1-01", "slip", "2026-03-06 09:00", nil, then{milestone("sent", "2026-03-06 10:00"), milestone("answered", "2026-03-09 09:59")}, "",
		[]string{"03-06 10:00 reply: started, due 03-09 10:00", "03-09 09:59 reply: met"}},
	{"C-079 S1-32 T-S1-01, late", "slip", "2026-03-06 09:00", nil, then{milestone("sent", "2026-03-06 10:00"), milestone("answered", "2026-03-09 10:01")}, "",
		[]string{"03-06 10:00 reply: started, due 03-09 10:00", "03-09 10:00 reply: breached", "03-09 10:01 reply: stopped, late 1m0s"}},
	{"C-078 S1-32 T-S1-02", "slip", "2026-03-05 15:00", nil, then{milestone("sent", "2026-03-05 15:30")}, "", []string{"03-05 15:30 reply: started, due 03-07 15:30"}},
	{"C-085 S1-32 T-S1-04", "slip", "2026-03-02 14:00", nil, then{milestone("sent", "2026-03-02 14:00")}, "", []string{"03-02 14:00 reply: started, due 03-04 14:00"}},
	{"C-078 S1-33 T-S1-05", "slip", "2026-03-13 16:45", nil, then{milestone("sent", "2026-03-13 16:45")}, "", []string{"03-13 16:45 reply: started, due 03-16 16:45"}},
	{"C-081 S1-34", "slip", "2026-03-02 14:00", nil,
		then{milestone("sent", "2026-03-02 14:00"), milestone("answered", "2026-03-03 09:00"), reopened(2, "2026-03-05 09:00"), inRound(2, milestone("sent", "2026-03-05 15:30"))}, "",
		[]string{"03-02 14:00 reply: started, due 03-04 14:00", "03-03 09:00 reply: met", "03-05 15:30 reply: started, due 03-07 15:30"}},
	{"C-083 S1-35 T-S1-10", "technology", "2026-03-03 08:40", nil, then{opened("investigate", "w", "2026-03-03 09:00")}, "", []string{"03-03 09:00 solution: started, due 03-03 11:00"}},
	{"C-098 C-094 S1-36 T-S1-11", "technology", "2026-03-03 08:40", nil,
		then{opened("investigate", "w", "2026-03-03 09:00"), completed("agree", "a", "2026-03-03 10:00", moment("2026-03-05 17:00"))}, "2026-03-05 16:59",
		[]string{"03-03 09:00 solution: started, due 03-03 11:00", "03-03 10:00 solution: replaced 1, due 03-05 17:00 instead of 03-03 11:00"}},

	// S2: usual hours through nights and weekends, chained to the step before, and a week.
	{"C-082 C-096 S2-08 T-S2-01", "usual", "2026-03-02 16:30", nil, then{opened("investigate", "w", "2026-03-02 16:30")}, "", []string{"03-02 16:30 investigation: started, due 03-03 16:30"}},
	{"C-082 S2-08 T-S2-02", "usual", "2026-03-06 17:00", nil, then{opened("investigate", "w", "2026-03-06 17:00")}, "", []string{"03-06 17:00 investigation: started, due 03-07 17:00"}},
	{"C-096 S2-08 A-22, another figure for a category", "usual", "2026-03-06 17:00", facts{"category": procedure.Code("service")}, then{opened("investigate", "w", "2026-03-06 17:00")}, "",
		[]string{"03-06 17:00 investigation: started, due 03-08 05:00"}},
	{"C-093 S2-09 T-S2-04", "usual", "2026-03-02 16:30", nil, then{milestone("investigated", "2026-03-02 18:00")}, "", []string{"03-02 18:00 feedback: started, due 03-04 18:00"}},
	{"C-084 S2-10 T-S2-05", "usual", "2026-03-02 16:30", nil, then{milestone("carried_out", "2026-03-04 10:00")}, "", []string{"03-04 10:00 tracking: started, due 03-11 10:00"}},
	{"C-094 S2-11, time points of a plan", "order", "2026-03-02 09:00", nil, then{completed("agree", "a", "2026-03-03 10:00", moment("2026-03-10 12:00"))}, "",
		[]string{"03-03 10:00 time_point: started, due 03-10 12:00"}},

	// S3: tiers by distance beside a reply and an explanation; the limits of the flows.
	{"C-092 C-107 S3-31 S3-32 T-S3-01", "repair", "2026-03-02 10:00", facts{"distance": procedure.Number(10)}, nil, "",
		[]string{"03-02 10:00 clear_reply: started, due 03-03 10:00", "03-02 10:00 visit: started, due 03-03 10:00"}},
	{"C-092 C-084 S3-33 T-S3-02", "repair", "2026-03-02 10:00", facts{"distance": procedure.Number(120)}, nil, "",
		[]string{"03-02 10:00 clear_reply: started, due 03-03 10:00", "03-02 10:00 visit: started, due 03-05 10:00"}},
	{"C-092 S3-34, across provinces", "repair", "2026-03-02 10:00", facts{"distance": procedure.Number(900)}, nil, "",
		[]string{"03-02 10:00 clear_reply: started, due 03-03 10:00", "03-02 10:00 visit: started, due 03-09 10:00"}},
	{"C-100 C-101 S3-35 T-S3-04", "repair", "2026-03-02 10:00", facts{"distance": procedure.Number(10), "special": procedure.Flag(true)},
		then{contact("explanation", "2026-03-03 08:00", "time"), contact("explanation", "2026-03-03 09:00", "plan"), contact("explanation", "2026-03-03 21:00", "plan", "time")}, "",
		[]string{"03-02 10:00 clear_reply: started, due 03-03 10:00", "03-02 10:00 visit: started, due 03-03 10:00", "03-02 10:00 explanation: started, due 03-03 22:00", "03-03 21:00 explanation: met"}},
	{"C-084 S3-36 T-S3-05", "revisit", "2026-03-02 10:00", nil, then{milestone("carried_out", "2026-03-03 15:00"), visited("satisfaction", "2026-03-05 14:00")}, "",
		[]string{"03-03 15:00 revisit: started, due 03-06 15:00", "03-05 14:00 revisit: met"}},
	{"C-084 S3-36 T-S3-05, late", "revisit", "2026-03-02 10:00", nil, then{milestone("carried_out", "2026-03-03 15:00"), visited("satisfaction", "2026-03-07 00:01")}, "",
		[]string{"03-03 15:00 revisit: started, due 03-06 15:00", "03-06 15:00 revisit: breached", "03-07 00:01 revisit: stopped, late 9h1m0s"}},
	{"C-083 S3-52 T-S3-07", "flow_2", "2026-03-03 10:00", nil, then{opened("carry_out", "w", "2026-03-03 13:30")}, "", []string{"03-03 13:30 quotation_2: started, due 03-03 17:30"}},
	{"C-083 S3-41 T-S3-07", "flow_1", "2026-03-03 10:00", nil, then{opened("carry_out", "w", "2026-03-03 13:30")}, "", []string{"03-03 13:30 quotation_1: started, due 03-03 15:30"}},
	{"C-087 S3-47 T-S3-08", "ship", "2026-03-02 10:00", nil, then{milestone("carried_out", "2026-03-03 10:00"), milestone("answered", "2026-03-03 17:00")}, "",
		[]string{"03-03 10:00 ship: started, due 03-04 00:00", "03-03 17:00 ship: met"}},
	{"C-087 S3-47 T-S3-08, late", "ship", "2026-03-02 10:00", nil, then{milestone("carried_out", "2026-03-03 10:00"), milestone("answered", "2026-03-04 08:00")}, "",
		[]string{"03-03 10:00 ship: started, due 03-04 00:00", "03-04 00:00 ship: breached", "03-04 08:00 ship: stopped, late 8h0m0s"}},
	{"C-095 S3-54, a suggestion to somebody outside", "suggested", "2026-03-03 10:00", nil, then{milestone("sent", "2026-03-03 10:00")}, "", []string{"03-03 10:00 return: started, due 03-04 00:00"}},
	{"C-085 S3-39 S3-48, over a weekend", "days", "2026-03-06 11:00", nil, nil, "", []string{"03-06 11:00 one_day: started, due 03-09 11:00", "03-06 11:00 three_days: started, due 03-11 11:00"}},
	{"C-094 S3-46, the order's delivery date", "order", "2026-03-03 10:00", facts{"delivery": procedure.Time(at("2026-03-20 18:00"))}, nil, "", []string{"03-03 10:00 production: started, due 03-20 18:00"}},
	{"C-094 S3-46, no date yet", "order", "2026-03-03 10:00", nil, nil, "", nil},
	{"C-097 S3-37 S1-37 S2-12 S5a-26 S5d-12, no figure", "unset", "2026-03-03 10:00", nil, nil, "2027-03-03 10:00", nil},

	// S4: one hour, by where in the calendar the message came.
	{"C-089 S4-31 T-S4-02", "message", "2026-03-03 14:05", nil, nil, "", []string{"03-03 14:05 open: started, due 03-03 15:05"}},
	{"C-090 S4-32 T-S4-04", "message", "2026-03-04 07:30", nil, nil, "", []string{"03-04 09:00 out_of_hours: started, due 03-04 10:00"}},
	{"C-090 S4-32 A-48, a Friday evening", "message", "2026-03-06 19:00", nil, nil, "", []string{"03-09 09:00 out_of_hours: started, due 03-09 10:00"}},
	{"C-091 C-087 S4-33 T-S4-05", "message", "2026-10-01 15:00", nil, then{milestone("sent", "2026-10-01 23:30")}, "",
		[]string{"10-01 15:00 holiday: started, due 10-02 00:00", "10-01 23:30 holiday: met", "10-01 23:30 department: started, due 10-02 23:30"}},
	{"C-091 S4-33 T-S4-05, late", "message", "2026-10-01 15:00", nil, then{milestone("sent", "2026-10-02 00:10")}, "",
		[]string{"10-01 15:00 holiday: started, due 10-02 00:00", "10-02 00:00 holiday: breached", "10-02 00:10 holiday: stopped, late 10m0s", "10-02 00:10 department: started, due 10-03 00:10"}},
	{"C-082 S4-34 A-43", "message", "2026-03-06 16:00", nil, then{milestone("sent", "2026-03-06 16:20")}, "",
		[]string{"03-06 16:00 open: started, due 03-06 17:00", "03-06 16:20 open: met", "03-06 16:20 department: started, due 03-07 16:20"}},
	{"C-102 S4-35 S3-23, told again and again", "news", "2026-03-02 10:00", nil,
		then{contact("progress", "2026-03-03 11:00"), contact("progress", "2026-03-05 10:00"), milestone("answered", "2026-03-06 10:00")}, "",
		[]string{"03-02 10:00 news: started, due 03-04 10:00", "03-03 11:00 news: met", "03-03 11:00 more_news: started, due 03-05 11:00", "03-05 10:00 more_news: met",
			"03-05 10:00 more_news: started, due 03-09 10:00", "03-06 10:00 more_news: met"}},

	// S5c and S5d: several at once, five working days inclusive, an excuse, a response that says enough.
	{"C-083 C-107 S5c-24 S5c-25 T-S5c-01", "short", "2026-03-03 09:00", nil, nil, "", []string{"03-03 09:00 confirm: started, due 03-03 10:00", "03-03 09:00 talk: started, due 03-03 11:00"}},
	{"C-093 S5c-26 T-S5c-02", "short", "2026-03-03 09:00", nil,
		then{milestone("investigated", "2026-03-03 09:30"), contact("talk", "2026-03-03 10:30"), completed("agree", "a", "2026-03-03 10:55", nil)}, "",
		[]string{"03-03 09:00 confirm: started, due 03-03 10:00", "03-03 09:00 talk: started, due 03-03 11:00", "03-03 09:30 confirm: met", "03-03 10:30 talk: met",
			"03-03 10:30 plan: started, due 03-03 12:30", "03-03 10:55 plan: met"}},
	{"C-093 S5c-26 T-S5c-02, late", "short", "2026-03-03 09:00", nil,
		then{milestone("investigated", "2026-03-03 09:30"), contact("talk", "2026-03-03 10:30"), completed("agree", "a", "2026-03-03 13:01", nil)}, "",
		[]string{"03-03 09:00 confirm: started, due 03-03 10:00", "03-03 09:00 talk: started, due 03-03 11:00", "03-03 09:30 confirm: met", "03-03 10:30 talk: met",
			"03-03 10:30 plan: started, due 03-03 12:30", "03-03 12:30 plan: breached", "03-03 13:01 plan: stopped, late 31m0s"}},
	{"C-086 S5c-28 T-S5c-07", "five", "2026-03-02 09:00", nil, then{milestone("answered", "2026-03-09 17:00")}, "", []string{"03-02 09:00 answer: started, due 03-09 18:00", "03-09 17:00 answer: met"}},
	{"C-086 S5c-28 T-S5c-07, late", "five", "2026-03-02 09:00", nil, then{milestone("answered", "2026-03-10 09:01")}, "",
		[]string{"03-02 09:00 answer: started, due 03-09 18:00", "03-09 18:00 answer: breached", "03-10 09:01 answer: stopped, late 15h1m0s"}},
	{"C-099 S5c-29 T-S5c-08", "five", "2026-03-02 09:00", nil, then{contact("talk", "2026-03-06 09:00"), contact("talk", "2026-03-09 17:59", "reason")}, "2026-03-20 00:00",
		[]string{"03-02 09:00 answer: started, due 03-09 18:00", "03-09 18:00 answer: excused at 03-09 17:59"}},
	{"C-099 S5c-29 T-S5c-08, no recorded talk", "five", "2026-03-02 09:00", nil, nil, "2026-03-20 00:00",
		[]string{"03-02 09:00 answer: started, due 03-09 18:00", "03-09 18:00 answer: breached"}},
	{"C-082 S5d-11 T-S5d-01", "response", "2026-03-06 22:00", nil, nil, "", []string{"03-06 22:00 response: started, due 03-07 22:00"}},
	{"C-101 C-102 S5d-11 T-S5d-02", "response", "2026-03-02 09:15", nil, then{contact("response", "2026-03-02 10:00", "progress"), contact("response", "2026-03-03 09:15", "progress", "expected_resolution_time")}, "",
		[]string{"03-02 09:15 response: started, due 03-03 09:15", "03-03 09:15 response: met"}},
}

func TestCapabilities(t *testing.T) {
	for _, tt := range capabilityRows {
		t.Run(tt.name, func(t *testing.T) {
			s := begin(t, capabilities, "", tt.channel, tt.received, tt.fields)
			for _, h := range tt.happen {
				s.happen(h)
			}
			if tt.fire != "" {
				s.fire(tt.fire)
			}
			s.expect(tt.want...)
		})
	}
}

// elsewhere are the capabilities that are no clock of a complaint, or are not seen in a row, and how each is expressed.
var elsewhere = map[string]string{
	"C-088": "TestCapabilityC088EndOfCall: the registration says when the call ended",
	"C-103": "no complaint: a duty of the year is a procedure of its own, registered when the structure is fixed, with counted_days: 2; ComputeDeadline answers for who keeps it elsewhere",
	"C-104": "the telephone system knows the rings: a number field of the complaint and a metric over it; no clock",
	"C-105": "TestCapabilityRules: a condition over fields.delivered; no limit runs. A lifetime guarantee is a flag",
	"C-106": "TestCapabilityRules: a condition over fields.settlement; the source gives no figure (S5e-16)",
	"C-108": "TestCapabilityC108BreachesInARate",
}

// Each of C-078 to C-108 has a row, or says where else it is. A row's name is not believed: it must have a requirement, too.
func TestEveryCapabilityIsShown(t *testing.T) {
	shown := map[string]bool{}
	for _, row := range capabilityRows {
		requirement := false
		for word := range strings.FieldsFuncSeq(row.name, func(r rune) bool { return r == ' ' || r == ',' }) {
			shown[word] = true
			requirement = requirement || strings.HasPrefix(word, "S")
		}
		if !requirement {
			t.Errorf("%s names no requirement", row.name)
		}
	}
	for n := 78; n <= 108; n++ {
		key := fmt.Sprintf("C-%03d", n)
		if _, other := elsewhere[key]; shown[key] == other {
			t.Errorf("%s: in a row %v, elsewhere %v; want one of the two", key, shown[key], other)
		}
	}
}
