package domain

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// kpi is the scorecard of S3-82 with all its rates entered.
const kpi = `
scorecards:
- key: staff
  subject: SCORE_SUBJECT_PERSON
  start: 100
  rows:
  - {key: speed, weight: 10, ratio: {entered_by: head, bands: [{equal: 0, deduct: 0}, {above: 0, to: 0.4, deduct: 2}, {above: 0.4, to: 1, deduct: 4}, {above: 1, to: 1.5, deduct: 10}, {above: 1.5, deduct: 15}]}}
  - {key: completion, weight: 10, ratio: {entered_by: head, bands: [%[1]s]}}
  - {key: opinion, weight: 10, ratio: {entered_by: head, bands: [%[1]s]}}
  - {key: truthfulness, weight: 10, ratio: {entered_by: head, bands: [{from: 100, deduct: 0}, {from: 90, below: 100, deduct: 1}, {from: 80, below: 90, deduct: 2}, {from: 75, below: 80, deduct: 3}, {below: 75, deduct: 5}]}}
  - {key: passing, weight: 10, ratio: {entered_by: head, bands: [%[1]s]}}
  - {key: visits, weight: 10, ratio: {entered_by: head, bands: [%[1]s]}}
  - {key: satisfaction, weight: 10, ratio: {metric: happy, bands: [%[1]s]}}
  - {key: skill, weight: 10, entries: {each: 2, cap: 10, entered_by: head}}
  - {key: reports, weight: 10, entries: {each: 2, cap: 10, entered_by: head}}
  - {key: notices, weight: 10, decided: {min: 2, max: 10, decided_by: [office, head]}}
  bonuses:
  - {key: praise, each: 2, entered_by: head}
  - {key: company_praise, unset: true, entered_by: head}
`

const usual = "{from: 100, deduct: 0}, {from: 95, below: 100, deduct: 1}, {from: 80, below: 95, deduct: 2}, {from: 75, below: 80, deduct: 3}, {below: 75, deduct: 5}"

func staffCard(t testing.TB) *procedure.Scorecard {
	t.Helper()
	in, err := procedure.Parse([]byte(strings.Replace(pack, "posts: [{key: agent}]", "posts: [{key: agent}, {key: head}, {key: office}]", 1) + fmt.Sprintf(kpi, usual)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return p.Scorecards[0]
}

// entered is an entry that all posts of its row have agreed to.
func entered(row, amount string) ScoreEntry {
	d, ok := procedure.ParseDecimal(amount)
	if !ok {
		panic(amount)
	}
	return ScoreEntry{Row: row, Amount: d, Posts: []string{"head", "office"}}
}

// month is T-S3-14's.
func month() []ScoreEntry {
	return []ScoreEntry{
		entered("speed", "0.3"), entered("completion", "90"), entered("opinion", "100"), entered("truthfulness", "85"), entered("passing", "78"),
		entered("visits", "70"), entered("skill", "1"), entered("skill", "1"), entered("reports", "1"), entered("notices", "5"), entered("praise", "1"),
	}
}

func points(lines []ScoreLine) map[string]string {
	out := map[string]string{}
	for _, l := range lines {
		out[l.Row.Key] = l.Points.String()
	}
	return out
}

// TestScoreOfAMonth is T-S3-14: 100 - 26 + 2 = 76.
func TestScoreOfAMonth(t *testing.T) {
	t.Parallel()
	s := Score(staffCard(t), map[string]Share{"happy": {Numerator: 97, Denominator: 100}}, month())
	want := map[string]string{
		"speed": "2", "completion": "2", "opinion": "0", "truthfulness": "2", "passing": "3", "visits": "5", "satisfaction": "1", "skill": "4",
		"reports": "2", "notices": "5",
	}
	if diff := cmp.Diff(want, points(s.Rows)); diff != "" {
		t.Errorf("deductions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"praise": "2", "company_praise": "0"}, points(s.Bonuses)); diff != "" {
		t.Errorf("bonuses (-want +got):\n%s", diff)
	}
	if s.Total != 76*procedure.One || !s.Complete {
		t.Errorf("total %s, complete %v, want 76 and complete", s.Total, s.Complete)
	}
	sentences := map[string]procedure.Label{
		"speed":        {Zh: "录入 0.3%，区间 (0, 0.4]%，扣 2", En: "entered 0.3 %, band (0, 0.4] %, deduct 2"},
		"satisfaction": {Zh: "97/100，区间 [95, 100)%，扣 1", En: "97/100, band [95, 100) %, deduct 1"},
		"skill":        {Zh: "2 次 × 2", En: "2 x 2"},
		"notices":      {Zh: "1 次，共 5", En: "1 decided, 5 in all"},
	}
	for _, l := range s.Rows {
		if want, ok := sentences[l.Row.Key]; ok && l.Explanation != want {
			t.Errorf("%s is explained by %q, %q", l.Row.Key, l.Explanation.Zh, l.Explanation.En)
		}
	}
	if want := (procedure.Label{Zh: "100 − 扣 26 + 加 2 = 76", En: "100 - 26 deducted + 2 added = 76"}); s.Explanation != want {
		t.Errorf("the total is explained by %v", s.Explanation)
	}
}

func TestScoreOfOneRow(t *testing.T) {
	t.Parallel()
	withdrawn := entered("skill", "3")
	withdrawn.WithdrawTime = start
	half := entered("notices", "8")
	half.Posts = []string{"head"}
	tests := []struct {
		name     string
		row      string
		rate     Share
		entries  []ScoreEntry
		points   string
		complete bool
		says     string
	}{
		{"T-S3-16 a", "speed", Share{}, []ScoreEntry{entered("speed", "1.2")}, "10", true, "1.2"},
		{"T-S3-16 b: more than the row weighs (A-38)", "speed", Share{}, []ScoreEntry{entered("speed", "2")}, "15", true, "(1.5, ∞)"},
		{"the last rate corrects the first", "speed", Share{}, []ScoreEntry{entered("speed", "2"), entered("speed", "0")}, "0", true, "[0]"},
		{"no rate is entered", "speed", Share{}, nil, "0", false, "no figure"},
		{"a rate of no case", "satisfaction", Share{}, nil, "0", false, "no figure"},
		{"exactly on a bound", "satisfaction", Share{Numerator: 19, Denominator: 20}, nil, "1", true, "19/20"},
		{"just below it", "satisfaction", Share{Numerator: 949_999, Denominator: 1_000_000}, nil, "2", true, "[80, 95)"},
		{"used up", "skill", Share{}, []ScoreEntry{entered("skill", "4"), entered("skill", "2")}, "10", true, "used up at 10"},
		{"withdrawn", "skill", Share{}, []ScoreEntry{withdrawn, entered("skill", "1")}, "2", true, "1 x 2"},
		{"one post has not agreed", "notices", Share{}, []ScoreEntry{half, entered("notices", "2.5")}, "2.5", false, "1 not agreed yet"},
		{"two decisions", "notices", Share{}, []ScoreEntry{entered("notices", "8"), entered("notices", "7")}, "15", true, "15 in all"},
		{"a bonus", "praise", Share{}, []ScoreEntry{entered("praise", "2")}, "4", true, "2 x 2"},
		{"a bonus without a figure (A-41)", "company_praise", Share{}, []ScoreEntry{entered("company_praise", "1")}, "0", false, "no points"},
	}
	card := staffCard(t)
	for _, tt := range tests {
		s := Score(card, map[string]Share{"happy": tt.rate}, tt.entries)
		for _, l := range append(s.Rows, s.Bonuses...) {
			if l.Row.Key != tt.row {
				continue
			}
			if l.Points.String() != tt.points || l.Complete != tt.complete || !strings.Contains(l.Explanation.En, tt.says) {
				t.Errorf("%s: %s points, complete %v, %q; want %s, %v, %q", tt.name, l.Points, l.Complete, l.Explanation.En, tt.points, tt.complete, tt.says)
			}
		}
	}
}

// TestScoreBounds: whatever is entered, the total is not below the floor, and no capped row costs more than its cap.
func TestScoreBounds(t *testing.T) {
	t.Parallel()
	card := staffCard(t)
	rapid.Check(t, func(rt *rapid.T) {
		var entries []ScoreEntry
		for range rapid.IntRange(0, 60).Draw(rt, "entries") {
			rows := append(append([]procedure.ScoreRow{}, card.Rows...), card.Bonuses...)
			row := rapid.SampledFrom(rows).Draw(rt, "row")
			e := entered(row.Key, fmt.Sprint(rapid.IntRange(0, 100).Draw(rt, "amount")))
			if rapid.Bool().Draw(rt, "pending") {
				e.Posts = []string{"office"}
			}
			entries = append(entries, e)
		}
		n := rapid.Int64Range(0, 50).Draw(rt, "satisfied")
		s := Score(card, map[string]Share{"happy": {Numerator: n, Denominator: rapid.Int64Range(n, 60).Draw(rt, "asked")}}, entries)
		if s.Total < card.Floor {
			rt.Fatalf("the total %s is below the floor %s", s.Total, card.Floor)
		}
		sum := card.Start
		for _, l := range s.Rows {
			if l.Points < 0 || l.Row.Cap > 0 && l.Points > l.Row.Cap {
				rt.Fatalf("%s costs %s of %s", l.Row.Key, l.Points, l.Row.Cap)
			}
			sum -= l.Points
		}
		for _, l := range s.Bonuses {
			sum += l.Points
		}
		if s.Total != max(sum, card.Floor) {
			rt.Fatalf("the total is %s, its lines give %s", s.Total, sum)
		}
	})
}

func TestEnter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, row, amount string
		held              []string
		want, reason      string
	}{
		{"an occurrence", "skill", "", []string{"head"}, "1", ""},
		{"three occurrences", "skill", "3", []string{"agent", "head"}, "3", ""},
		{"half an occurrence", "skill", "0.5", []string{"head"}, "", ReasonAmountOutOfRange},
		{"no occurrence", "skill", "0", []string{"head"}, "", ReasonAmountOutOfRange},
		{"a rate", "speed", "0.3", []string{"head"}, "0.3", ""},
		{"a rate without a figure", "speed", "", []string{"head"}, "", ReasonAmountOutOfRange},
		{"a rate above all", "speed", "100.01", []string{"head"}, "", ReasonAmountOutOfRange},
		{"the least points", "notices", "2", []string{"office"}, "2", ""},
		{"the most points", "notices", "10", []string{"head"}, "10", ""},
		{"too few points (S3-85)", "notices", "1.9999", []string{"head"}, "", ReasonAmountOutOfRange},
		{"too many points (S3-85)", "notices", "10.5", []string{"head"}, "", ReasonAmountOutOfRange},
		{"by the wrong post", "skill", "1", []string{"agent", "office"}, "", ReasonNotOnDuty},
		{"by nobody", "notices", "5", nil, "", ReasonNotOnDuty},
		{"in a row that is worked out", "satisfaction", "97", []string{"head"}, "", ReasonRowUnknown},
		{"in no row", "none", "1", []string{"head"}, "", ReasonRowUnknown},
	}
	card := staffCard(t)
	for _, tt := range tests {
		e, err := Enter(card, ScoreEntry{Row: tt.row}, tt.amount, tt.held)
		if reason := reasonOf(err); reason != tt.reason {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.reason)
		} else if err == nil && e.Amount.String() != tt.want {
			t.Errorf("%s: %s was entered, want %s", tt.name, e.Amount, tt.want)
		}
	}
}

func TestDecideAnEntry(t *testing.T) {
	t.Parallel()
	card := staffCard(t)
	e, err := Enter(card, ScoreEntry{Row: "notices"}, "5", []string{"office"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Agree(card, e, []string{"office"}); reasonOf(err) != ReasonEntryDecided {
		t.Errorf("the post that entered it agrees again: %v", err)
	}
	if _, err := Agree(card, e, []string{"agent"}); reasonOf(err) != ReasonNotOnDuty {
		t.Errorf("another post agrees: %v", err)
	}
	agreed, err := Agree(card, e, []string{"head"})
	if diff := cmp.Diff([]string{"office", "head"}, agreed.Posts); diff != "" || err != nil {
		t.Errorf("error %v, agreed (-want +got):\n%s", err, diff)
	}
	if _, err := Withdraw(card, agreed, []string{"agent"}, start); reasonOf(err) != ReasonNotOnDuty {
		t.Errorf("another post withdraws: %v", err)
	}
	gone, err := Withdraw(card, agreed, []string{"head"}, start)
	if err != nil || !gone.WithdrawTime.Equal(start) {
		t.Errorf("withdrawn %v, error %v", gone.WithdrawTime, err)
	}
	if _, err := Withdraw(card, gone, []string{"head"}, start); reasonOf(err) != ReasonEntryDecided {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func reasonOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestSpanOf(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		kind             procedure.ReportPeriod
		period, from, to string
	}{
		{procedure.Daily, "2026-02-28", "2026-02-28", "2026-03-01"},
		{procedure.Daily, "2026-02-29", "", ""},
		{procedure.Weekly, "2026-W01", "2025-12-29", "2026-01-05"},
		{procedure.Weekly, "2026-W10", "2026-03-02", "2026-03-09"},
		{procedure.Weekly, "2026-W53", "2026-12-28", "2027-01-04"},
		{procedure.Weekly, "2025-W53", "", ""},
		{procedure.Weekly, "2026-W00", "", ""},
		{procedure.Weekly, "2027-W01", "2027-01-04", "2027-01-11"},
		{procedure.Monthly, "2026-12", "2026-12-01", "2027-01-01"},
		{procedure.Monthly, "2026-13", "", ""},
		{procedure.Monthly, "2026-3", "", ""},
		{procedure.Quarterly, "2026-Q4", "2026-10-01", "2027-01-01"},
		{procedure.Quarterly, "2026-Q5", "", ""},
		{procedure.Yearly, "2026", "2026-01-01", "2027-01-01"},
		{procedure.Yearly, "2026-01", "", ""},
	}
	for _, tt := range tests {
		span, err := SpanOf(tt.kind, tt.period, zone)
		if tt.from == "" {
			if reasonOf(err) != ReasonPeriodInvalid {
				t.Errorf("%s: error %v, want %s", tt.period, err, ReasonPeriodInvalid)
			}
			continue
		}
		got := [2]string{span.From.Format(time.RFC3339), span.To.Format(time.RFC3339)}
		if want := [2]string{tt.from + "T00:00:00+08:00", tt.to + "T00:00:00+08:00"}; got != want || err != nil {
			t.Errorf("%s: error %v, span %v, want %v", tt.period, err, got, want)
		}
	}
}
