package domain_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// chargedPack has a judgement that two sign, an opinion that nobody does, and a way back.
func chargedPack(t testing.TB) *procedure.Procedure {
	t.Helper()
	return compile(t, chargedText(t))
}

// chargedText is its YAML.
func chargedText(t testing.TB) string {
	t.Helper()
	text := packText(t, `
- key: judge
  task:
    assignee: {post: desk}
    form:
      - {key: amount, kind: FIELD_KIND_NUMBER, min: 0}
      - {key: share, kind: FIELD_KIND_NUMBER}
      - {key: party, kind: FIELD_KIND_CODE}
      - {key: penalty, kind: FIELD_KIND_NUMBER, min: 0}
    next: [{step: sign}]
- key: sign
  approval: {approvers: [{post: audit}, {post: boss}], approved: [{step: fix}], rejected: [{step: judge}]}
- key: fix
  question: {assignee: {post: desk}, answers: [{code: done}, {code: again, next: [judge]}]}
- key: again
  check: {next: [{step: judge}]}
`)
	text = strings.Replace(text, "{value: desk}]", "{when: answers.fix.outcome == 'again', value: audit}, {value: desk}]", 1)
	text = strings.Replace(text, "closing:", `
currency: CNY
charges:
  - key: deduction
    name: {en: Deduction}
    kind: CHARGE_KIND_DEDUCTION
    on: [{work_completed: judge}]
    amount: answers.judge.amount
    parties: colour
    liable: [{party: answers.judge.party, share: answers.judge.share}, {party: "'blue'"}]
    basis: values.handler
    signed_by: sign
  - key: penalty
    name: {en: Penalty}
    kind: CHARGE_KIND_PENALTY
    on: [{work_completed: judge}]
    amount: answers.judge.penalty
    parties: colour
    liable: [{party: answers.judge.party}]
closing:`, 1)
	// The round's beginning again is what a reopening enters; the flow itself comes back by an answer.
	return strings.Replace(text, "{code: again, next: [judge]}", "{code: again, next: [again]}", 1)
}

func judged(amount, share float64, party string) map[string]procedure.Value {
	return map[string]procedure.Value{"amount": procedure.Number(amount), "share": procedure.Number(share), "party": procedure.Code(party)}
}

// charges says of each charge what it is and where it stands.
func (s *story) charges(what string, want ...string) {
	s.t.Helper()
	names := [...]string{"", "proposed", "judged", "signed", "voided"}
	var got []string
	for _, c := range s.c.Charges {
		got = append(got, strings.Join([]string{c.Key, c.Party, c.Amount.Amount(), names[c.State]}, " "))
	}
	same(s.t, what, got, want...)
}

func (s *story) approve() {
	s.t.Helper()
	s.complete("sign@audit", "approve", nil)
	s.complete("sign@boss", "approve", nil)
}

func TestAChargeIsProposedAndSigned(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), nil)
	evs := s.complete("judge", "", judged(500, 70, "red"))
	same(t, "the judgement", evs, "completed judge@desk", "opened sign@audit", "opened sign@boss", "proposed deduction red 350.00", "proposed deduction blue 150.00")
	s.charges("judged", "deduction red 350.00 proposed", "deduction blue 150.00 proposed")
	same(t, "half of the signatures", s.complete("sign@audit", "approve", nil), "completed sign@audit approve")
	evs = s.complete("sign@boss", "approve", nil)
	same(t, "the signatures", evs, "completed sign@boss approve", "signed deduction red 350.00", "signed deduction blue 150.00", "opened fix@desk")
	s.charges("signed", "deduction red 350.00 signed", "deduction blue 150.00 signed")
	c := s.c.Charges[0]
	if c.Step != "judge" || c.Post != "desk" || c.SignPost != "boss" || !c.JudgeTime.Equal(received.Add(time.Hour)) || !c.SignTime.Equal(received.Add(3*time.Hour)) || c.Basis != "desk" {
		t.Errorf("the record is %+v", c)
	}
}

func TestARejectedChargeIsVoidedAndJudgedAgain(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), nil)
	s.complete("judge", "", judged(500, 70, "red"))
	same(t, "the rejection", s.complete("sign@audit", "reject", nil), "completed sign@audit reject", "cancelled sign@boss",
		"voided deduction red 350.00", "voided deduction blue 150.00", "opened judge@desk")
	s.complete("judge", "", judged(500, 100, "red"))
	s.charges("again", "deduction red 350.00 voided", "deduction blue 150.00 voided", "deduction red 500.00 proposed")
}

func TestAJudgementIsCorrectedByAFurtherOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		again          map[string]procedure.Value
		judged, signed []string // what there is after the second judgement, and after its signature
	}{
		{
			"the same stays", judged(500, 70, "red"),
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 signed"},
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 signed"},
		},
		{
			"a signed one counts until its correction is signed", judged(500, 80, "red"),
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 signed", "deduction red 400.00 proposed", "deduction blue 100.00 proposed"},
			[]string{"deduction red 350.00 voided", "deduction blue 150.00 voided", "deduction red 400.00 signed", "deduction blue 100.00 signed"},
		},
		{
			"one is taken back by a charge of nothing", judged(350, 100, "red"),
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 signed", "deduction blue 0.00 proposed"},
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 voided", "deduction blue 0.00 signed"},
		},
		{
			"all is taken back", judged(0, 0, "red"),
			[]string{"deduction red 350.00 signed", "deduction blue 150.00 signed", "deduction red 0.00 proposed", "deduction blue 0.00 proposed"},
			[]string{"deduction red 350.00 voided", "deduction blue 150.00 voided", "deduction red 0.00 signed", "deduction blue 0.00 signed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// Of a basis that stays the same: a fixed one.
			s, _ := begin(t, chargedPack(t), map[string]procedure.Value{"urgent": procedure.Flag(true)})
			s.complete("judge", "", judged(500, 70, "red"))
			s.approve()
			s.complete("fix", "again", nil)
			s.complete("judge", "", tt.again)
			s.charges("judged again", tt.judged...)
			s.approve()
			s.charges("signed again", tt.signed...)
			for _, c := range s.c.Charges[2:] {
				old := s.c.Charges[slices.IndexFunc(s.c.Charges, func(o domain.Charge) bool { return o.ID == c.Corrects })]
				if old.Party != c.Party || old.VoidReason != domain.VoidCorrected {
					t.Errorf("%+v corrects %+v", c, old)
				}
			}
		})
	}
}

func TestWhatIsNotSignedGivesWayAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), map[string]procedure.Value{"urgent": procedure.Flag(true)})
	facts := judged(100, 100, "red")
	facts["penalty"] = procedure.Number(20)
	s.complete("judge", "", facts)
	s.charges("judged", "deduction red 100.00 proposed", "penalty red 20.00 judged")
	s.approve()
	s.complete("fix", "again", nil)
	facts["penalty"], facts["amount"] = procedure.Number(30), procedure.Number(120)
	s.complete("judge", "", facts)
	s.charges("again", "deduction red 100.00 signed", "penalty red 20.00 voided", "deduction red 120.00 proposed", "penalty red 30.00 judged")
	same(t, "rejected: the signed one stays", s.complete("sign@audit", "reject", nil), "completed sign@audit reject", "cancelled sign@boss",
		"voided deduction red 120.00", "opened judge@desk")
	delete(facts, "penalty")
	facts["amount"] = procedure.Number(100)
	same(t, "back to the first", s.complete("judge", "", facts), "completed judge@desk", "opened sign@audit", "opened sign@boss", "voided penalty red 30.00")
	s.charges("in the end", "deduction red 100.00 signed", "penalty red 20.00 voided", "deduction red 120.00 voided", "penalty red 30.00 voided")
}

func TestAChangeOfValuesJudgesAnewWhatStands(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), nil)
	s.complete("judge", "", judged(100, 100, "red"))
	s.approve()
	same(t, "another basis", s.complete("fix", "again", nil), "completed fix@desk again", "classified audit", "opened judge@desk", "proposed deduction red 100.00")
}

func TestChargesAreOfARound(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), nil)
	s.complete("judge", "", judged(100, 100, "red"))
	s.approve()
	s.complete("fix", "done", nil)
	s.reopen(2)
	s.complete("judge", "", judged(40, 100, "red"))
	s.charges("a new round adds", "deduction red 100.00 signed", "deduction red 40.00 proposed")
	s.reopen(3)
	s.charges("what was not signed is voided", "deduction red 100.00 signed", "deduction red 40.00 voided")
	s.complete("judge", "", judged(60, 100, "red"))
	closed, evs := domain.Close(s.c, s.now)
	same(t, "closed", words(evs), "cancelled sign@audit", "cancelled sign@boss", "voided deduction red 60.00")
	if reason := closed.Charges[2].VoidReason; reason != domain.VoidEnded {
		t.Errorf("voided for the reason %d", reason)
	}
	if s.c.Charges[2].State != domain.ChargeProposed {
		t.Error("closing changed the case that it was given")
	}
}

func TestAChargeThatCannotBeChangesNothing(t *testing.T) {
	t.Parallel()
	p := chargedPack(t)
	tests := []struct {
		name, field string
		facts       map[string]procedure.Value
		words       string
	}{
		{"more than all", "fields.share", judged(100, 101, "red"), "the share is 101 per cent"},
		{"less than nothing", "fields.share", judged(100, -1, "red"), "the share is -1 per cent"},
		{"a party that is none", "fields.party", judged(100, 50, "green"), `"green" is no party; it is one of red, blue; correct answers.judge.party`},
		{"too much", "fields.amount", judged(1e13, 50, "red"), "it is at most 1000000000000"},
	}
	for _, tt := range tests {
		s, _ := begin(t, p, nil)
		done := domain.Completion{Fields: tt.facts, OccurTime: s.now}
		c, evs, err := domain.Complete(s.setting, s.c, s.find("judge"), done, domain.Caller{Anywhere: true}, s.now)
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Reason != domain.ReasonChargeInvalid || refused.Meta["field"] != tt.field || !strings.Contains(refused.Detail, tt.words) {
			t.Errorf("%s: got %v at %q, want CHARGE_INVALID at %s with %q", tt.name, err, refused.Meta["field"], tt.field, tt.words)
		}
		if len(evs) > 0 || c.Version != s.c.Version || len(c.Charges) > 0 || len(s.open()) != 1 {
			t.Errorf("%s: it changed the case", tt.name)
		}
	}
}

// Whatever is judged, signed, rejected and reopened: nobody's charge changes, of a party at most one counts and at most one waits in a
// round, and when all is signed it bears what was judged last.
func TestChargesInAnyOrder(t *testing.T) {
	t.Parallel()
	p := chargedPack(t)
	rapid.Check(t, func(rt *rapid.T) {
		s, _ := begin(t, p, map[string]procedure.Value{"urgent": procedure.Flag(true)})
		for range rapid.IntRange(1, 15).Draw(rt, "acts") {
			before := slices.Clone(s.c.Charges)
			fen := rapid.Int64Range(0, 5).Draw(rt, "fen")
			switch open := s.open(); open[0] {
			case "judge@desk":
				s.complete("judge", "", judged(float64(fen)/100, float64(rapid.IntRange(0, 2).Draw(rt, "half"))*50, "red"))
			case "fix@desk":
				s.complete("fix", "again", nil)
			default:
				s.complete(open[0], rapid.SampledFrom([]string{"approve", "approve", "reject"}).Draw(rt, "decision"), nil)
				if s.open()[0] == "fix@desk" { // signed by both
					var counts int64
					for _, c := range s.c.Charges {
						if c.State == domain.ChargeSigned && c.Round == s.c.Facts.Round {
							counts += c.Amount.Hundredths
						}
					}
					if want := int64(math.Round(100 * s.c.Facts.Answers["judge"]["amount"].Number)); counts != want {
						rt.Fatalf("%d fen are signed, %d were judged", counts, want)
					}
				}
			}
			if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
				s.reopen(s.c.Facts.Round + 1)
			}
			for i, c := range before {
				now := s.c.Charges[i]
				if now.ID != c.ID || now.Party != c.Party || now.Amount != c.Amount || now.Round != c.Round || c.State == domain.ChargeVoided && now.State != c.State {
					rt.Fatalf("%+v became %+v", c, now)
				}
			}
			type seat struct {
				party string
				round int
				waits bool
			}
			seen := map[seat]bool{}
			for _, c := range s.c.Charges {
				at := seat{c.Party, c.Round, c.State == domain.ChargeProposed}
				if c.State != domain.ChargeVoided && seen[at] {
					rt.Fatalf("two charges of %+v", at)
				}
				seen[at] = seen[at] || c.State != domain.ChargeVoided
			}
		}
	})
}

func TestAMigratedChargeIsSignedAtTheRenamedStep(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, chargedPack(t), nil)
	s.complete("judge", "", judged(500, 70, "red"))
	text := strings.NewReplacer(`edition: "1"`, `edition: "2"`, "key: sign\n", "key: seal\n", "step: sign}", "step: seal}", "signed_by: sign", "signed_by: seal").Replace(chargedText(t))
	if _, obstacles := s.migrate(compile(t, text), "sign", "seal"); len(obstacles) > 0 {
		t.Fatal(obstacles)
	}
	s.complete("seal@audit", "approve", nil)
	s.complete("seal@boss", "approve", nil)
	s.charges("signed", "deduction red 350.00 signed", "deduction blue 150.00 signed")
}
