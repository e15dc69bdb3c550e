package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

var received = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// packOf returns a procedure whose only flow has the given steps, written in YAML as a list.
func packOf(t testing.TB, steps string) *procedure.Procedure {
	t.Helper()
	return compile(t, packText(t, steps))
}

// packText is its YAML.
func packText(t testing.TB, steps string) string {
	t.Helper()
	const pack = `
code: test
edition: "1"
name: {en: Test}
numbering: {prefix: T, zone: Asia/Shanghai}
calendars: [{key: civil, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}]
vocabularies: [{key: colour, terms: [{code: red}, {code: blue}]}]
fields: [{key: urgent, kind: FIELD_KIND_FLAG}, {key: chair, kind: FIELD_KIND_CODE}]
rules:
  - target: handler
    cases: [{when: round > 1, value: boss}, {when: fields.urgent, value: quick}, {value: desk}]
posts: [{key: desk}, {key: quick}, {key: boss}, {key: audit}]
clocks:
  - key: reply
    start: {registered: true}
    limit: {hours: 24}
    calendar: civil
    stop: [{closed: true}]
    warnings: [{share: 0.5}, {share: 0.9, notify: [{expression: values.handler}, {post: desk}]}]
    breach: {notify: [{post: boss}, {post: audit}]}
closing: {on: [{contact: response}]}
flows: [{key: main, STEPS}]
`
	text := strings.Replace(pack, "[{key: main, STEPS}]", "\n  - key: main\n    reopen_step: REOPEN\n    steps:\n"+indent(steps, "      "), 1)
	reopen := ""
	if strings.Contains(steps, "key: again") {
		reopen = "again"
	}
	return strings.Replace(text, "reopen_step: REOPEN", fmt.Sprintf("reopen_step: %q", reopen), 1)
}

// compileWith compiles a text with one change.
func compileWith(t testing.TB, text, old, changed string) *procedure.Procedure {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("the pack has no %q", old)
	}
	return compile(t, strings.Replace(text, old, changed, 1))
}

func compile(t testing.TB, text string) *procedure.Procedure {
	t.Helper()
	in, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by)
}

// A story is one case under test; each act must succeed.
type story struct {
	t       testing.TB
	setting domain.Setting
	c       domain.Case
	now     time.Time
}

// begin opens a case of p.
func begin(t testing.TB, p *procedure.Procedure, fields map[string]procedure.Value) (*story, []string) {
	t.Helper()
	s := &story{t: t, now: received}
	ids := 0
	s.setting = domain.Setting{Procedure: p, NewID: func() string { ids++; return fmt.Sprint("w", ids) }}
	c, evs, err := domain.Open(s.setting, domain.Registration{
		Tenant: "default", ComplaintID: "c1", Number: "T-1", Flow: p.Flows[0].Key, Fields: fields, ReceiveTime: received,
	})
	return s, s.took(c, evs, err)
}

// complete completes the open work of a step, named "step" or "step@post", an hour after the last act.
func (s *story) complete(work, outcome string, fields map[string]procedure.Value, content ...string) []string {
	s.t.Helper()
	s.now = s.now.Add(time.Hour)
	done := domain.Completion{Outcome: outcome, Fields: fields, Content: content, OccurTime: s.now}
	c, evs, err := domain.Complete(s.setting, s.c, s.find(work), done, domain.Caller{Anywhere: true}, s.now)
	return s.took(c, evs, err)
}

func (s *story) reopen(round int) []string {
	s.t.Helper()
	c, evs, err := domain.Reopen(s.setting, s.c, round, s.now)
	return s.took(c, evs, err)
}

// find returns the id of the open work that a name means.
func (s *story) find(name string) string {
	s.t.Helper()
	step, post, _ := strings.Cut(name, "@")
	for _, w := range s.c.Work {
		if w.State == domain.WorkOpen && w.Step == step && (post == "" || w.Post == post) {
			return w.ID
		}
	}
	s.t.Fatalf("no open work %s; open are %v", name, s.open())
	return ""
}

// took takes an act's result over and says what happened.
func (s *story) took(c domain.Case, evs []domain.Event, err error) []string {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	if got, want := c.EventVersion, s.c.EventVersion+int64(len(evs)); got != want {
		s.t.Errorf("event version is %d after %d events, want %d", got, len(evs), want)
	}
	s.c = c
	return words(evs)
}

// open names the open work, in the order in which it opened.
func (s *story) open() []string {
	var names []string
	for _, w := range s.c.Work {
		if w.State == domain.WorkOpen {
			names = append(names, w.Step+"@"+w.Post)
		}
	}
	return names
}

// words says each event in a few words.
func words(evs []domain.Event) []string {
	var said []string
	for _, e := range evs {
		switch e := e.(type) {
		case domain.Classified:
			said = append(said, "classified "+e.Values["handler"])
		case domain.Opened:
			said = append(said, "opened "+e.Work.Step+"@"+e.Work.Post)
		case domain.Completed:
			said = append(said, strings.TrimSuffix("completed "+e.Work.Step+"@"+e.Work.Post+" "+e.Work.Outcome, " "))
		case domain.Cancelled:
			said = append(said, "cancelled "+e.Work.Step+"@"+e.Work.Post)
		case domain.MilestoneReached:
			said = append(said, "milestone "+e.Milestone)
		case domain.NoticeIssued:
			said = append(said, "told "+strings.Join(e.Posts, "+")+" of "+e.About)
		case domain.Migrated:
			said = append(said, "migrated")
		case domain.Proposed:
			said = append(said, "proposed "+e.Charge.Key+" "+e.Charge.Party+" "+e.Charge.Amount.Amount())
		case domain.Signed:
			said = append(said, "signed "+e.Charge.Key+" "+e.Charge.Party+" "+e.Charge.Amount.Amount())
		case domain.Voided:
			said = append(said, "voided "+e.Charge.Key+" "+e.Charge.Party+" "+e.Charge.Amount.Amount())
		case domain.DutyChanged:
			said = append(said, "duty "+e.Post)
		}
	}
	return said
}

func same(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" && len(got)+len(want) > 0 {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (s *story) is(state domain.State) {
	s.t.Helper()
	if s.c.State != state {
		s.t.Errorf("the case is in state %d, want %d; open: %v, waiting: %v", s.c.State, state, s.open(), s.c.Waiting)
	}
}

func (s *story) milestones(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.c.Milestones, want) {
		s.t.Errorf("milestones %v, want %v", s.c.Milestones, want)
	}
}
