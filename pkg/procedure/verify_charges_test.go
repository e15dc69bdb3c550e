package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

func TestDefectsOfCharges(t *testing.T) {
	t.Parallel()
	const repair = "    amount: answers.handle_paid.material_fee + answers.handle_paid.installation_fee\n"
	found(t, "home-service/2026-01", []defect{
		{"judged at a step that there is not", "on: [{work_completed: handle_paid}]", "on: [{work_completed: handle_fee}]", procedure.StepUnknown, "on: [{work_completed: handle_fee}]"},
		{"judged at a milestone that no step reaches", "on: [{work_completed: confirm}]", "on: [{milestone: quoted}]", procedure.MilestoneUnknown, "on: [{milestone: quoted}]"},
		{"judged by what routing does not see", "on: [{work_completed: confirm}]", "on: [{closed: true}]", procedure.ChargeInvalid, "on: [{closed: true}]"},
		{"an amount that is a code", repair, "    amount: answers.quotation_confirmation.liable\n", procedure.ExpressionInvalid, "amount: answers.quotation_confirmation.liable"},
		{"an amount that nobody asks for", repair, "    amount: answers.handle_paid.fee\n", procedure.ExpressionInvalid, "amount: answers.handle_paid.fee"},
		{"an amount that is not recorded by then", "amount: answers.order_quotation.amount", "amount: answers.handle_paid.material_fee", procedure.AnswerNeverRecorded,
			"amount: answers.handle_paid.material_fee\n"},
		{"a share that is a flag", "liable: [{party: answers.confirm.payer}]", "liable: [{party: answers.confirm.payer, share: answers.handle_paid.parts_kept}]", procedure.ExpressionInvalid,
			"share: answers.handle_paid.parts_kept"},
		{"two parties that bear the rest", "liable: [{party: answers.confirm.payer}]", "liable: [{party: answers.confirm.payer}, {party: answers.confirm.payer}]", procedure.ChargeInvalid,
			"liable: [{party: answers.confirm.payer}, {"},
		{"a fixed party that is none", `liable: [{party: "'end_customer'"}]`, `liable: [{party: "'customer'"}]`, procedure.CodeUnknown, `liable: [{party: "'customer'"}]`},
		{"a recorded party that is none", "    parties: payer\n    liable: [{party: answers.confirm.payer}]", "    parties: payer\n    liable: [{party: answers.confirm.confirmer}]", procedure.CodeUnknown,
			"liable: [{party: answers.confirm.confirmer}]"},
		{"any text may be a party", "liable: [{party: values.initiator}]", "liable: [{party: fields.order_number}]", procedure.PartyUnbounded, "liable: [{party: fields.order_number}]"},
		{"parties of no vocabulary", "    parties: payer\n", "    parties: payers\n", procedure.VocabularyUnknown, "parties: payers"},
		{"a signer that there is not", "    signed_by: deduction\n    clauses: [S3-30, S3-55, S3-88]", "    signed_by: deductions\n    clauses: [S3-30, S3-55, S3-88]", procedure.StepUnknown, "signed_by: deductions"},
		{"a signer that comes before", "    signed_by: deduction\n    clauses: [S3-30, S3-55, S3-88]", "    signed_by: application\n    clauses: [S3-30, S3-55, S3-88]", procedure.ChargeNeverSigned,
			"signed_by: application"},
		{"a signer that is asked a question", "    signed_by: deduction\n    clauses: [S3-30, S3-55, S3-88]", "    signed_by: customer_confirmation\n    clauses: [S3-30, S3-55, S3-88]", procedure.ChargeInvalid,
			"signed_by: customer_confirmation"},
		{"a signer whom no way leads to", "{code: confirmed, name: {zh: 确认并回传, en: Confirmed}, next: [deduction]}", "{code: confirmed, name: {zh: 确认并回传, en: Confirmed}, next: [order_splitting]}",
			procedure.StepUnreachable, "- key: deduction\n        name: {zh: 财务扣款"},
		{"a signing post that is missing", "clauses: [S3-29, S3-44, S3-88]\n        approval:\n          approvers: [{post: finance}]", "clauses: [S3-29, S3-44, S3-88]\n        approval:\n          approvers: [{post: treasury}]",
			procedure.PostUnknown, "approvers: [{post: treasury}]"},
		{"no currency", "currency: CNY\n", "", procedure.ChargeInvalid, "charges:\n"},
		{"a currency that is none", "currency: CNY\n", "currency: yuan\n", procedure.ContractBroken, "currency: yuan\n"},
		{"a charge that is never due", "    when: answers.quotation_confirmation.parts_charged\n", "    when: answers.quotation_confirmation.parts_charged && !answers.quotation_confirmation.parts_charged\n",
			procedure.ConditionNever, "when: answers.quotation_confirmation.parts_charged && "},
		{"a code that the condition never meets", "['franchisee', 'end_customer'])\"\n    amount", "['franchise', 'end_customer'])\"\n    amount", procedure.CodeUnknown, "['franchise', 'end_customer'])\"\n    amount"},
		{"an amount that may be below 0", "en: Charge for the parts in yuan}, kind: FIELD_KIND_NUMBER, min: 0,", "en: Charge for the parts in yuan}, kind: FIELD_KIND_NUMBER,", procedure.AmountUnbounded,
			"amount: answers.quotation_confirmation.parts_amount"},
		{"two charges of one key", "  - key: order_deduction\n", "  - key: deduction\n", procedure.KeyTaken, "  - key: deduction\n    name: {zh: 收款补单扣款"},
	})
}

const charged = base + `
currency: CNY
charges:
  - key: damage
    name: {en: Damage}
    kind: CHARGE_KIND_DEDUCTION
    on: [{work_completed: work}]
    when: fields.urgent
    amount: answers.work.cost
    parties: grade
    liable: [{party: "'high'", share: fields.people}, {party: fields.kind}]
    basis: values.grade
`

// A charge at the steps of an action is verified with the action, and judged by nothing else.
func TestChargesOfAnAction(t *testing.T) {
	t.Parallel()
	const more = `
currency: CNY
actions:
  - key: repair
    name: {en: Repair}
    numbering: REP
    steps:
      - {key: mend, task: {assignee: {post: clerk}, form: [{key: price, kind: FIELD_KIND_NUMBER, min: 0}], next: [{step: pay}]}}
      - {key: pay, approval: {approvers: [{post: boss}]}, milestone: paid}
    closing: [{work_completed: pay}]
charges:
  - key: price
    name: {en: Price}
    kind: CHARGE_KIND_FEE
    on: [{work_completed: mend}]
    amount: answers.mend.price
    parties: grade
    liable: [{party: "'high'"}]
    signed_by: pay
`
	tests := []struct {
		name, old, new string
		code           procedure.FindingCode // "" for none
	}{
		{"sound", "numbering: REP", "numbering: REP", ""},
		{"judged by the complaint too", "on: [{work_completed: mend}]", "on: [{work_completed: mend}, {work_completed: work}]", procedure.ChargeInvalid},
		{"signed by the complaint", "signed_by: pay", "signed_by: work", procedure.StepUnknown},
		{"signed before", "on: [{work_completed: mend}]", "on: [{milestone: paid}]", procedure.ChargeNeverSigned},
		{"a party that is none", "[{party: \"'high'\"}]", "[{party: \"'middle'\"}]", procedure.CodeUnknown},
		{"an amount below 0", "kind: FIELD_KIND_NUMBER, min: 0}], next: [{step: pay}]", "kind: FIELD_KIND_NUMBER}], next: [{step: pay}]", procedure.AmountUnbounded},
	}
	for _, tt := range tests {
		in, err := procedure.Parse([]byte(edited(t, base+more, tt.old, tt.new)))
		if err != nil {
			t.Fatal(err)
		}
		_, findings := procedure.Verify(in)
		about := slices.DeleteFunc(findings, func(f procedure.Finding) bool { return !strings.HasPrefix(f.Path, "charges[") })
		if tt.code == "" && len(about) > 0 || tt.code != "" && !slices.ContainsFunc(about, func(f procedure.Finding) bool { return f.Code == tt.code }) {
			t.Errorf("%s: want %q, got%s", tt.name, tt.code, what(about))
		}
	}
}

func TestJudgingACharge(t *testing.T) {
	t.Parallel()
	p, err := build(charged)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := p.Charge("damage")
	tests := []struct {
		name         string
		cost, people float64
		second       string
		high, low    int64 // hundredths
		wrong        string
	}{
		{"shares of the whole", 500, 70, "low", 35000, 15000, ""},
		{"a share of nobody", 500, 70, "", 35000, 0, ""},
		{"all of it", 500, 100, "low", 50000, 0, ""},
		{"none of it", 500, 0, "low", 0, 50000, ""},
		{"the same party twice", 500, 70, "high", 50000, 0, ""},
		{"an odd fen", 100.01, 50, "low", 5001, 5000, ""},
		{"a third", 0.01, 33.3333, "low", 0, 1, ""},
		{"nothing to bear", 0, 70, "low", 0, 0, ""},
		{"a sum of decimals", 0.1 + 0.2, 0, "low", 0, 30, ""},
		{"the most", 1e12, 0.0001, "low", 100_000_000, 99_999_900_000_000, ""},
		{"below nothing", -1, 70, "low", 0, 0, ""},
		{"half a fen up, as it is written", 1.005, 0, "low", 0, 101, ""},
		{"less than half a fen", 12.3449, 0, "low", 0, 1234, ""},
		{"half a fen alone", 0.005, 0, "low", 0, 1, ""},
		{"too much", 1e12 + 1, 70, "low", 0, 0, "the amount is 1000000000001; it is at most 1000000000000"},
		{"more than all", 500, 100.5, "low", 0, 0, "the share is 100.5 per cent"},
		{"less than nothing", 500, -1, "low", 0, 0, "the share is -1 per cent"},
		{"five decimals", 500, 33.33333, "low", 16667, 33333, ""},
		{"a party that is none", 500, 70, "middle", 0, 0, `"middle" is no party; it is one of low, high`},
	}
	for _, tt := range tests {
		got, err := c.Judge(facts(tt.cost, tt.people, tt.second))
		if tt.wrong != "" {
			wantChargeError(t, tt.name, err, tt.wrong)
			continue
		}
		var high, low int64
		for _, b := range got.Borne {
			if b.Party == "high" {
				high = b.Hundredths
			} else {
				low = b.Hundredths
			}
		}
		if err != nil || high != tt.high || low != tt.low {
			t.Errorf("%s: high bears %d and low %d (%v), want %d and %d", tt.name, high, low, err, tt.high, tt.low)
		}
	}
	undue := facts(500, 70, "low")
	undue.Fields["urgent"] = procedure.Flag(false)
	if got, err := c.Judge(undue); err != nil || len(got.Borne) != 0 {
		t.Errorf("what is not due is borne: %v, %v", got, err)
	}
}
