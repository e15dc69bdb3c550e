package domain_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// Whatever the flow and whatever people answer: a case has open work or is done, no join waits for nothing, and versions are dense.
func TestNoCaseIsStrandedInAnyFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := procedure.Compile(randomPack(t))
		if err != nil {
			t.Fatal(err)
		}
		liveThrough(t, p, p.Flows[0], nil, true)
	})
}

func TestNoCaseIsStrandedInAShippedPack(t *testing.T) {
	files, err := filepath.Glob("../../../../deploy/procedures/*/*/procedure.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no packs found: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(file))), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := compile(t, string(text))
			rapid.Check(t, func(t *rapid.T) {
				liveThrough(t, p, rapid.SampledFrom(p.Flows).Draw(t, "flow"), form(t, p.Fields), false)
			})
		})
	}
}

// liveThrough returns how far a case comes: it opens one, completes its work at random, and reopens it when it is done; or, where rudely, at any moment: a
// shipped pack may rely on a visit to come after the steps that its reopening builds on.
func liveThrough(t *rapid.T, p *procedure.Procedure, flow *procedure.Flow, fields map[string]procedure.Value, rudely bool) domain.Case {
	ids, now := 0, received
	setting := domain.Setting{Procedure: p, NewID: func() string { ids++; return fmt.Sprint("w", ids) }}
	c, evs, err := domain.Open(setting, domain.Registration{Flow: flow.Key, Fields: fields, ReceiveTime: now})
	check(t, domain.Case{}, c, evs, err)
	for range rapid.IntRange(0, 40).Draw(t, "acts") {
		before := c
		now = now.Add(time.Minute)
		var open []domain.Work
		for _, w := range c.Work {
			if w.State == domain.WorkOpen {
				open = append(open, w)
			}
		}
		if len(open) == 0 || rudely && rapid.IntRange(0, 19).Draw(t, "reopen") == 0 {
			c, evs, err = domain.Reopen(setting, c, c.Facts.Round+1, now)
			check(t, before, c, evs, err)
			continue
		}
		w := rapid.SampledFrom(open).Draw(t, "work")
		step, _ := flow.Step(w.Step)
		done := domain.Completion{OccurTime: now, Fields: form(t, step.Form), Content: step.RequiredContent}
		if outcomes := step.Outcomes(w.Rung); len(outcomes) > 0 {
			done.Outcome = rapid.SampledFrom(outcomes).Draw(t, "outcome")
		}
		c, evs, err = domain.Complete(setting, c, w.ID, done, domain.Caller{Anywhere: true}, now)
		if refused := (*fault.Error)(nil); errors.As(err, &refused) && refused.Reason == "FIELD_REQUIRED" { // under a condition
			continue
		}
		check(t, before, c, evs, err)
	}
	return c
}

func check(t *rapid.T, before, c domain.Case, evs []domain.Event, err error) {
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != before.Version+1 || c.EventVersion != before.EventVersion+int64(len(evs)) {
		t.Fatalf("versions went from %d, %d to %d, %d with %d events", before.Version, before.EventVersion, c.Version, c.EventVersion, len(evs))
	}
	seats := map[string]bool{}
	for _, w := range c.Work {
		if w.State != domain.WorkOpen {
			continue
		}
		seat := w.Step + "@" + w.Post
		if seats[seat] {
			t.Fatalf("%s is open twice", seat)
		}
		seats[seat] = true
	}
	want := domain.StateOpen
	if len(seats) == 0 {
		want = domain.StateDone
	}
	if c.State != want || want == domain.StateDone && len(c.Waiting) > 0 {
		t.Fatalf("state %d with %d pieces of open work and the joins %v waiting", c.State, len(seats), c.Waiting)
	}
}

// form fills a form at random; what is required, always.
func form(t *rapid.T, fields []procedure.Field) map[string]procedure.Value {
	given := map[string]procedure.Value{}
	for _, f := range fields {
		if f.Kind.Personal() || !f.Required && rapid.Bool().Draw(t, "leave out "+f.Key) {
			continue
		}
		switch f.Kind {
		case procedure.KindNumber:
			least, most := -1e6, 1e6
			if f.Min != nil {
				least = *f.Min
			}
			if f.Max != nil {
				most = *f.Max
			}
			given[f.Key] = procedure.Number(rapid.Float64Range(least, most).Draw(t, f.Key))
		case procedure.KindFlag:
			given[f.Key] = procedure.Flag(rapid.Bool().Draw(t, f.Key))
		case procedure.KindTime:
			given[f.Key] = procedure.Time(received)
		default:
			code := "x"
			if v := f.Vocabulary(); v != nil {
				code = rapid.SampledFrom(v.Terms).Draw(t, f.Key).Code
			}
			given[f.Key] = procedure.Code(code)
		}
	}
	return given
}

// randomPack returns a procedure that compiles: every step can go forward to the last, which ends; only work leads back.
func randomPack(t *rapid.T) *procedurev1.Procedure {
	p := &procedurev1.Procedure{
		Code: "random", Edition: "1", Name: &procedurev1.Label{En: "Random"},
		Numbering: &procedurev1.Numbering{Prefix: "R", Zone: "Asia/Shanghai"},
		Posts:     []*procedurev1.Post{{Key: "desk"}, {Key: "boss"}, {Key: "audit"}},
		Closing:   &procedurev1.Closing{On: []*procedurev1.Trigger{{On: &procedurev1.Trigger_Contact{Contact: "response"}}}},
	}
	n := rapid.IntRange(1, 14).Draw(t, "steps")
	ways := make([][]string, n)
	steps := make([]*procedurev1.Step, n)
	for i := range steps {
		steps[i], ways[i] = randomStep(t, i, n)
	}
	// What nothing leads to does not compile: it is left out.
	reached := []string{key(0)}
	for i := 0; i < len(reached); i++ {
		for _, way := range ways[slices.IndexFunc(steps, func(s *procedurev1.Step) bool { return s.GetKey() == reached[i] })] {
			if !slices.Contains(reached, way) {
				reached = append(reached, way)
			}
		}
	}
	steps = slices.DeleteFunc(steps, func(s *procedurev1.Step) bool { return !slices.Contains(reached, s.GetKey()) })
	p.Flows = []*procedurev1.Flow{{Key: "main", Steps: steps, ReopenStep: rapid.SampledFrom(reached).Draw(t, "reopen step")}}
	return p
}

func key(i int) string { return fmt.Sprint("s", i) }

func randomStep(t *rapid.T, i, n int) (*procedurev1.Step, []string) {
	forward := func() []string {
		if i == n-1 {
			return nil
		}
		later := rapid.IntRange(i+1, n-1)
		return rapid.Map(rapid.SliceOfNDistinct(later, 1, min(3, n-1-i), rapid.ID[int]), func(is []int) []string {
			var keys []string
			for _, i := range is {
				keys = append(keys, key(i))
			}
			return keys
		}).Draw(t, "forward")
	}
	anywhere := func() []string {
		return []string{key(rapid.IntRange(0, n-1).Draw(t, "back or forward"))}
	}
	who := func() *procedurev1.Assignee {
		return &procedurev1.Assignee{Who: &procedurev1.Assignee_Post{Post: rapid.SampledFrom([]string{"desk", "boss", "audit"}).Draw(t, "post")}}
	}
	next := func(steps []string) []*procedurev1.Next {
		list := []*procedurev1.Next{{}}
		for _, s := range steps {
			list = append(list, &procedurev1.Next{Step: s})
		}
		return list
	}
	s := &procedurev1.Step{Key: key(i), Join: rapid.Bool().Draw(t, "join"), Milestone: rapid.SampledFrom([]string{"", "answered"}).Draw(t, "milestone")}
	way := forward()
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		s.Kind = &procedurev1.Step_Task{Task: &procedurev1.Task{Assignee: who(), Next: next(way)}}
	case 1:
		back := anywhere()
		s.Kind = &procedurev1.Step_Question{Question: &procedurev1.Question{Assignee: who(), Answers: []*procedurev1.Answer{
			{Code: "on", Next: way}, {Code: "back", Next: back}, {Code: "end"},
		}}}
		way = append(slices.Clone(way), back...)
	case 2:
		s.Kind = &procedurev1.Step_Check{Check: &procedurev1.Check{Next: next(way)}}
	case 3:
		s.Kind = &procedurev1.Step_Notice{Notice: &procedurev1.Notice{Recipients: []*procedurev1.Assignee{who()}, Next: next(way)}}
	case 4:
		back := anywhere()
		mode := procedurev1.ApprovalMode(rapid.Int32Range(0, 2).Draw(t, "mode"))
		s.Kind = &procedurev1.Step_Approval{Approval: &procedurev1.Approval{
			Approvers: []*procedurev1.Assignee{who(), who()}, Mode: mode, Approved: next(way), Rejected: next(back),
		}}
		way = append(slices.Clone(way), back...)
	}
	return s, way
}
