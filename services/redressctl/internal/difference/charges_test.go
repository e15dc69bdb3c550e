package difference

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatManagersReadOfCharges(t *testing.T) {
	t.Parallel()
	text := packs(t)["home-service"]
	next := another(t, text,
		"kind: CHARGE_KIND_FEE\n    on: [{work_completed: quotation_confirmation}]", "kind: CHARGE_KIND_PENALTY\n    on: [{work_completed: quotation_confirmation}]",
		"on: [{work_completed: handle_paid}]", "on: [{milestone: handled}]",
		"amount: answers.handle_paid.material_fee + answers.handle_paid.installation_fee", "amount: answers.handle_paid.material_fee",
		"    signed_by: deduction\n    clauses: [S3-30, S3-55, S3-88]", "    clauses: [S3-30, S3-55, S3-88]",
		"    liable: [{party: values.initiator}]", "    liable: [{party: values.initiator, share: \"50\"}]",
		"  - key: penalty\n    name: {zh: 处罚意见, en: Penalty opinion}", "  - key: opinion\n    name: {zh: 处罚意见, en: Penalty opinion}",
	)
	for lang, want := range map[Lang][]string{
		En: {
			`New charge "Penalty opinion" (opinion) of answers.quotation_confirmation.penalty, borne by answers.quotation_confirmation.liable`,
			`The charge "Penalty opinion" (penalty) is gone`,
			`charge "Deduction for a paid order" (order_deduction) is signed at: "Deduction signed by finance" (deduction) -> none`,
			`charge "Damaged parts not kept" (parts) is: fee -> penalty`,
			`charge "Damaged parts not kept" (parts) is borne by: values.initiator -> values.initiator (50 %)`,
			`charge "Paid repair" (repair) is judged at: the completion of work of "Repair it for a fee and fill in the tracking form" (handle_paid) -> the milestone handled`,
			`charge "Paid repair" (repair), amount: answers.handle_paid.material_fee + answers.handle_paid.installation_fee -> answers.handle_paid.material_fee`,
		},
		Zh: {
			"新增费用 “处罚意见”（opinion）：金额 answers.quotation_confirmation.penalty，由 answers.quotation_confirmation.liable 承担",
			"取消费用 “处罚意见”（penalty）",
			"费用 “收款补单扣款”（order_deduction） 的签字环节：“扣款 财务审核签字”（deduction） → 无",
			"费用 “未保留毁损零配件收费”（parts） 的种类：收费 → 处罚",
			"费用 “未保留毁损零配件收费”（parts） 的承担方：values.initiator → values.initiator (50 %)",
			"费用 “收费维修”（repair） 的判定时机：“收费维修并填写跟踪表”（handle_paid）完成 → 到达节点 handled",
			"费用 “收费维修”（repair），金额：answers.handle_paid.material_fee + answers.handle_paid.installation_fee → answers.handle_paid.material_fee",
		},
	} {
		var got []string
		for _, c := range Between(parse(t, text), next, lang) {
			if c.Section == Charges {
				got = append(got, c.Words)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}
