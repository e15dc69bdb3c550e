package procedure_test

import (
	"strings"
	"testing"
)

// Each line breaks base in one place, and the finding says where.
func TestCompileFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, path, words string }{
		{"no zone", "digits: 5, zone: Asia/Shanghai", "digits: 5, zone: Asia/Peking2", "numbering.zone", "no IANA zone"},
		{"too few digits", "digits: 5", "digits: 2", "numbering.digits", "3 to 9"},
		{"hours that are none", "09:00-17:00", "09:00-29:00", "calendars[office].week", "are no hours"},
		{"calendar that never opens", `week: [{days: [mon, tue, wed, thu, fri], hours: ["09:00-17:00"]}]`, "", "calendars[office]", "no working time"},
		{"date that is none", "2026-03-09", "2026-02-30", "calendars[office].exceptions", "2026-02-30"},
		{"code twice", "code: high, rank: 2, parent: low", "code: low", "vocabularies[grade].terms[low]", "taken"},
		{"parent unknown", "parent: low", "parent: lower", "vocabularies[grade].terms[high].parent", "no term"},
		{"parent of itself", "parent: low", "parent: high", "vocabularies[grade].terms[high].parent", "its own parent"},
		{"vocabulary unknown", "vocabulary: grade, required", "vocabulary: grades, required", "fields[kind].vocabulary", "there are grade"},
		{"vocabulary of a number", "kind: FIELD_KIND_NUMBER}\n  - {key: urgent", "kind: FIELD_KIND_NUMBER, vocabulary: grade}\n  - {key: urgent", "fields[people].vocabulary", "only a field of kind"},
		{"field twice", "key: urgent", "key: people", "fields[people]", "taken"},
		{"alternative unknown", "alternatives: [email]", "alternatives: [fax]", "fields[phone].alternatives", "no other field"},
		{"post twice", "{key: boss}]", "{key: boss}, {key: boss}]", "posts[boss]", "taken"},
		{"head unknown", "head: boss", "head: chief", "posts[clerk].head", "no post"},
		{"head of itself", "head: boss", "head: clerk", "posts[clerk].head", "who sits in itself"},
		{"keeper unknown", "keeper: boss", "keeper: chief", "directory.keeper", "no post"},
		{"renewal without a length", "renewal: {limit: {counted_days: 2}", "renewal: {limit: {unset: true}", "directory.renewal.limit", "counted_days: 2"},
		{"renewal at an agreed moment", "renewal: {limit: {counted_days: 2}", "renewal: {limit: {agreed: fields.happened}", "directory.renewal.limit", "counted_days: 2"},
		{"renewal in no calendar", "counted_days: 2}, calendar: office}", "counted_days: 2}, calendar: shop}", "directory.renewal.calendar", "no calendar"},
		{"post unknown", "assignee: {post: clerk}\n          text", "assignee: {post: clerks}\n          text", "flows[main].steps[ask].question.assignee.post", "no post"},
		{"value outside the vocabulary", "value: high}", "value: highest}", "rules[grade].cases[0].value", "it has low, high"},
		{"highest of nothing", "    vocabulary: grade\n", "", "rules[grade].vocabulary", "whose ranks"},
		{"any with a value", "{when: fields.urgent}]", "{when: fields.urgent, value: x}]", "rules[many].cases[1]", "has no values"},
		{"case without a value", "{value: clerk}]", "{when: fields.urgent}]", "rules[handler].cases[1]", "one of the two"},
		{"variable unknown", "fields.people >= 5", "fields.persons >= 5", "rules[many].cases[0].when", "there is no fields.persons; there are fields.happened, fields.kind"},
		{"personal data", "fields.people >= 5", "fields.phone != ''", "rules[many].cases[0].when", "there is no fields.phone"},
		{"not a truth", "fields.people >= 5", "fields.people", "rules[many].cases[0].when", "gives double; wanted is true or false"},
		{"types that do not fit", "fields.people >= 5", "fields.people >= 'five'", "rules[many].cases[0].when", "column 15"},
		{"a loop", "fields.people >= 5", "'[1, 2].all(x, x > 0)'", "rules[many].cases[0].when", "undeclared reference"},
		{"a later value", "fields.people >= 5", "values.handler == ''", "rules[many].cases[0].when", "worked out later"},
		{"too costly", "fields.people >= 5", "(" + strings.Repeat("fields.kind + ", 28) + "'').matches('" + strings.Repeat("x", 900) + "')", "rules[many].cases[0].when", "it may cost"},
		{"deep", "fields.people >= 5", strings.Repeat("(", 40) + "true" + strings.Repeat(")", 40), "rules[many].cases[0].when", "recursion"},
		{"step unknown", "next: [work, tell]", "next: [works, tell]", "flows[main].steps[ask]", `"works", which is no step`},
		{"step twice", "- key: tell", "- key: work", "flows[main].steps[work]", "taken"},
		{"step that nothing leads to", "next: [work, tell]", "next: [work]", "flows[main].steps[tell]", "no step leads to it"},
		{"flow that cannot end", "[{when: answers.work.cost > 100, step: approve}, {when: answers.work.cost <= 100, step: done}]", "[{step: work}]", "flows[main].steps[work]", "no way from it ends"},
		{"round without anybody", "check: {next: [{}]}", "check: {next: [{when: round > 1, step: done}]}", "flows[main].steps[done]", "without anybody acting"},
		{"reopening nowhere", "reopen_step: work", "reopen_step: again", "flows[main].reopen_step", "no step"},
		{"personal form", "{key: by, kind: FIELD_KIND_TIME}", "{key: by, kind: FIELD_KIND_TEXT}", "flows[main].steps[work].task.form[by].kind", "belong to intake"},
		{"answer's own name", "{key: by, kind: FIELD_KIND_TIME}", "{key: outcome, kind: FIELD_KIND_TIME}", "flows[main].steps[work].task.form[outcome]", "taken by the answer"},
		{"answer twice", `{code: "no"`, `{code: "yes"`, "flows[main].steps[ask].question.answers[yes]", "taken"},
		{"calendar unknown", "limit: {working_hours: 8}\n    calendar: office", "limit: {working_hours: 8}\n    calendar: shop", "clocks[work].calendar", "no calendar"},
		{"start on a notice", "start: {work_opened: work}", "start: {work_opened: tell}", "clocks[work].start", "no flow has a task"},
		{"milestone unknown", "cancel: [{milestone: answered}]", "cancel: [{milestone: closed}]", "clocks[work].cancel[0].milestone", "it is one of answered, worked"},
		{"visit unknown", "visit_recorded: check", "visit_recorded: checks", "clocks[agreed].stop[0].visit_recorded", "no visit"},
		{"clock that nothing stops", "visit_recorded: check", "visit_recorded: checks", "clocks[agreed].stop", "nothing can stop it"},
		{"content of a milestone", "{milestone: answered}\n    when", "{milestone: answered, content: [x]}\n    when", "visits[check].after.content", "carry content"},
		{"agreed number", "agreed: answers.work.by", "agreed: answers.work.cost", "clocks[agreed].limit.agreed", "wanted is a time"},
		{"agreed nothing", "agreed: answers.work.by", `agreed: ""`, "clocks[agreed].limit.agreed", "name the time field"},
		{"ages of hours", "working_hours: 8", "working_hours: 1e12", "clocks[work].limit", "at most"},
		{"reopened by nothing", "visit_recorded: check", "reopened: true", "", ""},
		{"metric's own name in a rule", "fields.people >= 5", "contacts > 1", "rules[many].cases[0].when", "undeclared"},
		{"metric of strings", "clocks.work.breached > 0", "channel", "metrics[late].numerator", "whole number"},
		{"clock unknown to a metric", "clocks.work.breached > 0", "clocks.works.breached", "metrics[late].numerator", "clocks.work.met"},
		{"limits of a code", "clause: X-1}", "clause: X-1, max: 3}", "fields[kind]", "only a field of kind"},
		{"limits without a number", "{key: people, kind: FIELD_KIND_NUMBER}", "{key: people, kind: FIELD_KIND_NUMBER, min: 3, max: 2}", "fields[people].min", "no number is taken"},
		{"required twice", "clause: X-1}", "clause: X-1, required_when: fields.urgent}", "fields[kind].required_when", "required always"},
		{"required by what is not known yet", "{key: people, kind: FIELD_KIND_NUMBER}", "{key: people, kind: FIELD_KIND_NUMBER, required_when: values.many}", "fields[people].required_when", "undeclared"},
		{"an alternative of a field that may be required", "required: true, alternatives", "required_when: fields.urgent, alternatives", "", ""},
		{"a visit that records something", "    after: {milestone: answered}\n    when: round < 3", "    form: [{key: fine, kind: FIELD_KIND_FLAG}]\n    after: {milestone: answered}\n    when: round < 3", "", ""},
		{"personal data at a visit", "    when: round < 3", "    form: [{key: fine, kind: FIELD_KIND_TEXT}]\n    when: round < 3", "visits[check].form[fine].kind", "belong to intake"},
		{"guidance for nobody", "- key: tell\n", "- key: tell\n        guidance: {en: Smile}\n", "flows[main].steps[tell].guidance", "nobody does work"},
		{"nothing closes", "satisfied: VISIT_CONSEQUENCE_CLOSE\n", "\n", "closing", "nothing closes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := build(changed(t, c.old, c.new))
			if c.path == "" {
				if err != nil {
					t.Errorf("it is sound, but: %v", err)
				}
				return
			}
			wantFinding(t, err, c.path, c.words)
		})
	}
}
