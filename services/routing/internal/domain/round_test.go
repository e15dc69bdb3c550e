package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

const twoRounds = `
- {key: handle, task: {assignee: {expression: values.handler}, form: [{key: colour, kind: FIELD_KIND_CODE}], next: [{step: visit}, {step: wait}]}, milestone: answered}
- {key: visit, task: {assignee: {post: desk}, next: [{step: meet}]}}
- {key: wait, task: {assignee: {post: audit}, next: [{step: meet}]}}
- {key: meet, join: true, task: {assignee: {post: desk}}}
- {key: again, task: {assignee: {expression: values.handler}, next: [{step: meet}]}}
`

func TestReopeningBeginsARound(t *testing.T) {
	s, _ := begin(t, packOf(t, twoRounds), nil)
	s.complete("handle", "", map[string]procedure.Value{"colour": procedure.Code("red")})
	s.complete("visit", "", nil)
	same(t, "reopening", s.reopen(2), "cancelled wait@audit", "classified boss", "opened again@boss")
	s.milestones()
	if len(s.c.Waiting) > 0 || s.c.Facts.Round != 2 || s.c.Facts.Answers["handle"]["colour"] != procedure.Code("red") {
		t.Errorf("round %d, waiting %v, answers %v", s.c.Facts.Round, s.c.Waiting, s.c.Facts.Answers)
	}
	s.complete("again", "", nil)
	same(t, "the second round", s.open(), "meet@desk")
	if _, _, err := domain.Reopen(s.setting, s.c, 2, s.now); err == nil {
		t.Error("round 2 began twice")
	}
}

func TestClosingAndWithdrawingCancelWhatIsOpen(t *testing.T) {
	s, _ := begin(t, packOf(t, twoRounds), nil)
	s.complete("handle", "", nil)
	s.complete("visit", "", nil)

	closed, evs := domain.Close(s.c, s.now)
	same(t, "closing", words(evs), "cancelled wait@audit")
	if closed.State != domain.StateClosed || closed.Version != s.c.Version+1 || len(closed.Waiting) > 0 {
		t.Errorf("closed as %+v", closed)
	}
	if again, evs := domain.Close(closed, s.now); evs != nil || again.Version != closed.Version {
		t.Error("closing a closed case did something")
	}
	reopened, evs, err := domain.Reopen(s.setting, closed, 2, s.now)
	if err != nil || reopened.State != domain.StateOpen {
		t.Errorf("a closed case reopened: %v, %v", words(evs), err)
	}

	gone, evs := domain.Withdraw(s.c, s.now)
	same(t, "withdrawal", words(evs), "cancelled wait@audit")
	for name, after := range map[string]func() (domain.Case, []domain.Event){
		"closed":    func() (domain.Case, []domain.Event) { return domain.Close(gone, s.now) },
		"withdrawn": func() (domain.Case, []domain.Event) { return domain.Withdraw(gone, s.now) },
		"reopened": func() (domain.Case, []domain.Event) {
			c, evs, err := domain.Reopen(s.setting, gone, 2, s.now)
			if err != nil {
				t.Error(err)
			}
			return c, evs
		},
	} {
		if c, evs := after(); c.State != domain.StateWithdrawn || evs != nil || c.Version != gone.Version {
			t.Errorf("a withdrawn case that is %s: state %d, %v", name, c.State, words(evs))
		}
	}
	if w, _ := s.c.FindWork(s.find("wait")); w.State != domain.WorkOpen {
		t.Error("a decision changed the case that it was given")
	}
}

func TestClocksTellThePostsThatTheyName(t *testing.T) {
	s, _ := begin(t, packOf(t, `- {key: one, task: {assignee: {post: audit}}}`), map[string]procedure.Value{"urgent": procedure.Flag(true)})
	p := s.setting.Procedure
	version := s.c.Version

	c, evs, err := domain.Warned(p, s.c, "reply", 0)
	same(t, "a warning for nobody", s.took(c, evs, err))
	c, evs, err = domain.Warned(p, s.c, "reply", 1)
	same(t, "a warning", s.took(c, evs, err), "told quick+desk of clock/reply/warned")
	c, evs, err = domain.Breached(p, s.c, "reply")
	same(t, "a breach", s.took(c, evs, err), "told boss+audit of clock/reply/breached")
	if s.c.Version != version {
		t.Error("a notice has changed the version that people see")
	}
	for _, warning := range []int{-1, 2} {
		if _, _, err := domain.Warned(p, s.c, "reply", warning); err == nil {
			t.Errorf("warning %d does not exist, and nobody minds", warning)
		}
	}
	if _, _, err := domain.Breached(p, s.c, "other"); err == nil {
		t.Error("the clock does not exist, and nobody minds")
	}
}
