package procedure_test

import (
	"testing"

	"redress.dev/pkg/procedure"
)

// defect is a slip of the pen in a shipped pack: one place of it replaced, and what must be found in the line where a text stands.
type defect struct {
	name, old, new string
	code           procedure.FindingCode
	at             string
}

// found verifies every defect of a pack, and that the pack itself does not have it.
func found(t *testing.T, pack string, defects []defect) {
	t.Helper()
	whole, directory := source(t, pack, "procedure.yaml"), []byte(source(t, pack, "directory.yaml"))
	_, sound := procedure.VerifyFiles([]byte(whole), directory)
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			text := edited(t, whole, d.old, d.new)
			line := lineOf(t, text, d.at)
			_, findings := procedure.VerifyFiles([]byte(text), directory)
			for _, f := range findings {
				if f.Code == d.code && f.Line == line {
					for _, before := range sound {
						if before.Code == f.Code && before.Path == f.Path {
							t.Errorf("the pack without the defect has it too: %v", before)
						}
					}
					return
				}
			}
			t.Errorf("no %s in line %d (%s):%s", d.code, line, d.at, what(findings))
		})
	}
}

func TestDefectsOfHomeFurnishing(t *testing.T) {
	t.Parallel()
	found(t, "home-furnishing/2015", []defect{
		{"an answer that leads nowhere", "{code: settled, name: {zh: 已协商, en: Settled}, next: [answer_customer]}", "{code: settled, name: {zh: 已协商, en: Settled}}",
			procedure.ComplaintStranded, "- key: handle\n        name: {zh: 与商场协商处理"},
		{"an answer that skips the conclusion", "{code: over_standard, name: {zh: 客户要求超出标准, en: Over the standard}, next: [over_standard]}",
			"{code: over_standard, name: {zh: 客户要求超出标准, en: Over the standard}, next: [copy_audit]}", procedure.ComplaintStranded, "- key: handle\n        name: {zh: 与商场和客户"},
		{"an approval whose refusal ends", "approvers: [{expression: values.department_head}, {post: general_manager_office}]\n          mode: APPROVAL_MODE_LADDER\n          approved: [{step: answer_customer}]\n          rejected: [{step: handle}]",
			"approvers: [{expression: values.department_head}, {post: general_manager_office}]\n          mode: APPROVAL_MODE_LADDER\n          approved: [{step: answer_customer}]",
			procedure.ComplaintStranded, "- key: over_standard\n"},
		{"a step that nothing leads to", "next: [{step: collect}]", "next: [{step: solution_told}]", procedure.StepUnreachable, "- key: collect\n"},
		{"a step of the other flow", "{code: transfer, name: {zh: 不能处理 制作投诉单, en: Make a slip}, next: [transfer]}",
			"{code: transfer, name: {zh: 不能处理 制作投诉单, en: Make a slip}, next: [over_standard]}", procedure.StepUnknown, "- key: answer_now\n        name: {zh: 即时答复或制作投诉单"},
		{"a reopening to nowhere", "reopen_step: reopened", "reopen_step: reopen", procedure.StepUnknown, "reopen_step: reopen\n"},
		{"a reopening that does nothing", "check: {next: [{step: transfer}, {step: judge_repeat}]}", "check: {next: [{step: judge_repeat}]}",
			procedure.ComplaintStranded, "- key: judge_repeat\n"},
		{"a circle without anybody", "- key: copy_audit\n        name: {zh: 抄送监察审计部, en: Copy to supervision and audit}\n        clauses: [S1-29]\n        notice: {recipients: [{post: supervision_audit}]}\n      - key: follow_up",
			"- key: copy_audit\n        name: {zh: 抄送监察审计部, en: Copy to supervision and audit}\n        clauses: [S1-29]\n        notice: {recipients: [{post: supervision_audit}], next: [{step: transfer}]}\n      - key: follow_up",
			procedure.CircleUnattended, "- key: transfer\n"},
		{"conditions that leave a gap", "{when: \"!answers.process_solution.price_needed && !answers.collect.price_needed\", step: handle}",
			"{when: \"!answers.process_solution.price_needed && answers.collect.price_needed\", step: handle}", procedure.BranchUncovered, "- key: solution_told\n"},
		{"the gap strands", "{when: \"!answers.process_solution.price_needed && !answers.collect.price_needed\", step: handle}",
			"{when: answers.process_solution.price_needed && !answers.collect.price_needed, step: handle}", procedure.ComplaintStranded, "- key: process_solution\n"},
		{"a line that no complaint has", "{when: fields.line == 'bathroom', value: quality_bathroom}", "{when: fields.line == 'bathrom', value: quality_bathroom}",
			procedure.CodeUnknown, "{when: fields.line == 'bathrom', value: quality_bathroom}"},
		{"a beginning that no post has", "values.handler.startsWith('manufacturing_')", "values.handler.startsWith('manufactoring_')",
			procedure.CodeUnknown, "values.handler.startsWith('manufactoring_')"},
		{"an answer that there is not", "answers.judge_repeat.outcome == 'insufficient'", "answers.judge_repeat.outcome == 'unsufficient'",
			procedure.CodeUnknown, "answers.judge_repeat.outcome == 'unsufficient'"},
		{"a flow that there is not", "flow == 'store' && fields.accused", "flow == 'shop' && fields.accused", procedure.CodeUnknown, "flow == 'shop'"},
		{"a case behind the last", "      - {value: quality_cabinet}\n", "      - {value: quality_cabinet}\n      - {when: fields.line == 'cabinet', value: quality_cabinet}\n",
			procedure.CaseNever, "{when: fields.line == 'cabinet', value: quality_cabinet}"},
		{"the same case twice", "      - {when: fields.line == 'wooden_door', value: quality_wooden_door}\n",
			"      - {when: fields.line == 'wooden_door', value: quality_wooden_door}\n      - {when: 'wooden_door' == fields.line, value: quality_cabinet}\n",
			procedure.CaseNever, "{when: 'wooden_door' == fields.line"},
		{"a rule without its last case", "      - {value: quality_cabinet}\n", "", procedure.PostMissing, "task:\n          assignee: {expression: values.quality_department}"},
		{"a line without quality department", "      - {value: quality_cabinet}\n", "      - {when: fields.line == 'cabinet', value: quality_cabinet}\n",
			procedure.PostMissing, "assignee: {expression: values.quality_department}"},
		{"a value that is no post", "{when: fields.project, value: sales_project}\n      - {when: fields.line == 'bathroom', value: sales_bathroom}",
			"{when: fields.project, value: sales_project}\n      - {when: fields.line == 'bathroom', value: manufacturing_bathroom}", procedure.PostUnused, "{key: sales_bathroom"},
		{"a rule that gives no post", "value: head_manufacturing}", "value: head_manufacture}", procedure.PostUnknown, "approvers: [{expression: values.department_head}"},
		{"an approver asked twice", "approvers: [{post: team_leader}, {post: service_supervisor}, {post: service_manager}]\n          mode: APPROVAL_MODE_ANY\n          approved: [{step: complete_handling}]\n          rejected: [{step: deferral_instruction}]\n      - key: deferral_instruction\n        name: {zh: 总经理室批示, en: Instruction of the general manager's office}\n        clauses: [S1-52]\n        approval:\n          approvers: [{post: general_manager_office}]\n          approved: [{step: complete_handling}]\n          rejected: [{step: conclude}]\n      - key: complete_handling\n        name: {zh: 处理完毕并回复最终结果, en: Finish and reply the final result}\n        clauses: [S1-42]\n        task:\n          assignee: {expression: \"answers.arbitrate.responsible != '' ? answers.arbitrate.responsible : values.handler\"}\n          next: [{step: conclude}]\n        milestone: final_replied\n      - key: conclude\n        name: {zh: 可以回访, en: Ready for the visit}\n        check: {next: [{}]}\n        milestone: concluded\n\n  - key: store",
			"approvers: [{post: team_leader}, {post: team_leader}]\n          approved: [{step: conclude}]\n          rejected: [{step: conclude}]\n      - key: conclude\n        name: {zh: 可以回访, en: Ready for the visit}\n        check: {next: [{}]}\n        milestone: concluded\n\n  - key: store",
			procedure.ApproverTwice, "approvers: [{post: team_leader}, {post: team_leader}]"},
		{"a clock that nothing stops", "stop: [{milestone: replied}]", "stop: [{milestone: final_replied}, {work_completed: judge_repeat}]", "", ""},
		{"a clock that stops in one flow only", "stop: [{milestone: replied}]", "stop: [{work_completed: over_standard}]", procedure.ClockNeverStops, "stop: [{work_completed: over_standard}]"},
		{"a clock whose stop comes before it", "start: {work_completed: agree_time}\n    limit: {agreed: answers.agree_time.reply_time}\n    calendar: office\n    stop: [{milestone: solution_proposed}]",
			"start: {milestone: concluded}\n    limit: {agreed: answers.agree_time.reply_time}\n    calendar: office\n    stop: [{work_completed: answer_now}]", procedure.ClockNeverStops, "stop: [{work_completed: answer_now}]"},
		{"an agreed time that is not asked for yet", "start: {work_completed: agree_time}\n", "start: {work_opened: process_solution}\n", procedure.AgreedNotRecorded, "limit: {agreed: answers.agree_time.reply_time}"},
		{"an agreed time that may be left out", "kind: FIELD_KIND_TIME, required: true, clause: S1-36}", "kind: FIELD_KIND_TIME, clause: S1-36}",
			procedure.AgreedNotRecorded, "limit: {agreed: answers.agree_time.reply_time}"},
		{"an agreed time without its guard", "    when: answers.answer_customer.store_time > received\n", "", procedure.AgreedNotRecorded, "limit: {agreed: answers.answer_customer.store_time}"},
		{"an agreed number", "limit: {agreed: answers.agree_time.reply_time}", "limit: {agreed: answers.price.amount}", procedure.ExpressionInvalid, "limit: {agreed: answers.price.amount}"},
		{"a cancelling that cannot be", "cancel: [{work_completed: agree_time}]", "cancel: [{work_completed: judge_repeat}]", procedure.ClockTriggerIdle, "cancel: [{work_completed: judge_repeat}]"},
		{"a visit that is never due", "after: {milestone: concluded}", "after: {milestone: nowhere}", procedure.MilestoneUnknown, "after: {milestone: nowhere}"},
		{"a visit after itself", "after: {milestone: concluded}", "after: {visit_recorded: satisfaction}", procedure.VisitNever, "after: {visit_recorded: satisfaction}"},
		{"a visit that some do not get", "    assignee: {post: seat_agent}\n    satisfied", "    when: fields.line != 'bathroom'\n    assignee: {post: seat_agent}\n    satisfied",
			procedure.ComplaintStranded, "- key: answer_now\n        name: {zh: 即时答复或转派"},
		{"a visit that changes nothing", "    satisfied: VISIT_CONSEQUENCE_CLOSE\n", "", procedure.NothingCloses, "# Customer complaints"},
		{"a dissatisfied customer who is left alone", "    dissatisfied: VISIT_CONSEQUENCE_REOPEN\n", "", procedure.VisitLeavesOpen, "- key: satisfaction\n"},
		{"a reopening that nothing makes", "    dissatisfied: VISIT_CONSEQUENCE_REOPEN\n", "    dissatisfied: VISIT_CONSEQUENCE_CLOSE\n", procedure.ClockTriggerIdle, "NONE"},
		{"a vocabulary that nothing has", "kind: FIELD_KIND_CODE, vocabulary: document, clause", "kind: FIELD_KIND_CODE, clause", procedure.VocabularyUnused, "- key: document\n"},
		{"a field that there is not", "fields.project, value: sales_project", "fields.projekt, value: sales_project", procedure.ExpressionInvalid, "fields.projekt"},
		{"a text compared with a number", "fields.line == 'bathroom', value: quality_bathroom", "fields.line == 1, value: quality_bathroom", procedure.ExpressionInvalid, "fields.line == 1"},
		{"a post with two names", "  - {key: team_leader,", "  - {key: seat_agent,", procedure.KeyTaken, "  - {key: seat_agent, name: {zh: 客服组长"},
		{"a step with the key of another", "- key: agree_time\n", "- key: collect\n", procedure.KeyTaken, "- key: collect\n        name: {zh: 收集资料并提出方案"},
		{"a rate of nothing", "denominator: clocks.reply.started", "denominator: clocks.reply.started * 0", procedure.RateWithoutBase, "clocks.reply.started * 0"},
	})
}
