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
				if f.Code == d.code && f.Line == line && f.File == "" {
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
		{"conditions that leave a gap", "{when: \"!answers.process_solution.price_needed && !answers.collect.price_needed\", step: handle,",
			"{when: \"!answers.process_solution.price_needed && answers.collect.price_needed\", step: handle,", procedure.BranchUncovered, "- key: solution_told\n"},
		{"the gap strands", "{when: \"!answers.process_solution.price_needed && !answers.collect.price_needed\", step: handle,",
			"{when: answers.process_solution.price_needed && !answers.collect.price_needed, step: handle,", procedure.ComplaintStranded, "- key: process_solution\n"},
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
			"      - {when: fields.line == 'wooden_door', value: quality_wooden_door}\n      - {when: \"'wooden_door' == fields.line\", value: quality_cabinet}\n",
			procedure.CaseNever, "'wooden_door' == fields.line"},
		{"a rule without its last case", "      - {value: quality_cabinet}\n", "", procedure.PostMissing, "assignee: {expression: values.quality_department}"},
		{"a line without quality department", "      - {value: quality_cabinet}\n", "      - {when: fields.line == 'cabinet', value: quality_cabinet}\n",
			procedure.PostMissing, "assignee: {expression: values.quality_department}"},
		{"a rule that gives no post", "value: head_manufacturing}", "value: head_manufacture}", procedure.PostUnknown, "approvers: [{expression: values.department_head}"},
		{"an approver asked twice", "approvers: [{post: team_leader}, {post: service_supervisor}, {post: service_manager}]\n          mode: APPROVAL_MODE_ANY\n          approved: [{step: complete_handling}]\n          rejected: [{step: deferral_instruction}]\n      - key: deferral_instruction\n        name: {zh: 总经理室批示, en: Instruction of the general manager's office}\n        clauses: [S1-52]\n        approval:\n          approvers: [{post: general_manager_office}]\n          approved: [{step: complete_handling}]\n          rejected: [{step: conclude}]\n      - key: complete_handling\n        name: {zh: 处理完毕并回复最终结果, en: Finish and reply the final result}\n        clauses: [S1-42]\n        task:\n          assignee: {expression: \"answers.arbitrate.responsible != '' ? answers.arbitrate.responsible : values.handler\"}\n          next: [{step: conclude}]\n        milestone: final_replied\n      - key: conclude\n        name: {zh: 可以回访, en: Ready for the visit}\n        check: {next: [{}]}\n        milestone: concluded\n\n  - key: store",
			"approvers: [{post: team_leader}, {post: team_leader}]\n          approved: [{step: conclude}]\n          rejected: [{step: conclude}]\n      - key: conclude\n        name: {zh: 可以回访, en: Ready for the visit}\n        check: {next: [{}]}\n        milestone: concluded\n\n  - key: store",
			procedure.ApproverTwice, "approvers: [{post: team_leader}, {post: team_leader}]"},
		{"a clock that stops in one flow only", "stop: [{milestone: replied}]", "stop: [{work_completed: over_standard}]", procedure.ClockNeverStops, "stop: [{work_completed: over_standard}]"},
		{"a clock whose stop comes before it", "start: {work_completed: agree_time}\n    limit: {agreed: answers.agree_time.reply_time}\n    calendar: office\n    stop: [{milestone: solution_proposed}]",
			"start: {milestone: concluded}\n    limit: {agreed: answers.agree_time.reply_time}\n    calendar: office\n    stop: [{work_completed: answer_now}]", procedure.ClockNeverStops, "stop: [{work_completed: answer_now}]"},
		{"an agreed time that is not asked for yet", "start: {work_completed: agree_time}\n", "start: {work_opened: process_solution}\n", procedure.AgreedNotRecorded, "limit: {agreed: answers.agree_time.reply_time}"},
		{"an agreed time that may be left out", "kind: FIELD_KIND_TIME, required: true, clause: S1-36}", "kind: FIELD_KIND_TIME, clause: S1-36}",
			procedure.AgreedNotRecorded, "limit: {agreed: answers.agree_time.reply_time}"},
		{"an agreed time without its guard", "    when: answers.answer_customer.store_time > received\n", "", procedure.AgreedNotRecorded, "limit: {agreed: answers.answer_customer.store_time}"},
		{"an agreed number", "limit: {agreed: answers.agree_time.reply_time}", "limit: {agreed: answers.price.amount}", procedure.ExpressionInvalid, "limit: {agreed: answers.price.amount}"},
		{"a cancelling that cannot be", "cancel: [{work_completed: agree_time}]", "cancel: [{work_completed: answer_now}]", procedure.ClockTriggerIdle, "cancel: [{work_completed: answer_now}]"},
		{"a visit that is never due", "after: {milestone: concluded}", "after: {milestone: nowhere}", procedure.MilestoneUnknown, "after: {milestone: nowhere}"},
		{"a visit after itself", "after: {milestone: concluded}", "after: {visit_recorded: satisfaction}", procedure.VisitNever, "after: {visit_recorded: satisfaction}"},
		{"a visit that some do not get", "    assignee: {post: seat_agent}\n    satisfied", "    when: fields.line != 'bathroom'\n    assignee: {post: seat_agent}\n    satisfied",
			procedure.ComplaintStranded, "- key: answer_now\n        name: {zh: 即时答复或转派"},
		{"a visit that changes nothing", "    satisfied: VISIT_CONSEQUENCE_CLOSE\n", "", procedure.NothingCloses, "# Customer complaints"},
		{"a dissatisfied customer who is left alone", "    dissatisfied: VISIT_CONSEQUENCE_REOPEN\n", "", procedure.VisitLeavesOpen, "- key: satisfaction\n"},
		{"a vocabulary that nothing has", "kind: FIELD_KIND_CODE, vocabulary: document, clause", "kind: FIELD_KIND_CODE, clause", procedure.VocabularyUnused, "- key: document\n"},
		{"a field that there is not", "fields.project, value: sales_project", "fields.projekt, value: sales_project", procedure.ExpressionInvalid, "fields.projekt"},
		{"a text compared with a number", "fields.line == 'bathroom', value: quality_bathroom", "fields.line == 1, value: quality_bathroom", procedure.ExpressionInvalid, "fields.line == 1"},
		{"a post with two names", "  - {key: team_leader,", "  - {key: seat_agent,", procedure.KeyTaken, "  - {key: seat_agent, name: {zh: 客服组长"},
		{"a step with the key of another", "- key: agree_time\n", "- key: collect\n", procedure.KeyTaken, "- key: collect\n        name: {zh: 收集资料并提出方案"},
		{"a rate of nothing", "denominator: clocks.reply.started", "denominator: clocks.reply.started * 0", procedure.RateWithoutBase, "clocks.reply.started * 0"},
	})
}

func TestDefectsOfManufacturing(t *testing.T) {
	t.Parallel()
	const plan = "expression: \"values.department != '' ? values.department : answers.assign.department\""
	found(t, "manufacturing/2026-01", []defect{
		{"a category without owner", "{when: values.department == '', step: assign}", "{when: values.department == '', step: investigate}",
			procedure.PostMissing, "          assignee: {" + plan},
		{"a check without its else", "            - {when: values.department == '', step: assign}\n", "", procedure.ComplaintStranded, "- key: complaint\n"},
		{"a check with a gap", "{when: values.department == '', step: assign}", "{when: values.department == 'nobody', step: assign}", procedure.BranchUncovered, "- key: dispatch\n"},
		{"a department that rules never give", "{when: values.department == '', step: assign}", "{when: values.department == 'nobody', step: assign}",
			procedure.CodeUnknown, "{when: values.department == 'nobody'"},
		{"the department need not be named", "vocabulary: department, required: true}", "vocabulary: department}", procedure.PostMissing, "          assignee: {" + plan},
		{"departments that are no posts", "{code: logistics, name: {zh: 物流部, en: Logistics}}", "{code: logistics, name: {zh: 物流部, en: Logistics}}\n      - {code: purchasing}",
			procedure.PostUnknown, "          assignee: {" + plan},
		{"any text may be a department", "kind: FIELD_KIND_CODE, vocabulary: department, required: true}", "kind: FIELD_KIND_CODE, required: true}",
			procedure.PostUnbounded, "          assignee: {" + plan},
		{"a category of another pack", "fields.category == 'delivery'", "fields.category == 'delivery_delay'", procedure.CodeUnknown, "fields.category == 'delivery_delay'"},
		{"a case whose value is not in the vocabulary", "value: quality_management}", "value: quality}", procedure.CodeUnknown, "value: quality}"},
		{"a loop that nobody leaves", "{code: accepted, name: {zh: 接受, en: Accepted}, next: [implement]}", "{code: accepted, name: {zh: 接受, en: Accepted}, next: [demands]}",
			procedure.StepEndless, "- key: investigate\n"},
		{"an answer to nowhere", "next: [demands]", "next: [demand]", procedure.StepUnknown, "- key: feedback\n        name: {zh: 反馈客户"},
		{"work that is never closed", "        milestone: implemented\n", "", procedure.MilestoneUnknown, "    stop: [{milestone: implemented}]"},
		{"a closing at an answer that is given too early", "  - key: satisfaction\n    name: {zh: 满意度确认, en: Satisfaction confirmed}\n    clauses: [S2-10, S2-19]\n    after: {milestone: implemented}",
			"  - key: satisfaction\n    name: {zh: 满意度确认, en: Satisfaction confirmed}\n    clauses: [S2-10, S2-19]\n    after: {work_completed: assign}", procedure.ComplaintStranded, "- key: implement\n        name"},
		{"a visit by nobody in particular", "after: {milestone: implemented}\n    assignee: {" + plan, "after: {milestone: implemented}\n    assignee: {expression: answers.assign.department",
			procedure.PostMissing, "assignee: {expression: answers.assign.department}"},
		{"a clock that starts on what is never said", "start: {milestone: investigated}", "start: {milestone: inspected}", procedure.MilestoneUnknown, "start: {milestone: inspected}"},
		{"a clock with an impossible condition", "    limit: {hours: 48}\n", "    when: fields.category == 'service' && fields.category == 'delivery'\n    limit: {hours: 48}\n",
			procedure.ConditionNever, "when: fields.category == 'service' && fields"},
		{"a warning before the start", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    warnings: [{hours_before: 36}]\n",
			procedure.WarningEarly, "warnings: [{hours_before: 36}]"},
		{"a ladder that does not rise", "limit: {hours: 24}\n    calendar: civil\n",
			"limit: {hours: 24}\n    calendar: civil\n    ladder:\n      - {hours: 4, notify: [{post: logistics}]}\n      - {hours: 4, notify: [{post: quality_management}]}\n",
			procedure.LadderInvalid, "- {hours: 4, notify: [{post: quality_management}]}"},
		{"a ladder that tells nobody", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    ladder: [{hours: 4}]\n",
			procedure.LadderInvalid, "ladder: [{hours: 4}]"},
		{"a ladder to a post that is gone", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    ladder: [{hours: 4, notify: [{post: boss}]}]\n",
			procedure.PostUnknown, "ladder: [{hours: 4, notify"},
		{"a ladder without an end", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    ladder: [{hours: 1e9, notify: [{post: logistics}]}]\n",
			procedure.LadderInvalid, "ladder: [{hours: 1e9"},
		{"a pause without an end", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    pause: [{contact: response}]\n",
			procedure.PauseInvalid, "- key: investigation\n"},
		{"a pause that never ends", "limit: {hours: 24}\n    calendar: civil\n",
			"limit: {hours: 24}\n    calendar: civil\n    pause: [{contact: response}]\n    resume: [{work_completed: demands}]\n", procedure.ClockTriggerIdle, "resume: ["},
		{"an excuse that comes too late", "limit: {hours: 24}\n    calendar: civil\n", "limit: {hours: 24}\n    calendar: civil\n    excuse: [{work_completed: demands}]\n",
			procedure.ClockTriggerIdle, "excuse: ["},
		{"a limit of no length", "limit: {hours: 24}", "limit: {hours: 0}", procedure.ContractBroken, "limit: {hours: 0}"},
		{"a limit of ages", "limit: {hours: 24}", "limit: {hours: 1000000}", procedure.LimitInvalid, "limit: {hours: 1000000}"},
		{"a calendar that there is not", "limit: {hours: 24}\n    calendar: civil", "limit: {hours: 24}\n    calendar: civic", procedure.CalendarUnknown, "calendar: civic"},
		{"a join without branches", "- key: plan\n        name: {zh: 制定处理方案, en: Make the plan}", "- key: plan\n        join: true\n        name: {zh: 制定处理方案, en: Make the plan}", procedure.JoinAlone, "join: true"},
		{"the demands are not recorded before", "            - {when: values.department == '', step: assign}\n", "            - {when: values.department == '' && answers.plan.compensation != 'refund', step: assign}\n",
			procedure.AnswerNeverRecorded, "answers.plan.compensation != 'refund'"},
		{"a post that nothing is for", "posts:\n", "posts:\n  - {key: director}\n", procedure.PostUnused, "{key: director}"},
		{"a calendar that nothing counts in", "calendars:\n", "calendars:\n  - {key: spare, zone: Asia/Shanghai, week: [{days: [mon], hours: [\"09:00-12:00\"]}]}\n", procedure.CalendarUnused, "{key: spare"},
		{"a flag that nothing reads", "  - {key: order_number,", "  - {key: vip, kind: FIELD_KIND_FLAG}\n  - {key: order_number,", procedure.FieldUnused, "{key: vip"},
		{"an alternative that is no field", "alternatives: [phone, email]", "alternatives: [phone, fax]", procedure.FieldInvalid, "alternatives: [phone, fax]"},
		{"a form that asks for free text", "{key: order_number, name: {zh: 订单号, en: Order number}, kind: FIELD_KIND_CODE}", "{key: order_number, kind: FIELD_KIND_NOTE}", procedure.FieldUnknown, "{key: order_number"},
		{"a metric of a visit that there is not", "numerator: visits.satisfaction.satisfied > 0", "numerator: visits.satisfied.satisfied > 0", procedure.ExpressionInvalid, "visits.satisfied.satisfied"},
	})
}

func TestDefectsOfTheHandbook(t *testing.T) {
	t.Parallel()
	found(t, "handbook/2026-01", []defect{
		{"a flow without any clock", "start: {registered: true}", "start: {reopened: true}", procedure.TriggerInvalid, "start: {reopened: true}"},
		{"a clock that starts when all is over", "start: {registered: true}\n    limit: {hours: 24}", "start: {closed: true}\n    limit: {hours: 24}", procedure.ClockNeverStops, "    stop:\n"},
		{"work under no clock", "      - {contact: response, content: [progress, expected_resolution_time]}\n", "      - {work_completed: investigate}\n", procedure.StepUntimed, "- key: solve\n"},
		{"a closing that is never reached", "on: [{milestone: answered}]", "on: [{milestone: replied}]", procedure.MilestoneUnknown, "on: [{milestone: replied}]"},
		{"a closing at half of the way", "on: [{milestone: answered}]", "on: [{milestone: proposed}]", procedure.ComplaintStranded, "- key: tell_result\n"},
		{"no closing", "closing:\n", "closing: {}\nunused:\n", procedure.FieldUnknown, "unused:\n"},
		{"a closing by nothing", "on: [{milestone: answered}]", "on: []", procedure.NothingCloses, "closing:\n"},
		{"both branches on the same answer", "{when: \"!answers.investigate.problem_exists\", step: tell_result}", "{when: answers.investigate.problem_exists, step: tell_result}",
			procedure.ComplaintStranded, "- key: investigate\n"},
		{"an answer that may be missing", "{key: problem_exists, name: {zh: 问题属实, en: The problem exists}, kind: FIELD_KIND_FLAG, required: true, clause: S5d-14}",
			"{key: problem, name: {zh: 问题属实, en: The problem exists}, kind: FIELD_KIND_FLAG, required: true, clause: S5d-14}", procedure.ExpressionInvalid, "{when: answers.investigate.problem_exists, step: solve}"},
		{"content of a milestone", "- {work_completed: tell_result, content: [result]}", "- {milestone: answered, content: [result]}", procedure.TriggerInvalid, "- {milestone: answered, content"},
		{"a contact without purpose", "- {contact: response, content", "- {contact: \"\", content", procedure.TriggerInvalid, "- {contact: \"\""},
		{"a code twice in a vocabulary", "{code: email, name: {zh: 投诉邮箱", "{code: telephone, name: {zh: 投诉邮箱", procedure.KeyTaken, "{code: telephone, name: {zh: 投诉邮箱"},
		{"a term below itself", "{code: other, name: {zh: 其他, en: Other}}", "{code: other, parent: other, name: {zh: 其他, en: Other}}", procedure.TermParent, "{code: other, parent"},
		{"a number of no zone", "zone: Asia/Shanghai}", "zone: Asia/Peking}", procedure.NumberingInvalid, "zone: Asia/Peking"},
		{"hours that are none", `hours: ["00:00-24:00"]`, `hours: ["00:00-25:00"]`, procedure.CalendarInvalid, "week:"},
		{"a channel that there is not", "    limit: {hours: 24}\n", "    when: channel == 'phone'\n    limit: {hours: 24}\n", procedure.CodeUnknown, "when: channel == 'phone'"},
		{"a clock that runs for nobody", "    limit: {hours: 24}\n", "    when: round < 1\n    limit: {hours: 24}\n", procedure.ConditionNever, "when: round < 1"},
		{"a vocabulary twice", "  - key: category\n", "  - key: channel\n", procedure.KeyTaken, "  - key: channel\n    name: {zh: 投诉类别"},
	})
}

func TestDefectsOfConsumerFinance(t *testing.T) {
	t.Parallel()
	found(t, "consumer-finance/2026-01", []defect{
		{"products without a desk", "      - value: desk_general\n", "", procedure.PostMissing, "assignee: {expression: values.handler}"},
		{"a desk that is no post", "value: desk_general", "value: desk_generel", procedure.PostUnknown, "assignee: {expression: values.handler}"},
		{"a product with a typing error", "fields.product == 'Mortgage'", "fields.product == 'Mortgages'", procedure.CodeUnknown, "fields.product == 'Mortgages'"},
		{"one product of a list", "'Student loan', 'Vehicle", "'Students loan', 'Vehicle", procedure.CodeUnknown, "'Students loan'"},
		{"a beginning that no product has", "startsWith('Money transfer')", "startsWith('Money-transfer')", procedure.CodeUnknown, "startsWith('Money-transfer')"},
		{"a case that an earlier one takes", "fields.product == 'Mortgage'", "fields.product == 'Credit card'", procedure.CaseNever, "- when: fields.product == 'Credit card'"},
		{"a response that there is not", "answers.answer.response == 'In progress'", "answers.answer.response == 'In Progress'", procedure.CodeUnknown, "answers.answer.response == 'In Progress'"},
		{"the same response does not go on", "answers.answer.response == 'In progress'", "answers.answer.response == 'Closed'", procedure.BranchUncovered, "- key: answer\n        name: {zh: 公司答复"},
		{"a visit whose every end is open", "    satisfied: VISIT_CONSEQUENCE_CLOSE\n    dissatisfied: VISIT_CONSEQUENCE_REOPEN\n    unreached: VISIT_CONSEQUENCE_CLOSE\n",
			"    dissatisfied: VISIT_CONSEQUENCE_REOPEN\n    unreached: VISIT_CONSEQUENCE_CLOSE\n", procedure.ComplaintStranded, "- key: dispute_check\n"},
		{"unreached complainants are forgotten", "    unreached: VISIT_CONSEQUENCE_CLOSE\n", "", procedure.VisitLeavesOpen, "- key: dispute_check\n"},
		{"a visit in early rounds only", "    max_attempts: 1\n", "    when: round < 3\n    max_attempts: 1\n", procedure.ComplaintStranded, "- key: answer\n        name: {zh: 公司答复"},
		{"a clock of reopenings that there are not", "dissatisfied: VISIT_CONSEQUENCE_REOPEN", "dissatisfied: VISIT_CONSEQUENCE_CLOSE", procedure.TriggerInvalid, "start: {reopened: true}"},
		{"a warning after the start of nothing", "hours_before: 72", "hours_before: 720", procedure.WarningEarly, "hours_before: 720"},
		{"a breach told to nobody", "    stop: [{work_completed: answer}]\n    warnings: [{hours_before: 72, notify: [{expression: values.handler}]}]\n    breach: {notify: [{post: supervisor}]}\n",
			"    stop: [{work_completed: answer}]\n", procedure.ClockUnanswered, "- key: answer\n    name: {zh: 十五日内答复"},
		{"a loop through the final answer", "next: [{step: answered}]", "next: [{step: final_answer}]", procedure.StepEndless, "- key: final_answer\n        name"},
		{"a metric of an unknown clock", "numerator: clocks.answer.breached", "numerator: clocks.answers.breached", procedure.ExpressionInvalid, "clocks.answers.breached"},
		{"a denominator that is never true", "denominator: visits.dispute_check.dissatisfied > 0 || visits.dispute_check.satisfied > 0", "denominator: visits.dispute_check.dissatisfied < 0",
			procedure.RateWithoutBase, "denominator: visits.dispute_check.dissatisfied < 0"},
	})
}

func TestDefectsOfOtherPacks(t *testing.T) {
	t.Parallel()
	found(t, "property-developer/2026-01", []defect{
		{"the second opinion is asked of nobody", `{when: "answers.decide.second_department != '' && answers.decide.second_department != answers.decide.department", step: second_reply}`,
			"{step: second_reply}", procedure.PostMissing, "assignee: {expression: answers.decide.second_department}"},
		{"the department need not be decided", "vocabulary: department, required: true, clause: S4-25}", "vocabulary: department, clause: S4-25}",
			procedure.PostMissing, "assignee: {expression: answers.decide.department}"},
		{"nobody explains", "{milestone: taken_over}, {milestone: explained}]", "{milestone: taken_over}]", procedure.ComplaintStranded, "- key: explain\n"},
		{"the promise is read where there may be none", " && answers.answer.promised_time > received", "", procedure.AgreedNotRecorded, "limit: {agreed: answers.answer.promised_time}"},
		{"a grade that there is not", "numerator: values.grade == 'major', clause", "numerator: values.grade == 'mayor', clause", procedure.CodeUnknown, "values.grade == 'mayor'"},
		{"a major complaint that nobody commands waits for ever", `{when: "values.grade != 'major' || answers.command.commander != ''", step: to_customer}`,
			`{when: "values.grade != 'major'", step: to_customer}`, procedure.BranchUncovered, "- key: assess\n"},
	})
	found(t, "food/2026-01", []defect{
		{"a join whose branches never come", "      - key: conclude\n", "      - {key: lonely, join: true, check: {next: [{}]}}\n      - key: conclude\n", procedure.StepUnreachable, "- {key: lonely"},
		{"an excuse after the answer", "start: {registered: true}\n    when: fields.origin != 'internal'\n    limit: {end_of", "start: {closed: true}\n    when: fields.origin != 'internal'\n    limit: {end_of",
			procedure.ClockNeverStops, "stop: [{milestone: answered}]"},
		{"a condition on no origin", "when: fields.origin != 'internal'\n    limit: {end_of", "when: fields.origin == 'inside'\n    limit: {end_of", procedure.CodeUnknown, "when: fields.origin == 'inside'"},
		{"the conclusion is lost", "        join: true\n        check: {next: [{}]}\n        milestone: concluded", "        join: true\n        check: {next: [{}]}\n        milestone: finished",
			procedure.MilestoneUnknown, "on: [{milestone: concluded}]"},
	})
	found(t, "home-service/2026-01", []defect{
		{"a branch that passes the join by", "{key: joint_installation, name: {zh: 安装参与处理, en: Installation acts}, clauses: [S3-27], task: {assignee: {post: installation}, next: [{step: joint_done}]}}",
			"{key: joint_installation, name: {zh: 安装参与处理, en: Installation acts}, clauses: [S3-27], task: {assignee: {post: installation}, next: [{step: joint_end}]}}",
			procedure.StepUnknown, "- {key: joint_installation"},
	})
	found(t, "loyalty-points/2026-01", []defect{
		{"heads in a circle", "posts:\n", "posts:\n  - {key: a, head: b}\n  - {key: b, head: a}\n", procedure.HeadInvalid, "  - {key: a, head: b}"},
		{"its own head", "posts:\n", "posts:\n  - {key: a, head: a}\n", procedure.HeadInvalid, "  - {key: a, head: a}"},
		{"a head that is no post", "posts:\n", "posts:\n  - {key: a, head: b}\n", procedure.PostUnknown, "  - {key: a, head: b}"},
	})
}
