package server_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

func (b *bench) why(req *routingv1.ExplainDutyRequest) (*routingv1.DutyExplanation, string) {
	b.t.Helper()
	resp, err := b.ExplainDuty(as("qa", optionsv1.Role_ROLE_AUDITOR), req)
	if err != nil {
		b.t.Fatal(err)
	}
	var text strings.Builder
	for _, r := range resp.GetExplanation().GetReasons() {
		text.WriteString(r.GetZh() + "\n" + r.GetEn() + "\n")
	}
	return resp.GetExplanation(), text.String()
}

// "Why this person": the rule that chose the post, the duty in force, its approval; in sentences with the procedure's names and zone.
func TestWhyWorkWentToItsPerson(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	change := b.request("chen.lan", nil)
	if _, err := b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: change.GetChangeId(), Approve: true}); err != nil {
		t.Fatal(err)
	}
	id := newID()
	b.in.Deliver(b.registeredAt(id, b.clock.Now(), chair("sales")))
	w := b.work(id, "plan", "sales")

	got, text := b.why(&routingv1.ExplainDutyRequest{WorkId: w.GetWorkId()})
	same(t, "what chose the post", &routingv1.PostChoice{Step: "plan", Expression: "values.handler", Target: "handler", Value: "sales"}, got.GetReasons()[0].GetChoice())
	if d := got.GetReasons()[1].GetDuty(); d.GetPerson() != "chen.lan" || d.GetChangeId() != change.GetChangeId() {
		t.Errorf("the duty in force: %v", d)
	}
	if c := got.GetReasons()[2].GetChange(); c.GetDecider() != "wu.gang" || c.GetRequester() != "li.wei" {
		t.Errorf("the approval: %v", c)
	}
	if o := got.GetReasons()[3].GetOutcome(); o != routingv1.DutyOutcome_DUTY_OUTCOME_HOLDER || got.GetPerson() != "chen.lan" || got.GetWorkId() != w.GetWorkId() {
		t.Errorf("it ends with %v: %v", o, got)
	}
	for _, want := range []string{
		"环节 plan 由表达式 values.handler 得出岗位 经销部 (sales)。规则 handler 的值为 sales。",
		"The step plan asks values.handler, which gave the post Sales (sales). The rule handler has the value sales.",
		"chen.lan 自 2026-03-06 10:01 起在岗 经销部 (sales)。",
		"chen.lan sits in the post Sales (sales) from 2026-03-06 10:01.",
		"该变更由 li.wei 于 2026-03-06 10:01 提出，经 boss（wu.gang）于 2026-03-06 10:01 批准。",
		"So the work is for chen.lan.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no sentence %q in:\n%s", want, text)
		}
	}
}

// What is explained is what was known when the work opened: later entries, also for the past, do not rewrite it.
func TestAnExplanationKnowsWhatWasKnownThen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sit("desk", "li.wei")
	b.deputy("", "li.wei", "chen.lan")
	gone := b.absent("li.wei", received.Add(-time.Hour), received.Add(time.Hour))
	id := newID()
	b.in.Deliver(b.registered(id, inAway(t)))
	w := b.work(id, "plan", "desk")
	if w.GetPerson() != "chen.lan" {
		t.Fatalf("the work went to %q", w.GetPerson())
	}
	_, before := b.why(&routingv1.ExplainDutyRequest{WorkId: w.GetWorkId()})
	b.clock.Advance(time.Minute)
	b.absent("chen.lan", received.Add(-time.Hour), received.Add(time.Hour))
	b.deputy("desk", "", "hu.bin")
	if _, err := b.CancelAbsence(supervisor, &routingv1.CancelAbsenceRequest{RequestId: newID(), AbsenceId: gone.GetAbsenceId()}); err != nil {
		t.Fatal(err)
	}
	b.sit("desk", "ma.jun") // from an hour before the receipt: takes li.wei's duty back
	got, after := b.why(&routingv1.ExplainDutyRequest{WorkId: w.GetWorkId()})
	if before != after || got.GetPerson() != "chen.lan" {
		t.Errorf("the explanation changed from\n%sto\n%s", before, after)
	}
	if got, _ := b.why(&routingv1.ExplainDutyRequest{Procedure: "away", Post: "desk", AtTime: w.GetOpenTime()}); got.GetPerson() != "ma.jun" {
		t.Errorf("by what is known now it would be %q's", got.GetPerson())
	}
}

// Work that came to its person otherwise is not explained away.
func TestAnExplanationThatDoesNotFitSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "desk", "li.wei", received.Add(-time.Hour))
	w := b.work(b.begin(), "plan", "desk")
	if _, err := b.pool.Exec(t.Context(), "UPDATE work SET person = 'hu.bin'"); err != nil {
		t.Fatal(err)
	}
	got, text := b.why(&routingv1.ExplainDutyRequest{WorkId: w.GetWorkId()})
	if got.GetPerson() != "hu.bin" || !strings.Contains(text, "But the work stands with hu.bin") || !strings.Contains(text, "li.wei sits in the post desk") {
		t.Errorf("%v\n%s", got, text)
	}
}

func TestExplainingAPost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sit("desk", "li.wei")
	b.deputy("desk", "", "chen.lan")
	b.absent("li.wei", received, received.Add(time.Hour))
	b.absent("chen.lan", received.Add(10*time.Minute), received.Add(20*time.Minute))
	for at, want := range map[time.Time]struct {
		person string
		words  string
	}{
		received.Add(-2 * time.Hour):   {"", "Nobody sits in the post desk"},
		received.Add(-time.Minute):     {"li.wei", "So the work is for li.wei."},
		received:                       {"chen.lan", "The deputy of the post desk is chen.lan"},
		received.Add(10 * time.Minute): {"li.wei", "No deputy is there"},
	} {
		got, text := b.why(&routingv1.ExplainDutyRequest{Procedure: "away", Post: "desk", AtTime: timestamppb.New(at)})
		if got.GetPerson() != want.person || !strings.Contains(text, want.words) {
			t.Errorf("at %v: %q; %s", at, got.GetPerson(), text)
		}
	}
	_, err := b.ExplainDuty(supervisor, &routingv1.ExplainDutyRequest{WorkId: newID()})
	wantFault(t, err, fault.NotFound, domain.ReasonWorkNotFound, "")
	_, err = b.ExplainDuty(supervisor, &routingv1.ExplainDutyRequest{Procedure: "away", Post: "king"})
	wantFault(t, err, fault.Invalid, domain.ReasonPostUnknown, "post")
}
