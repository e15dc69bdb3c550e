package cases

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// story is a case with one entry after a registration.
func story(entries ...string) string {
	text := "cases:\n  - id: x\n    story:\n      - at: 2026-03-02 09:00\n        register: {channel: web, fields: {size: small}}\n"
	for _, e := range entries {
		text += "      - " + e + "\n"
	}
	return text
}

// looks makes a case sound that is about something else.
const looks = "expect: {state: open}"

func TestBadCasesAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       []string // "line:column: detail", the beginnings
	}{
		{"not YAML", "cases: [", []string{"1:1: it is not YAML"}},
		{"empty", "", []string{"1:1: the file is empty"}},
		{"two documents", "cases: []\n---\ncases: []\n", []string{"2:1: the file holds more than one document"}},
		{"a complaint that is refused", story("complaint: b\n        register: {channel: web}\n        refused: {reason: X}\n        " + looks), []string{"9:17: there is no complaint to look at"}},
		{"other top", "tests: []\n", []string{`1:1: the file has no "tests"; there is cases`, "1:1: the file has no cases"}},
		{"unknown key of a case", "cases:\n  - id: x\n    storey: []\n", []string{
			"2:5: the case expects nothing", `3:5: a case has no "storey"; did you mean story?`,
		}},
		{"no id", "cases:\n  - story: [{at: 2026-03-02 09:00, expect: {metrics: {complaints: 0}}}]\n", []string{"2:5: the case has no id"}},
		{"an id twice", "cases:\n  - {id: x, story: [{at: 2026-03-02 09:00, expect: {metrics: {complaints: 0}}}]}\n  - {id: x, story: [{at: 2026-03-02 09:00, expect: {metrics: {complaints: 0}}}]}\n",
			[]string{"3:5: the id x was given already in line 2"}},
		{"expects nothing", story("withdraw: {}"), []string{"2:5: the case expects nothing, so that it cannot fail"}},
		{"empty expectation", story("withdraw: {}\n        expect: {}"), []string{"2:5: the case expects nothing", "7:17: nothing is expected"}},
		{"empty expectation of a clock", story("expect: {clocks: {reply: {}}}"), []string{"6:34: nothing is expected of the clock"}},
		{"no time", "cases:\n  - id: x\n    story: [{expect: {metrics: {complaints: 0}}}]\n", []string{"3:13: the first entry says when it is"}},
		{"bad time", story("at: tomorrow\n        " + looks), []string{`6:13: "tomorrow" is no time`}},
		{"back in time", story("at: 2026-03-01 09:00\n        " + looks), []string{"6:13: 2026-03-01 09:00 is before the entry above it (2026-03-02 09:00)"}},
		{"two acts", story("withdraw: {}\n        visit: {outcome: satisfied}\n        " + looks), []string{"7:9: an entry has one act; visit is a second"}},
		{"nothing to do", story("complaint: a", looks), []string{"6:9: the entry does nothing and looks at nothing"}},
		{"refused without an act", story("expect: {state: open}\n        refused: {reason: X}"), []string{"7:18: there is no act that could be refused"}},
		{"refused without a reason", story("withdraw: {}\n        refused: {field: x}"), []string{"7:18: say why it is refused"}},
		{"unknown complaint", story("complaint: b\n        withdraw: {}\n        " + looks), []string{"6:9: complaint b is not registered before this entry"}},
		{"registered twice", story("register: {channel: web, fields: {size: small}}\n        " + looks), []string{"6:9: complaint a is registered already"}},
		{"unknown step", story("complete: {step: anser, fields: {}}\n        " + looks), []string{`6:26: there is no step with work "anser"; did you mean answer?`}},
		{"a step without work", story("complete: {step: tell}\n        " + looks), []string{`6:26: there is no step with work "tell"; there is analyse, answer, check, confirm, improve`}},
		{"no outcome", story("complete: {step: check}\n        " + looks), []string{"6:19: say what came of check: outcome: approve, reject"}},
		{"unknown outcome", story("complete: {step: check, outcome: aprove}\n        " + looks), []string{`6:42: there is no outcome of check "aprove"; did you mean approve?`}},
		{"unknown post", story("complete: {step: answer, by: clark}\n        " + looks), []string{`6:38: there is no post "clark"; did you mean clerk?`}},
		{"unknown field", story("complete: {step: answer, fields: {knd: x}}\n        " + looks), []string{`6:43: there is no field "knd"; did you mean kind?`}},
		{"bad facts", story("complaint: b\n        register: {channel: web, fields: {size: huge, amount: much, urgent: maybe, bought: later}}", looks), []string{
			"7:49: fields.size has no such code; it has small, large", `7:63: "much" is no number`, `7:77: "maybe" is neither true nor false`,
			`7:92: "later" is no time`,
		}},
		{"unknown channel", story("complaint: b\n        register: {channel: fone, fields: {size: small}}", looks), []string{`7:29: there is no channel "fone"; did you mean phone?`}},
		{"what is refused may be wrong", story("complaint: b\n        register: {channel: fone, fields: {size: huge, weight: 3}}\n        refused: {reason: FIELD_INVALID}"), nil},
		{"unknown expectation", story("expect: {stat: open}"), []string{`6:18: expect has no "stat"; did you mean state?`}},
		{"unknown state", story("expect: {state: shut}"), []string{`6:25: there is no state "shut"; there is open, closed, withdrawn`}},
		{"unknown names", story("expect: {clocks: {replay: none}, visits: {hapy: none}, milestones: [anwered], values: {handlr: x}, work: {answr: clerk, answer: clrk}, persons: {tell: x}, notices: {clock/reply/late: none}, metrics: {complants: 1}}"), []string{
			`6:27: there is no clock "replay"; did you mean reply?`, `6:51: there is no visit plan "hapy"; did you mean happy?`,
			`6:77: there is no milestone "anwered"; did you mean answered?`, `6:96: there is no value "handlr"; did you mean handler?`,
			`6:115: there is no step with work "answr"; did you mean answer?`, `6:137: there is no post "clrk"; did you mean clerk?`,
			`6:154: there is no step with work "tell"`, `6:174: there is no step or clock/<key>/warned`, `6:209: there is no metric "complants"; did you mean complaints?`,
		}},
		{"bad figures", story("expect: {metrics: {complaints: 1/2, timely: all}, groups: {fields.sise: {complaints: {small: 1}}}}"), []string{
			"6:40: complaints is a count; write a number", `6:53: "all" is no figure; write 5/6`, `6:68: there is no grouping "fields.sise"; did you mean fields.size?`,
		}},
		{"boxes", story("expect: {forms: {slip: {items: {fields.sise: small, fields.phone: 138****1234, fields.home: none}}}}"), []string{
			`6:41: there is no box of the form slip "fields.sise"; did you mean fields.size?`,
			"6:88: fields.home is left out of answers, so that a case cannot look at it",
		}},
		{"clock states", story("expect: {clocks: {reply: {state: late, late: long}}}"), []string{
			`6:42: there is no state of a clock "late"`, `6:54: "long" is no length of time`,
		}},
		{"an action of no complaint", "cases:\n  - id: x\n    story: [{at: 2026-03-02 09:00, action: improvement, complete: {step: improve}, refused: {reason: X}}]\n", []string{"3:13: complaint a is not registered before this entry"}},
		{"an action alone and a look at a complaint", "cases:\n  - id: x\n    story: [{at: 2026-03-02 09:00, open_action: {action: improvement, alone: true}, expect: {state: open}}]\n", []string{"3:13: complaint a is not registered before this entry"}},
		{"an unknown action", story("open_action: {action: kapa}\n        " + looks), []string{`6:31: there is no action "kapa"; did you mean capa?`}},
		{"a cancelling without a reason", story("cancel_action: {action: capa}\n        " + looks), []string{"6:24: say which action is cancelled, and why"}},
		{"visits", story("visit: {outcome: happy}\n        " + looks), []string{`6:26: there is no outcome "happy"`}},
		{"agreements", story("agree: {clock: reply}\n        " + looks), []string{"6:16: an agreement says for which clock, when it is due then, and why"}},
		{"links", story("link: {kind: same, to: a}\n        " + looks), []string{`6:22: there is no kind of link "same"; there is same_matter, repeat_of, group`}},
		{"a link with nothing", story("link: {kind: group}\n        " + looks), []string{"6:15: a link says what it is and with which complaint"}},
		{"a link with an unknown complaint", story("link: {kind: group, to: b}\n        " + looks), []string{"6:33: complaint b is not registered before this entry"}},
		{"deputies", story("deputy: {post: clerk, person: an, deputy: bo}\n        " + looks), []string{"6:17: say for which post, or for which person"}},
		{"absences", story("absence: {person: an}\n        " + looks), []string{"6:18: an absence says who is away until when"}},
		{"changes of duty", story("duty_change: {post: clerk}\n        " + looks), []string{"6:22: a change of duty says who shall sit where"}},
		{"decisions about duties", story("duty_decision: {post: clerk, outcome: agreed}\n        " + looks), []string{`6:47: there is no outcome "agreed"`}},
		{"duties", story("duty: {post: clerk}\n        " + looks), []string{"6:15: a duty says who sits where"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, "testdata/shop", test.text)
			_, err := Load(dir)
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				if err != nil || test.want != nil {
					t.Fatalf("load: %v, want findings", err)
				}
				return
			}
			var got []string
			for i, f := range invalid.Findings {
				if f.File != filepath.Join(dir, casesFile) {
					t.Errorf("found in %s", f.File)
				}
				line := fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Detail)
				if i < len(test.want) && strings.HasPrefix(line, test.want[i]) {
					line = test.want[i]
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPackWithoutPeopleOrProcedureIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), procedureFile) {
		t.Errorf("an empty folder: %v, want one that names %s", err, procedureFile)
	}
}
