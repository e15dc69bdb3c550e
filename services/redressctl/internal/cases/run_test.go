package cases

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spoiled is a case of testdata/shop with one thing changed, and the failure that must be found then: on the line that holds text.
type spoiled struct {
	id, old, new      string
	text, what, found string
}

// spoiledCases change every kind of expectation, and acts.
var spoiledCases = []spoiled{
	{"whole-life", "state: open", "state: closed", "state: closed", "state", "open"},
	{"whole-life", "round: 1", "round: 2", "round: 2", "round", "1"},
	{"whole-life", "number: SH-202603-0001", "number: SH-202603-0002", "number: SH", "number", "SH-202603-0001"},
	{"whole-life", "handler: clerk", "handler: chief", "handler: chief", "values.handler", "clerk"},
	{"whole-life", "hurry: true", "hurry: false", "hurry: false", "values.hurry", "true"},
	{"whole-life", "work: {answer: clerk}", "work: {answer: chief}", "work: {answer: chief}", "open work", "{answer: clerk}"},
	{"whole-life", "work: {answer: clerk}", "work: {}", "work: {}", "open work", "{answer: clerk}"},
	{"whole-life", "work: {check: chief}", "work: {check: chief, answer: clerk}", "work: {check: chief, ", "open work", "{check: chief}"},
	{"whole-life", "persons: {answer: an}", "persons: {answer: bo}", "persons: {answer: bo}", "person of answer", "an"},
	{"whole-life", "persons: {answer: an}", "persons: {check: an}", "persons: {check: an}", "person of check", "no open work"},
	{"whole-life", "not_milestones: [answered]", "milestones: [answered]", "  milestones: [answered]", "milestone answered", "not reached"},
	{"whole-life", "work: {check: chief}, milestones: [answered]", "not_milestones: [answered]", "{not_milestones: [answered]", "milestone answered", "reached"},
	{"whole-life", "due: 2026-03-03 09:00", "due: 2026-03-03 10:00", "due: 2026-03-03 10:00", "clock reply, due", "2026-03-03 09:00"},
	{"whole-life", "start: 2026-03-02 09:00", "start: 2026-03-02 09:00:15", "start: 2026", "clock reply, start", "2026-03-02 09:00"},
	{"whole-life", "provisional: false", "provisional: true", "provisional: true", "clock reply, provisional", "false"},
	{"whole-life", "count: 1", "count: 2", "count: 2", "clocks of reply", "1"},
	{"whole-life", "talk: none", "talk: {state: running}", "talk: {state", "clock talk, state", "the clock has not started"},
	{"whole-life", "talk: none", "talk: {count: 1}", "talk: {count", "clocks of talk", "0"},
	{"whole-life", "clocks: {reply: {state: running, start: 2026-03-02 09:00, due: 2026-03-03 09:00, provisional: false, count: 1}", "clocks: {reply: none", "{reply: none", "clock reply", "running, due 2026-03-03 09:00"},
	{"whole-life", "ended: 2026-03-02 09:30", "ended: 2026-03-02 09:31", "ended: 2026", "clock reply, ended", "2026-03-02 09:30"},
	{"whole-life", "state: met, ended", "state: breached, ended", "state: breached", "clock reply, state", "met"},
	{"whole-life", "visits: {happy: none}", "visits: {happy: {state: due}}", "{state: due}}", "visit happy, state", "none"},
	{"whole-life", "visits: {happy: {state: due, post: caller, attempts: 0}}", "visits: {happy: none}", "notices: {tell: [clerk]}", "visit happy", "due"},
	{"whole-life", "post: caller, attempts", "post: clerk, attempts", "post: clerk", "visit happy, post", "caller"},
	{"whole-life", "{attempts: 1}", "{attempts: 2}", "{attempts: 2}", "visit happy, attempts", "1"},
	{"whole-life", "state: done, outcome: satisfied", "state: cancelled, outcome: satisfied", "state: cancelled", "visit happy, state", "done"},
	{"whole-life", "state: done, outcome: satisfied", "state: done, outcome: unreached", "state: done", "visit happy, outcome", "satisfied"},
	{"whole-life", "notices: none", "notices: {tell: [clerk]}", "          notices: {tell", "told about tell", "none"},
	{"whole-life", "{tell: [clerk]}", "{tell: [clerk, chief]}", "{tell: [clerk, chief]}", "told about tell", "clerk"},
	{"whole-life", "notices: {tell: [clerk]}", "notices: none", "{work: {}, notices: none", "notices", "tell: clerk"},
	{"whole-life", "timely: 1/1", "timely: 0/1", "timely: 0/1", "metric timely", "1/1"},
	{"whole-life", "complaints: 1", "complaints: 2", "complaints: 2", "metric complaints", "1"},
	{"whole-life", "refused: {reason: NOT_ON_DUTY}", "refused: {reason: WORK_NOT_OPEN}", "at: 2026-03-02 10:00", "complete answer", "refused: NOT_ON_DUTY"},
	{"whole-life", "field: fields.kind", "field: fields.size", "- complete: {step: answer}", "complete answer", "refused: FIELD_REQUIRED at fields.kind"},
	{"whole-life", "by: caller, ", "", "at: 2026-03-02 10:00", "complete answer", "it was accepted"},
	{"whole-life", "        refused: {reason: FIELD_REQUIRED, field: fields.kind}\n", "", "- complete: {step: answer}", "complete answer", "refused: FIELD_REQUIRED at fields.kind"},
	{"whole-life", "step: check, outcome: approve", "step: check, outcome: reject", "expect: {work: {}", "open work", "{answer: clerk}"},
	{"whole-life", "visit: {plan: happy, outcome: unreached}", "complete: {step: answer, fields: {kind: refund}}", "complete: {step: answer, fields: {kind: refund}}", "complete answer", "refused: WORK_NOT_OPEN"},
	{"whole-life", "SL-1, stage", "SL-2, stage", "forms: {slip: {number", "form slip, number", "SH-202603-0001/SL-1"},
	{"whole-life", "stage: begin", "stage: finish", "forms: {slip: {number", "form slip, stage", "begin"},
	{"whole-life", "missing: [answers.answer.kind]", "missing: []", "forms: {slip: {number", "form slip, missing", "[answers.answer.kind]"},
	{"whole-life", "stage: complete", "stage: finish", "stage: finish, missing: []", "form slip, stage", "complete"},
	{"whole-life", "visits.happy: satisfied", "visits.happy: dissatisfied", "stage: complete, missing: []", "form slip, visits.happy", "满意"},
	{"whole-life", "fields.phone: 138****8000", "fields.phone: none", "stage: complete, missing: []", "form slip, fields.phone", "138****8000"},
	{"whole-life", "fields.size: small", "fields.size: large", "stage: begin", "form slip, fields.size", "small"},
	{"whole-life", "{slip: {stage: finish}}", "{slip: none}", "{slip: none}", "form slip", "SH-202603-0001/SL-1"},
	{"whole-life", "fields: {polite: true}", "fields: {polite: false, marks: 3}", "metrics: {timely: 1/1", "metric polite", "0"},
	{"late", "hurry: false", "hurry: true", "hurry: true", "values.hurry", "false"},
	{"late", "warned: [clerk]", "warned: [chief]", "warned: [chief]", "told about clock/reply/warned", "clerk"},
	{"late", "breached: none", "breached: [chief]", "warned: [clerk]", "told about clock/reply/breached", "none"},
	{"late", "{state: running}", "{state: breached}", "{state: breached}}", "clock reply, state", "running"}, // a second early
	{"late", "at: 2026-03-03 09:00:01", "at: 2026-03-03 09:01", "", "", ""},                                  // later is as good: a breach stays
	{"late", "breached: 2026-03-03 09:00", "breached: 2026-03-03 09:01", "breached: 2026", "clock reply, breached", "2026-03-03 09:00"},
	{"late", `explanation: ["24"]`, `explanation: [the moon]`, "the moon", "explanation of clock reply", "2026-03-03 09:00"},
	{"late", "[chief, caller]", "[caller]", "[caller]", "told about clock/reply/escalated/1", "caller, chief"},
	{"late", "late: 2h30m", "late: 2h", "late: 2h", "clock reply, late", "2h30m"},
	{"two-complaints", "number: SH-202603-0002", "number: SH-202603-0001", "number: SH", "number of complaint b", "SH-202603-0002"},
	{"two-complaints", "persons: {answer: dan}", "persons: {answer: an}", "persons: {answer: an}", "person of answer of complaint c", "dan"},
	{"two-complaints", "{web: 1", "{web: 2", "{web: 2", "metric complaints, channel web of complaint b", "1"},
	{"two-complaints", "timely: 0.33", "timely: 0.34", "timely: 0.34", "metric timely", "1/3 (0.3333)"},
	{"two-complaints", "state: withdrawn", "state: open", "state: open", "state", "withdrawn"},
	{"linked", "kind: same_matter", "kind: group", "{several: true}", "values.several of complaint b", "false"},
	{"linked", "same_matter, to: a}", "same_matter, to: b}", "link: {kind", "link of complaint b", "refused: LINK_INVALID at other_complaint_id"},
	{"agreed", "state: running, due: 2026-03-05 12:00", "state: running, due: 2026-03-03 09:00", "due: 2026-03-03", "clock reply, due", "2026-03-05 12:00"},
	{"agreed", "purpose: response", "purpose: progress", "{talk: {state: met}}", "clock talk, state", "running"},
	{"posts", "by: clerk, ", "by: chief, ", "duty_decision: {post: caller, by: chief", "duty_decision caller", "it was accepted"},
	{"posts", "persons: {answer: fei}", "persons: {answer: an}", "persons: {answer: an}", "person of answer of complaint c", "fei"},
	{"posts", "absence: {person: an", "absence: {person: bo", "persons: {answer: fei}", "person of answer of complaint c", "an"},
	{"action-outlives", "actions: {capa: none}", "actions: {capa: {state: open}}", "expect: {actions: {capa: {state: open}}}", "action capa, state", "no action capa has opened"},
	{"action-outlives", "number: SH-202603-0001/CAPA-1", "number: SH-202603-0001/CAPA-2", "actions: {capa: {state: open, number", "action capa, number", "SH-202603-0001/CAPA-1"},
	{"action-outlives", "count: 1, work: {analyse: chief}", "count: 1, work: {analyse: clerk}", "actions: {capa: {state: open, number", "action capa, open work", "{analyse: chief}"},
	{"action-outlives", "due: 2026-03-04 09:00", "due: 2026-03-03 09:00", "actions: {capa: {state: open, number", "action capa, clock analysis, due", "2026-03-04 09:00"},
	{"action-outlives", "clocks: {analysis: none}", "clocks: {analysis: {state: running}}", "clocks: {analysis: {state: running}}", "clock analysis, state", "the clock has not started"},
	{"action-outlives", "{clock/analysis/breached: [chief]}", "{clock/analysis/breached: none}", "expect: {actions: {capa: {clocks: {analysis: {state: breached}}", "action capa, told about clock/analysis/breached", "chief"},
	{"action-outlives", "milestones: [analysed]", "not_milestones: [analysed]", "expect: {actions: {capa: {work: {confirm: chief}", "action capa, milestone analysed", "reached"},
	{"action-outlives", "state: closed, work: {}, milestones", "state: cancelled, work: {}, milestones", "actions: {capa: {state: cancelled", "action capa, state", "closed"},
	{"action-outlives", "capas_done: 1/1", "capas_done: 0/1", "metrics: {complaints: 1, capas: 1", "metric capas_done", "1/1"},
	{"action-outlives", "reason: ACTION_OPEN_ALREADY", "reason: ACTION_UNKNOWN", "open_action: {action: capa}", "open_action capa", "refused: ACTION_OPEN_ALREADY"},
	{"action-of-several", "count: 2}", "count: 3}", "expect: {actions: {capa: {number: SH-202603-0001/CAPA-2", "actions capa", "2"},
	{"action-alone", "refused: {reason: COMPLAINT_NEEDED}", "refused: {reason: ACTION_UNKNOWN}", "open_action: {action: capa, alone: true}", "open_action capa", "refused: COMPLAINT_NEEDED"},
	{"agreed", "agree: {clock: reply", "agree: {clock: talk", "agree: {clock: talk", "agree talk", "the clock talk has not started"},
}

// TestTheRunnerFindsWhatIsWrong plays the cases of testdata/shop as they are, which pass, and each spoiled one, which must fail where it
// was spoiled, and there alone.
func TestTheRunnerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	const shop = "testdata/shop"
	data, err := os.ReadFile(filepath.Join(shop, casesFile))
	if err != nil {
		t.Fatal(err)
	}
	file := string(data)
	base := map[string]string{}
	for _, chunk := range strings.Split(file, "\n  - id: ")[1:] {
		id, _, _ := strings.Cut(chunk, "\n")
		base[id] = "\n  - id: " + chunk
	}
	file = strings.TrimSuffix(file, "\n")
	lines := make([]int, len(spoiledCases))
	for i, s := range spoiledCases {
		if !strings.Contains(base[s.id], s.old) {
			t.Fatalf("case %s has no %q", s.id, s.old)
		}
		text := strings.Replace(strings.TrimSuffix(base[s.id], "\n"), s.old, s.new, 1)
		text = strings.Replace(text, s.id, fmt.Sprintf("spoiled-%d", i), 1)
		at := strings.Index(text, s.text)
		if at < 0 {
			t.Fatalf("spoiled case %d (%s) has no %q", i, s.id, s.text)
		}
		lines[i] = 1 + strings.Count(file, "\n") + strings.Count(text[:at], "\n")
		file += text
	}
	p := loadText(t, shop, file+"\n")
	results, err := Run(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "suite"), Log: t.Logf}, p.Cases)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if i < len(base) {
			if !r.Passed() {
				t.Errorf("case %s as it is: %v", r.Case, r.Failures)
			}
			continue
		}
		s, line := spoiledCases[i-len(base)], lines[i-len(base)]
		if s.what == "" {
			if !r.Passed() {
				t.Errorf("%q in the place of %q: %v, want none", s.new, s.old, r.Failures)
			}
			continue
		}
		if r.Passed() {
			t.Errorf("%q in the place of %q in case %s passed", s.new, s.old, s.id)
			continue
		}
		f := r.Failures[0]
		if f.Line != line || f.What != s.what || !strings.Contains(f.Found, s.found) {
			t.Errorf("%q in the place of %q in case %s, line %d: %+v, want %s, found %q", s.new, s.old, s.id, line, f, s.what, s.found)
		}
		if len(r.Timelines) == 0 || len(r.Timelines[0].Entries) == 0 || !strings.Contains(r.Timelines[0].Entries[0], "ComplaintRegistered") {
			t.Errorf("case %s failed without a timeline: %v", r.Case, r.Timelines)
		}
	}
}

// loadText returns the pack in dir with other cases.
func loadText(t *testing.T, dir, text string) *Pack {
	t.Helper()
	p, err := Load(write(t, dir, text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// write copies the pack in dir to a folder of its own with other cases.
func write(t *testing.T, dir, text string) string {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, casesFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}
