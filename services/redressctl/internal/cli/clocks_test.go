package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/text"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// clockTerminal is a terminal at a suite with the procedure of testdata/clocks.yaml, and a function that registers a complaint of it.
func clockTerminal(t *testing.T) (x *terminal, register func(flags ...string) string) {
	t.Helper()
	x = newTerminal(t)
	x.activate(filepath.Join("testdata", "clocks.yaml"))
	return x, func(flags ...string) string {
		out := x.says(append([]string{"complaints", "register", "clocks", "--channel", "telephone"}, flags...), "Registered ")
		return strings.TrimSuffix(strings.Fields(out)[1], ".")
	}
}

// What a clock went through is seen in the list, and told by explain in both languages.
func TestClocksAreListedAndExplained(t *testing.T) {
	x, register := clockTerminal(t)
	n := register("--received", "2026-09-30T16:00:00+08:00") // the day before a week of holidays
	x.says([]string{"contacts", "record", n, "--purpose", "news", "--at", "2026-10-03T10:00:00+08:00"})
	x.until([]string{"clocks", n}, "soft")
	out := x.until([]string{"clocks", n}, "escalated 2×")
	for _, want := range []string{"breached", "internal", "│ id "} {
		if !strings.Contains(out, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
	x.says([]string{"clocks", "list", n, "--state", "excused"}, "No clocks.")

	x.says([]string{"clocks", "explain", n, "reply"}, "reply “Reply”  breached  round 1", "The limit is 20 h of working time.", "\nIntervals\n",
		"2026-09-30 16:00:00 │ 2026-09-30 18:00:00 │ counted                │    2 h", "holiday                │    1 d │ 国庆节", "So it is due on Sat 2026-10-10 11:00:00.",
		"\nMoments\n", "warning 1            │ 2026-10-10 09:00:00 │ has come", "step 2 of the ladder │ 2026-10-12 11:00:00 │ has come")
	x.says([]string{"clocks", "explain", n, "reply", "--lang", "zh"}, "reply “处理答复”  已逾期  第 1 轮", "时限为20小时工作时间。", "\n时段\n", "计入     │ 2小时",
		"因此应于 2026-10-10（周六）11:00:00 前完成。", "\n提醒与升级\n", "第 1 次提醒 │ 2026-10-10 09:00:00 │ 已到", "升级第 2 级")
	all := x.says([]string{"clocks", "explain", n}, "reply “Reply”", "\nnews  breached", "\nrecord  breached")
	if strings.Contains(all, "\nChanges\n") {
		t.Errorf("changes where there were none:\n%s", all)
	}

	var got struct {
		Explanations []struct {
			Clock     struct{ Policy string }
			Intervals []any
			Zh        []string `json:"sentences_zh"`
		}
	}
	if err := json.Unmarshal([]byte(x.says([]string{"clocks", "explain", n, "-o", "json"})), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Explanations) != 3 || len(got.Explanations[0].Intervals) == 0 || len(got.Explanations[0].Zh) == 0 {
		t.Errorf("as JSON: %+v", got)
	}
}

func TestADueTimeIsAgreed(t *testing.T) {
	x, register := clockTerminal(t)
	n := register()
	x.until([]string{"clocks", n}, "running")
	x.says([]string{"contacts", "record", n, "--purpose", "wait"})
	x.until([]string{"clocks", n, "--state", "paused"}, "revised")
	x.until([]string{"clocks", "--state", "paused"}, "reply") // those of all complaints
	x.says([]string{"contacts", "record", n, "--purpose", "go"})
	x.until([]string{"clocks", "list", n, "--state", "running"}, "revised")

	due := time.Now().AddDate(1, 0, 0).Format("2006-01-02") + " 17:00"
	agree := []string{"clocks", "agree", n, "reply", due, "--reason", "data_to_be_collected", "--request-id", uuid.NewString()}
	x.says(agree, "reply is due on "+due+":00 now; it was due on ", "Next: redressctl clocks explain "+n)
	x.says(agree, "reply is due on "+due+":00 now") // safe to repeat
	out := x.says([]string{"clocks", "explain", n, "reply"}, "\nChanges\n", "paused", "resumed", "agreed", "data_to_be_collected", "person:li.wei")
	if strings.Contains(out, "together") {
		t.Errorf("it counts to a moment that was agreed:\n%s", out)
	}
	x.says([]string{"clocks", "explain", n, "reply", "--lang", "zh"}, "\n变更\n", "另行约定", "（person:li.wei，data_to_be_collected，")
	if out := x.says(append(agree[:len(agree)-2:len(agree)-2], "-o", "json"), `"revised": true`); !json.Valid([]byte(out)) {
		t.Errorf("no JSON: %s", out)
	}
}

func TestClockErrorsSayWhatToDo(t *testing.T) {
	x, register := clockTerminal(t)
	n := register("--received", "2026-09-30T16:00:00+08:00")
	for _, day := range []string{"01", "02"} {
		x.says([]string{"contacts", "record", n, "--purpose", "news", "--at", "2026-10-" + day + "T10:00:00+08:00"})
	}
	out := x.until([]string{"clocks", n, "-o", "json"}, `"2026-10-02T02:00:00Z"`)
	x.until([]string{"clocks", n}, "escalated 2×")
	for breached := ""; strings.Count(breached, "BREACHED") < 4; { // one that still runs is the one that is meant
		breached = x.until([]string{"clocks", n, "-o", "json"}, "BREACHED")
	}
	id := regexp.MustCompile(`"clock_id": "([^"]+)"`).FindStringSubmatch(out)[1]
	for _, tt := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"another policy", []string{"explain", n, "nope"}, 1, []string{`no clock of the policy "nope"`, "reply, record, news", "redressctl clocks " + n}},
		{"another id", []string{"explain", n, uuid.NewString()}, 1, []string{"no clock with the id", "redressctl clocks " + n}},
		{"several", []string{"explain", n, "news"}, 1, []string{"2 clocks", "redressctl clocks explain " + n + " 0", "from 2026-10-0"}},
		{"several to agree", []string{"agree", n, "news", "2030-03-05 10:00", "--reason", "x"}, 1, []string{"redressctl clocks agree " + n + " 0", "'2030-03-05 10:00' --reason x"}},
		{"no complaint", []string{"explain", "CK-1"}, 1, []string{`no complaint with number "CK-1"`}},
		{"no clocks", []string{"explain", "00000000-0000-0000-0000-000000000001"}, 1, []string{"no clock", "redressctl complaints show"}},
		{"another language", []string{"explain", n, "--lang", "fr"}, 2, []string{"--lang", "clocks explain --help"}},
		{"no reason", []string{"agree", n, "reply", "2030-03-05 10:00"}, 2, []string{"--reason=CODE", "clocks agree --help"}},
		{"a reason that is no code", []string{"agree", n, "reply", "2030-03-05 10:00", "--reason", "Needs data"}, 1, []string{"--reason", "data_to_be_collected"}},
		{"no time of day", []string{"agree", n, "reply", "2030-03-05", "--reason", "x"}, 1, []string{"'2030-03-05 17:00'"}},
		{"no time", []string{"agree", n, "reply", "soon", "--reason", "x"}, 1, []string{`"soon" is no time`}},
		{"not agreeable", []string{"agree", n, "record", "2030-03-05 10:00", "--reason", "x"}, 1, []string{"agreeable: true"}},
		{"in the past", []string{"agree", n, "reply", "2020-03-05 10:00", "--reason", "x"}, 1, []string{"in the future"}},
		{"too late", []string{"agree", n, id, "2030-03-05 10:00", "--reason", "x"}, 1, []string{"BREACHED", "still to come"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, errs, code := x.run(append([]string{"clocks"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("exit %d, want %d: %s", code, tt.code, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("the error does not say %q: %s", want, errs)
				}
			}
		})
	}
}

// A kind that the contract gains must have its words.
func TestAccountsHaveAWordForEveryKind(t *testing.T) {
	for lang, l := range words {
		for n, name := range slatimerv1.ClockState_name {
			if n != 0 && l.states[slatimerv1.ClockState(n)] == "" {
				t.Errorf("%s has no word for %s", lang, name)
			}
		}
		for n, name := range slatimerv1.IntervalKind_name {
			if n != 0 && l.intervals[slatimerv1.IntervalKind(n)] == "" {
				t.Errorf("%s has no word for %s", lang, name)
			}
		}
		for n, name := range slatimerv1.RevisionKind_name {
			if n != 0 && l.revisions[slatimerv1.RevisionKind(n)] == "" {
				t.Errorf("%s has no word for %s", lang, name)
			}
		}
	}
}

func TestLengthsInWords(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		time.Millisecond:       {"less than 1 s", "不足1秒"},
		90 * time.Minute:       {"1 h 30 min", "1小时30分"},
		49*time.Hour + 1000500: {"2 d 1 h", "2天1小时"},
	} {
		if diff := cmp.Diff(want, [2]string{words["en"].length(d), words["zh"].length(d)}); diff != "" {
			t.Errorf("%v (-want +got):\n%s", d, diff)
		}
	}
}

// No line of running text is too long, none begins with a closing mark, and nothing is lost.
func TestParagraphs(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("计入：2026-10-08（周四）09:00:00 至 2026-10-08（周四）12:00:00（3小时）；", 7),
		strings.Repeat("其间放假：国庆节、", 30) + "。", strings.Repeat("Thu 2026-10-08 09:00:00 to Thu (3 h); ", 9), "short", "",
	} {
		var b strings.Builder
		printer{w: &b}.paragraph(s)
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if text.StringWidthWithoutEscSequences(line) > textWidth || strings.ContainsRune("，；。、：）”", []rune(strings.TrimSpace(line) + " ")[0]) {
				t.Errorf("a line is %q", line)
			}
		}
		plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if diff := cmp.Diff(plain(s), plain(b.String())); diff != "" {
			t.Errorf("lost (-want +got):\n%s", diff)
		}
	}
}
