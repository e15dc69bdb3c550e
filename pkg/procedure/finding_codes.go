package procedure

// FindingCode names a kind of finding. It stays the same when the words change.
type FindingCode string

// What keeps a file from being read.
const (
	// FileTooLarge: more bytes, levels or nodes than are read.
	FileTooLarge FindingCode = "FILE_TOO_LARGE"
	// FileUnreadable: no YAML, several documents, an alias, an unusual line break.
	FileUnreadable FindingCode = "FILE_UNREADABLE"
	// FieldUnknown: a key that the language does not have, or a value of another type.
	FieldUnknown FindingCode = "FIELD_UNKNOWN"
	// ContractBroken: a rule that stands in procedure.proto.
	ContractBroken FindingCode = "CONTRACT_BROKEN"
	// NewerLanguage: written for a newer Redress.
	NewerLanguage FindingCode = "NEWER_LANGUAGE"
)

// What is wrong with one element.
const (
	// KeyTaken: a key or code is given twice.
	KeyTaken FindingCode = "KEY_TAKEN"
	// NumberingInvalid: the numbers for people cannot be formed.
	NumberingInvalid FindingCode = "NUMBERING_INVALID"
	// CalendarInvalid: hours, dates or holidays that are none.
	CalendarInvalid FindingCode = "CALENDAR_INVALID"
	// HeadInvalid: the posts that decide who sits in others lead back to themselves.
	HeadInvalid FindingCode = "HEAD_INVALID"
	// TermParent: a term's parents do not lead to the top.
	TermParent FindingCode = "TERM_PARENT"
	// FieldInvalid: a field that cannot be asked for as it is written.
	FieldInvalid FindingCode = "FIELD_INVALID"
	// GuidanceIdle: a text for staff at a step without work.
	GuidanceIdle FindingCode = "GUIDANCE_IDLE"
	// FormInvalid: a printable form shows what there is not, or waits for what it cannot see.
	FormInvalid FindingCode = "FORM_INVALID"
	// RuleInvalid: a case does not fit how its rule combines.
	RuleInvalid FindingCode = "RULE_INVALID"
	// LimitInvalid: a time limit without a length, or out of range.
	LimitInvalid FindingCode = "LIMIT_INVALID"
	// PauseInvalid: a clock's pauses make no sense.
	PauseInvalid FindingCode = "PAUSE_INVALID"
	// LadderInvalid: steps after a breach that do not come later and later, or tell nobody.
	LadderInvalid FindingCode = "LADDER_INVALID"
	// WarningEarly: a warning comes before its clock starts.
	WarningEarly FindingCode = "WARNING_EARLY"
	// TriggerInvalid: a trigger that cannot happen as it is written.
	TriggerInvalid FindingCode = "TRIGGER_INVALID"
	// ExpressionInvalid: CEL that does not type-check.
	ExpressionInvalid FindingCode = "EXPRESSION_INVALID"
	// ExpressionCostly: CEL that could take too long.
	ExpressionCostly FindingCode = "EXPRESSION_COSTLY"
	// ApproverTwice: an approval asks the same post twice.
	ApproverTwice FindingCode = "APPROVER_TWICE"
	// RateWithoutBase: a metric's denominator is always 0.
	RateWithoutBase FindingCode = "RATE_WITHOUT_BASE"
	// GroupUnknown: a figure is to be grouped by what does not exist, or by what the figure may not.
	GroupUnknown FindingCode = "GROUP_UNKNOWN"
	// ScorecardInvalid: a scorecard that cannot be reckoned as it is written.
	ScorecardInvalid FindingCode = "SCORECARD_INVALID"
	// ChargeInvalid: a charge that cannot be judged or signed as it is written.
	ChargeInvalid FindingCode = "CHARGE_INVALID"
	// BandsOverlap: a rate belongs to two bands.
	BandsOverlap FindingCode = "BANDS_OVERLAP"
	// BandsGap: a rate belongs to no band.
	BandsGap FindingCode = "BANDS_GAP"
)

// Names that lead nowhere.
const (
	// PostUnknown: there is no such post.
	PostUnknown FindingCode = "POST_UNKNOWN"
	// VocabularyUnknown: there is no such vocabulary.
	VocabularyUnknown FindingCode = "VOCABULARY_UNKNOWN"
	// CodeUnknown: a code that its vocabulary, question or rule does not have.
	CodeUnknown FindingCode = "CODE_UNKNOWN"
	// CalendarUnknown: there is no such calendar.
	CalendarUnknown FindingCode = "CALENDAR_UNKNOWN"
	// StepUnknown: there is no such step.
	StepUnknown FindingCode = "STEP_UNKNOWN"
	// MilestoneUnknown: no step reaches it.
	MilestoneUnknown FindingCode = "MILESTONE_UNKNOWN"
	// MetricUnknown: there is no such metric.
	MetricUnknown FindingCode = "METRIC_UNKNOWN"
	// VisitUnknown: there is no such visit.
	VisitUnknown FindingCode = "VISIT_UNKNOWN"
	// ActionUnknown: there is no such action.
	ActionUnknown FindingCode = "ACTION_UNKNOWN"
	// AnswerNeverRecorded: an expression reads what no work has recorded by then.
	AnswerNeverRecorded FindingCode = "ANSWER_NEVER_RECORDED"
)

// What could strand a complaint.
const (
	// StepUnreachable: no way leads to a step.
	StepUnreachable FindingCode = "STEP_UNREACHABLE"
	// StepEndless: no way from a step comes to an end.
	StepEndless FindingCode = "STEP_ENDLESS"
	// CircleUnattended: steps lead round in a circle without anybody acting.
	CircleUnattended FindingCode = "CIRCLE_UNATTENDED"
	// NothingCloses: no visit and no trigger closes a complaint.
	NothingCloses FindingCode = "NOTHING_CLOSES"
	// ComplaintStranded: a way through a flow ends, and nothing closes the complaint.
	ComplaintStranded FindingCode = "COMPLAINT_STRANDED"
	// BranchUncovered: of the conditions after a step all can fail, and the branch ends without anybody having said so.
	BranchUncovered FindingCode = "BRANCH_UNCOVERED"
	// ConditionNever: a condition cannot hold.
	ConditionNever FindingCode = "CONDITION_NEVER"
	// CaseNever: a case of a rule never decides, because earlier ones do.
	CaseNever FindingCode = "CASE_NEVER"
	// PostMissing: an expression can give no post.
	PostMissing FindingCode = "POST_MISSING"
	// PostUnbounded: it cannot be told which posts an expression can give.
	PostUnbounded FindingCode = "POST_UNBOUNDED"
	// PartyUnbounded: it cannot be told which parties an expression can give.
	PartyUnbounded FindingCode = "PARTY_UNBOUNDED"
	// AmountUnbounded: a number from which a charge is reckoned may be below 0.
	AmountUnbounded FindingCode = "AMOUNT_UNBOUNDED"
	// ChargeNeverSigned: where a charge is judged no way leads to the step that signs it.
	ChargeNeverSigned FindingCode = "CHARGE_NEVER_SIGNED"
	// PostVacant: nobody sits in a post, or a seat has no post.
	PostVacant FindingCode = "POST_VACANT"
	// JoinAlone: no two branches ever meet in a join.
	JoinAlone FindingCode = "JOIN_ALONE"
	// VisitNever: nothing makes a visit due.
	VisitNever FindingCode = "VISIT_NEVER"
	// VisitLeavesOpen: an outcome of a visit leaves the complaint open with nothing to come.
	VisitLeavesOpen FindingCode = "VISIT_LEAVES_OPEN"
	// FlowTooWide: a flow has too many parallel branches to follow them all.
	FlowTooWide FindingCode = "FLOW_TOO_WIDE"
)

// What leaves a complaint without a time limit, or a time limit without a point.
const (
	// ClockNeverStarts: nothing starts a clock.
	ClockNeverStarts FindingCode = "CLOCK_NEVER_STARTS"
	// ClockNeverStops: nothing stops a clock that runs.
	ClockNeverStops FindingCode = "CLOCK_NEVER_STOPS"
	// ClockTriggerIdle: what should pause, resume, cancel, excuse or replace a clock cannot happen while it runs.
	ClockTriggerIdle FindingCode = "CLOCK_TRIGGER_IDLE"
	// ClockUnanswered: nothing follows the breach of a customer's time limit.
	ClockUnanswered FindingCode = "CLOCK_UNANSWERED"
	// AgreedNotRecorded: a clock starts before its agreed moment is recorded.
	AgreedNotRecorded FindingCode = "AGREED_NOT_RECORDED"
	// StepUntimed: no clock runs while a post has work.
	StepUntimed FindingCode = "STEP_UNTIMED"
	// VisitUntimed: no clock runs while a visit is due.
	VisitUntimed FindingCode = "VISIT_UNTIMED"
	// PathUntimed: a way from registration to the end starts no clock.
	PathUntimed FindingCode = "PATH_UNTIMED"
	// FlowUntimed: no way through a flow starts any clock.
	FlowUntimed FindingCode = "FLOW_UNTIMED"
)

// What nothing uses.
const (
	// PostUnused: no work is ever given to a post, and it is told nothing.
	PostUnused FindingCode = "POST_UNUSED"
	// VocabularyUnused: no field or rule has the vocabulary.
	VocabularyUnused FindingCode = "VOCABULARY_UNUSED"
	// FieldUnused: no expression reads a flag, time or number, and no requirement asks for it.
	FieldUnused FindingCode = "FIELD_UNUSED"
	// CalendarUnused: no clock counts in a calendar.
	CalendarUnused FindingCode = "CALENDAR_UNUSED"
)
