package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// language holds the words of an account's tables; those of its sentences are the service's.
type language struct {
	round, more, warning, step, reached, notReached, moot string
	open, close                                           string // quotation marks
	units                                                 [4]string
	brief                                                 string // less than a second
	gap                                                   string // between the units of a length

	intervalsTitle, revisionsTitle, momentsTitle    string
	intervalsHeader, revisionsHeader, momentsHeader []string

	states    map[slatimerv1.ClockState]string
	intervals map[slatimerv1.IntervalKind]string
	revisions map[slatimerv1.RevisionKind]string
}

// words are the languages that accounts are printed in.
var words = map[string]language{
	"en": {
		round: "round %d", more: "… and %d more; -o json has them all.", warning: "warning %d", step: "step %d of the ladder", reached: "has come", notReached: "to come", moot: "no longer to come",
		open: "“", close: "”", units: [4]string{" d", " h", " min", " s"}, brief: "less than 1 s", gap: " ",
		intervalsTitle: "Intervals", revisionsTitle: "Changes", momentsTitle: "Moments",
		intervalsHeader: []string{"from", "to", "what", "length", "name"}, revisionsHeader: []string{"when", "what", "was due", "due from then on", "by", "reason"},
		momentsHeader: []string{"what", "when", "status"},
		states: map[slatimerv1.ClockState]string{
			slatimerv1.ClockState_CLOCK_STATE_RUNNING: "running", slatimerv1.ClockState_CLOCK_STATE_MET: "met", slatimerv1.ClockState_CLOCK_STATE_BREACHED: "breached",
			slatimerv1.ClockState_CLOCK_STATE_CANCELLED: "cancelled", slatimerv1.ClockState_CLOCK_STATE_PAUSED: "paused", slatimerv1.ClockState_CLOCK_STATE_EXCUSED: "excused",
		},
		intervals: map[slatimerv1.IntervalKind]string{
			slatimerv1.IntervalKind_INTERVAL_KIND_COUNTED: "counted", slatimerv1.IntervalKind_INTERVAL_KIND_PAUSED: "paused",
			slatimerv1.IntervalKind_INTERVAL_KIND_HOLIDAY: "holiday", slatimerv1.IntervalKind_INTERVAL_KIND_EXTRA_DAY: "make-up or special day",
		},
		revisions: map[slatimerv1.RevisionKind]string{
			slatimerv1.RevisionKind_REVISION_KIND_PAUSED: "paused", slatimerv1.RevisionKind_REVISION_KIND_RESUMED: "resumed",
			slatimerv1.RevisionKind_REVISION_KIND_AGREED: "agreed", slatimerv1.RevisionKind_REVISION_KIND_RECLASSED: "classified anew",
			slatimerv1.RevisionKind_REVISION_KIND_EXCUSED: "excused", slatimerv1.RevisionKind_REVISION_KIND_MIGRATED: "another edition",
			slatimerv1.RevisionKind_REVISION_KIND_RECOMPUTED: "other holidays",
		},
	},
	"zh": {
		round: "第 %d 轮", more: "……另有 %d 段，用 -o json 可见全部。", warning: "第 %d 次提醒", step: "升级第 %d 级", reached: "已到", notReached: "未到", moot: "不再到来",
		open: "“", close: "”", units: [4]string{"天", "小时", "分", "秒"}, brief: "不足1秒",
		intervalsTitle: "时段", revisionsTitle: "变更", momentsTitle: "提醒与升级",
		intervalsHeader: []string{"自", "至", "性质", "时长", "名称"}, revisionsHeader: []string{"时间", "变更", "原期限", "新期限", "操作人", "原因"},
		momentsHeader: []string{"事项", "时间", "状态"},
		states: map[slatimerv1.ClockState]string{
			slatimerv1.ClockState_CLOCK_STATE_RUNNING: "计时中", slatimerv1.ClockState_CLOCK_STATE_MET: "按时完成", slatimerv1.ClockState_CLOCK_STATE_BREACHED: "已逾期",
			slatimerv1.ClockState_CLOCK_STATE_CANCELLED: "已取消", slatimerv1.ClockState_CLOCK_STATE_PAUSED: "已暂停", slatimerv1.ClockState_CLOCK_STATE_EXCUSED: "逾期获谅解",
		},
		intervals: map[slatimerv1.IntervalKind]string{
			slatimerv1.IntervalKind_INTERVAL_KIND_COUNTED: "计入", slatimerv1.IntervalKind_INTERVAL_KIND_PAUSED: "暂停",
			slatimerv1.IntervalKind_INTERVAL_KIND_HOLIDAY: "放假", slatimerv1.IntervalKind_INTERVAL_KIND_EXTRA_DAY: "调休上班",
		},
		revisions: map[slatimerv1.RevisionKind]string{
			slatimerv1.RevisionKind_REVISION_KIND_PAUSED: "暂停", slatimerv1.RevisionKind_REVISION_KIND_RESUMED: "恢复",
			slatimerv1.RevisionKind_REVISION_KIND_AGREED: "另行约定", slatimerv1.RevisionKind_REVISION_KIND_RECLASSED: "定级变化",
			slatimerv1.RevisionKind_REVISION_KIND_EXCUSED: "获谅解", slatimerv1.RevisionKind_REVISION_KIND_MIGRATED: "制度换版",
			slatimerv1.RevisionKind_REVISION_KIND_RECOMPUTED: "节假日更新",
		},
	},
}

func (l language) quote(s string) string { return l.open + s + l.close }

// length writes a length of time: "2 d 3 h", "1 h 30 min".
func (l language) length(d time.Duration) string {
	if d < time.Second {
		return l.brief
	}
	d = d.Round(time.Second)
	var parts []string
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if n := d / unit; n > 0 {
			parts = append(parts, fmt.Sprint(int64(n))+l.units[i])
			d -= n * unit
		}
	}
	return strings.Join(parts, l.gap)
}

// textWidth is how many columns running text takes.
const textWidth = 100

// paragraph prints a sentence in lines of textWidth columns. Chinese has no spaces to break at: a line may end after any of its
// characters, though the next must not begin with a closing mark.
func (p printer) paragraph(s string) {
	line, width := "", 0
	for _, w := range breakable(s) {
		n := text.StringWidthWithoutEscSequences(strings.TrimRight(w, " "))
		if width > 0 && width+n > textWidth {
			fmt.Fprintln(p.w, strings.TrimRight(line, " "))
			line, width = "  ", 2
		}
		line += w
		width += text.StringWidthWithoutEscSequences(w)
	}
	fmt.Fprintln(p.w, strings.TrimRight(line, " "))
}

// breakable cuts s where a line may end.
func breakable(s string) []string {
	var parts []string
	runes := []rune(s)
	start := 0
	for i := 1; i < len(runes); i++ {
		before, after := runes[i-1], runes[i]
		wide := unicode.Is(unicode.Han, before) || unicode.Is(unicode.Han, after) || strings.ContainsRune("，；。、：）”", before)
		if before == ' ' && after != ' ' || wide && before != ' ' && !strings.ContainsRune("，；。、：）” ", after) && !strings.ContainsRune("（“", before) {
			parts = append(parts, string(runes[start:i]))
			start = i
		}
	}
	return append(parts, string(runes[start:]))
}
