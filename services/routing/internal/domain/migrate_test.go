package domain_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// moving is a flow with work of every kind side by side, and a join behind it.
const moving = `
- {key: first, task: {assignee: {expression: values.handler}, next: [{step: ask}, {step: agree}, {step: climb}]}, milestone: assigned}
- {key: ask, question: {assignee: {post: desk}, answers: [{code: "yes", next: [meet]}, {code: "no", next: [meet]}]}}
- {key: agree, approval: {approvers: [{post: boss}, {post: audit}], approved: [{step: meet}], rejected: [{step: meet}]}}
- {key: climb, approval: {mode: APPROVAL_MODE_LADDER, approvers: [{post: desk}, {post: boss}], approved: [{step: meet}], rejected: [{step: meet}]}}
- {key: meet, join: true, task: {assignee: {post: desk}}, milestone: answered}
`

// migrate moves the story's case to another edition, and returns what is in the way.
func (s *story) migrate(to *procedure.Procedure, mapped ...string) ([]string, []domain.Obstacle) {
	s.t.Helper()
	steps := map[string]string{}
	for i := 0; i < len(mapped); i += 2 {
		steps[mapped[i]] = mapped[i+1]
	}
	s.now = s.now.Add(time.Hour)
	from := s.setting.Procedure
	setting := s.setting
	setting.Procedure = to
	before := s.c
	c, evs, obstacles := domain.Migrate(setting, s.c, from, domain.Plan{Steps: steps, Reason: "corrected"}, s.now)
	if len(obstacles) > 0 {
		if len(evs) > 0 || c.Version != before.Version || c.Digest != before.Digest || !slices.EqualFunc(c.Work, before.Work, sameWork) {
			s.t.Errorf("a refused migration changed the case: %+v", c)
		}
		return nil, obstacles
	}
	s.setting = setting
	return s.took(c, evs, nil), nil
}

func sameWork(a, b domain.Work) bool {
	return a.ID == b.ID && a.Step == b.Step && a.Post == b.Post && a.State == b.State && a.Rung == b.Rung
}

func TestMigrateCarriesWorkOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change *strings.Replacer
		steps  []string
		open   []string // afterwards
		said   []string // but for the migration itself
	}{
		{"the same meaning", strings.NewReplacer("assigned", "assigned"), nil,
			[]string{"ask@desk", "agree@boss", "agree@audit", "climb@desk"}, nil},
		{"a step renamed", strings.NewReplacer("key: ask", "key: inquire", "step: ask", "step: inquire"), []string{"ask", "inquire"},
			[]string{"inquire@desk", "agree@boss", "agree@audit", "climb@desk"}, nil},
		{"given to another post", strings.NewReplacer("question: {assignee: {post: desk}", "question: {assignee: {post: quick}"), nil,
			[]string{"ask@quick", "agree@boss", "agree@audit", "climb@desk"}, nil},
		{"an approver more", strings.NewReplacer("[{post: boss}, {post: audit}]", "[{post: boss}, {post: audit}, {post: quick}]"), nil,
			[]string{"ask@desk", "agree@boss", "agree@audit", "climb@desk", "agree@quick"}, []string{"opened agree@quick"}},
		{"another approver", strings.NewReplacer("[{post: boss}, {post: audit}]", "[{post: boss}, {post: quick}]"), nil,
			[]string{"ask@desk", "agree@boss", "climb@desk", "agree@quick"}, []string{"cancelled agree@audit", "opened agree@quick"}},
		{"the ladder begins elsewhere", strings.NewReplacer("[{post: desk}, {post: boss}]", "[{post: quick}, {post: boss}]"), nil,
			[]string{"ask@desk", "agree@boss", "agree@audit", "climb@quick"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := begin(t, packOf(t, moving), nil)
			s.complete("first", "", nil)
			ids := map[string]bool{}
			for _, w := range s.c.Work {
				ids[w.ID] = true
			}
			to := packOf(t, tt.change.Replace(moving))
			said, obstacles := s.migrate(to, tt.steps...)
			if len(obstacles) > 0 {
				t.Fatalf("in the way: %v", obstacles)
			}
			same(t, "open work", s.open(), tt.open...)
			same(t, "what happened", said[1:], tt.said...)
			if s.c.Digest != to.Digest {
				t.Error("the case does not run by the new edition")
			}
			for _, w := range s.c.Work {
				if w.State != domain.WorkCompleted && !ids[w.ID] && w.Post != "quick" {
					t.Errorf("%s@%s has got another id", w.Step, w.Post)
				}
			}
			// It goes on to its end by the new edition.
			for len(s.open()) > 0 {
				work := s.open()[0]
				outcome := map[bool]string{true: "approve", false: ""}[strings.HasPrefix(work, "agree") || strings.HasPrefix(work, "climb")]
				if strings.HasPrefix(work, "ask") || strings.HasPrefix(work, "inquire") {
					outcome = "yes"
				}
				s.complete(work, outcome, nil)
			}
			s.is(domain.StateDone)
			s.milestones("assigned", "answered")
		})
	}
}

func TestMigrateIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change *strings.Replacer
		steps  []string
		want   []domain.ObstacleKind
	}{
		{"a step is gone", strings.NewReplacer("key: ask", "key: inquire", "step: ask", "step: inquire"), nil, []domain.ObstacleKind{domain.StepLacking}},
		{"mapped to nothing", strings.NewReplacer(), []string{"ask", "wonder"}, []domain.ObstacleKind{domain.StepLacking}},
		{"mapped to another kind", strings.NewReplacer(), []string{"ask", "first"}, []domain.ObstacleKind{domain.StepDiffers}},
		{"two steps become one", strings.NewReplacer(), []string{"agree", "climb"}, []domain.ObstacleKind{domain.StepDiffers, domain.StepsMerged}},
		{"nobody is asked any more", strings.NewReplacer("[{post: boss}, {post: audit}]", "[{post: boss}]"), nil, []domain.ObstacleKind{domain.ApproversLacking}},
		{"the ladder is shorter", strings.NewReplacer("[{post: desk}, {post: boss}]", "[{post: desk}]"), nil, []domain.ObstacleKind{domain.ApproversLacking}},
		{"a milestone is gone", strings.NewReplacer("milestone: assigned", "milestone: handed_out"), []string{"first", "meet"}, nil},
		{"a milestone is gone with its step", strings.NewReplacer("milestone: assigned", "join: false"), nil, []domain.ObstacleKind{domain.MilestoneLacking}},
		{"a join is none", strings.NewReplacer("key: meet, join: true", "key: meet"), nil, []domain.ObstacleKind{domain.StepDiffers}},
		{"everything at once", strings.NewReplacer("key: ask", "key: inquire", "step: ask", "step: inquire", "milestone: assigned", "join: false"), nil,
			[]domain.ObstacleKind{domain.StepLacking, domain.MilestoneLacking}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := begin(t, packOf(t, moving+"- {key: aside, task: {assignee: {post: desk}}}\n- {key: again, task: {assignee: {post: desk}, next: [{step: aside}]}}"), nil)
			s.complete("first", "", nil)
			s.complete("climb", "escalate", nil)
			s.complete("agree@boss", "approve", nil)
			if tt.name == "a join is none" {
				s.complete("ask", "yes", nil)
			}
			to := packOf(t, tt.change.Replace(moving)+"- {key: aside, task: {assignee: {post: desk}}}\n- {key: again, task: {assignee: {post: desk}, next: [{step: aside}]}}")
			_, obstacles := s.migrate(to, tt.steps...)
			var kinds []domain.ObstacleKind
			for _, o := range obstacles {
				kinds = append(kinds, o.Kind)
				if o.Detail == "" || o.Key == "" {
					t.Errorf("obstacle %+v does not say what to do", o)
				}
			}
			if !slices.Equal(kinds, tt.want) {
				t.Errorf("in the way: %v, want %v", obstacles, tt.want)
			}
		})
	}
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		s, _ := begin(t, packOf(t, moving), nil)
		s.c, _ = domain.Close(s.c, s.now)
		if _, obstacles := s.migrate(packOf(t, moving)); len(obstacles) != 1 || obstacles[0].Kind != domain.NotOpen {
			t.Errorf("in the way: %v", obstacles)
		}
	})
}

// Rules work their values out anew, and what was answered is found under the new keys of steps.
func TestMigrateWorksFactsOutAnew(t *testing.T) {
	t.Parallel()
	const asking = `
- {key: look, task: {assignee: {post: desk}, form: [{key: grade, kind: FIELD_KIND_NUMBER}], next: [{step: act}]}}
- {key: act, task: {assignee: {expression: values.handler}, next: [{step: more, when: answers.look.grade > 2.0}]}}
- {key: more, task: {assignee: {post: boss}}}
`
	s, _ := begin(t, packOf(t, asking), nil)
	s.complete("look", "", map[string]procedure.Value{"grade": procedure.Number(3)})
	same(t, "open work", s.open(), "act@desk")
	other := strings.NewReplacer("key: look", "key: inspect", "answers.look", "answers.inspect").Replace(asking)
	to := compileWith(t, packText(t, other), "{value: desk}", "{value: quick}")
	if _, obstacles := s.migrate(to, "look", "inspect"); len(obstacles) > 0 {
		t.Fatalf("in the way: %v", obstacles)
	}
	same(t, "open work", s.open(), "act@quick")
	if s.c.Facts.Values["handler"] != "quick" {
		t.Errorf("values %v", s.c.Facts.Values)
	}
	s.complete("act", "", nil)
	same(t, "open work", s.open(), "more@boss")
}

// Wherever a case stands, an edition that only calls its steps otherwise takes it over with all its work.
func TestMigrateInAnyFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := randomPack(t)
		out, steps := renamed(in)
		from, err := procedure.Compile(in)
		if err != nil {
			t.Fatal(err)
		}
		to, err := procedure.Compile(out)
		if err != nil {
			t.Fatal(err)
		}
		c := liveThrough(t, from, from.Flows[0], nil, true)
		setting := domain.Setting{Procedure: to, NewID: func() string { t.Fatal("new work"); return "" }}
		after, evs, obstacles := domain.Migrate(setting, c, from, domain.Plan{Steps: steps}, received.AddDate(0, 1, 0))
		if len(obstacles) > 0 {
			t.Fatalf("in the way: %v", obstacles)
		}
		check(t, c, after, evs, nil)
		if len(evs) != 1 || len(after.Waiting) != len(c.Waiting) {
			t.Fatalf("%d events, the joins %v wait where %v did", len(evs), after.Waiting, c.Waiting)
		}
		for i, w := range c.Work {
			if w.State == domain.WorkOpen {
				w.Step = steps[w.Step]
			}
			if !sameWork(w, after.Work[i]) {
				t.Fatalf("work %+v became %+v", c.Work[i], after.Work[i])
			}
		}
	})
}

// renamed returns another edition of a pack, in which every step has another key.
func renamed(in *procedurev1.Procedure) (*procedurev1.Procedure, map[string]string) {
	out, steps := proto.CloneOf(in), map[string]string{}
	out.Edition = "2"
	for _, s := range in.GetFlows()[0].GetSteps() {
		steps[s.GetKey()] = "new_" + s.GetKey()
	}
	next := func(ways ...*procedurev1.Next) {
		for _, w := range ways {
			w.Step = steps[w.GetStep()]
		}
	}
	flow := out.GetFlows()[0]
	flow.ReopenStep = steps[flow.GetReopenStep()]
	for _, s := range flow.GetSteps() {
		s.Key = steps[s.GetKey()]
		next(s.GetTask().GetNext()...)
		next(s.GetCheck().GetNext()...)
		next(s.GetNotice().GetNext()...)
		next(s.GetApproval().GetApproved()...)
		next(s.GetApproval().GetRejected()...)
		for _, a := range s.GetQuestion().GetAnswers() {
			for i := range a.GetNext() {
				a.Next[i] = steps[a.GetNext()[i]]
			}
		}
	}
	return out, maps.Clone(steps)
}
