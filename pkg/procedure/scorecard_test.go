package procedure_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redress.dev/pkg/procedure"
)

// scored is a pack with one scorecard; %BANDS% are the bands of its row.
const scored = `
code: scored
edition: "1"
name: {en: Scored}
numbering: {prefix: S, zone: Asia/Shanghai}
calendars:
- {key: always, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}
fields: [{key: line, kind: FIELD_KIND_CODE}]
posts: [{key: agent}, {key: head}, {key: office}]
flows: [{key: direct, steps: [{key: answer, task: {assignee: {post: agent}}, milestone: answered}]}]
clocks:
- {key: reply, start: {registered: true}, limit: {hours: 48}, calendar: always, stop: [{milestone: answered}]}
closing: {on: [{milestone: answered}]}
metrics:
- {key: complaints, numerator: "1"}
- {key: in_time, numerator: clocks.reply.met, denominator: clocks.reply.started, when: fields.line != 'none', decimals: 1, group_by: [month, fields.line]}
scorecards:
- key: staff
  subject: SCORE_SUBJECT_PERSON
  posts: [agent]
  by: [answer]
  start: 100
  rows:
  - {key: speed, weight: 10, ratio: {metric: in_time, bands: [%BANDS%]}}
  - {key: truth, weight: 10, ratio: {entered_by: head, bands: [{from: 0, deduct: 0}]}}
  - {key: skill, weight: 10, entries: {each: 2, cap: 10, entered_by: head}}
  - {key: notices, weight: 10, decided: {min: 2, max: 10, decided_by: [office, head]}}
  bonuses:
  - {key: praise, each: 2, entered_by: head}
  - {key: high_praise, unset: true, entered_by: head}
reports:
- {key: monthly, period: REPORT_PERIOD_MONTH, tables: [{key: lines, metrics: [in_time, complaints], group_by: [fields.line]}], recipients: [office], approved_by: [head]}
`

// kpi are the bands of S3-82's rows of "good" rates, by A-37.
const kpi = "{from: 100, deduct: 0}, {from: 95, below: 100, deduct: 1}, {from: 80, below: 95, deduct: 2}, {from: 75, below: 80, deduct: 3}, {below: 75, deduct: 5}"

// speed are the bands of its first row, where small is good.
const speed = "{equal: 0, deduct: 0}, {above: 0, to: 0.4, deduct: 2}, {above: 0.4, to: 1, deduct: 4}, {above: 1, to: 1.5, deduct: 10}, {above: 1.5, deduct: 15}"

func compileScored(t testing.TB, pack string) (*procedure.Procedure, []procedure.Finding) {
	t.Helper()
	in, err := procedure.Parse([]byte(pack))
	var broken *procedure.InvalidError
	if errors.As(err, &broken) {
		return nil, broken.Findings
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if errors.As(err, &broken) {
		return nil, broken.Findings
	}
	if err != nil {
		t.Fatal(err)
	}
	return p, nil
}

func banded(bands string) string { return strings.Replace(scored, "%BANDS%", bands, 1) }

func TestBandOfARate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		bands, rate string
		want        string
		interval    string
	}{
		{speed, "0", "0", "[0]"},
		{speed, "0.0001", "2", "(0, 0.4]"},
		{speed, "0.4", "2", "(0, 0.4]"},
		{speed, "0.4001", "4", "(0.4, 1]"},
		{speed, "1.2", "10", "(1, 1.5]"}, // T-S3-16 a
		{speed, "2", "15", "(1.5, ∞)"},   // T-S3-16 b
		{kpi, "100", "0", "[100, ∞)"},
		{kpi, "97", "1", "[95, 100)"},
		{kpi, "95", "1", "[95, 100)"},
		{kpi, "90", "2", "[80, 95)"},
		{kpi, "78", "3", "[75, 80)"},
		{kpi, "74.9999", "5", "[0, 75)"},
		{kpi, "0", "5", "[0, 75)"},
	}
	for _, tt := range tests {
		p, findings := compileScored(t, banded(tt.bands))
		if len(findings) > 0 {
			t.Fatalf("findings %v", findings)
		}
		rate, _ := procedure.ParseDecimal(tt.rate)
		got, ok := p.Scorecards[0].Rows[0].Band(int64(rate), int64(100*procedure.One))
		if !ok || got.Deduct.String() != tt.want || got.Interval() != tt.interval {
			t.Errorf("%s per cent is in %s and costs %s, want %s and %s", tt.rate, got.Interval(), got.Deduct, tt.interval, tt.want)
		}
	}
}

// TestARateIsComparedExactly has thirds, which no decimal is.
func TestARateIsComparedExactly(t *testing.T) {
	t.Parallel()
	p, _ := compileScored(t, banded("{below: 33.3333, deduct: 1}, {from: 33.3333, to: 33.3334, deduct: 2}, {above: 33.3334, deduct: 3}"))
	for numerator, want := range map[int64]procedure.Decimal{333_332: 1, 333_333: 2, 333_334: 2, 333_335: 3} {
		if got, _ := p.Scorecards[0].Rows[0].Band(numerator, 1_000_000); got.Deduct != want*procedure.One {
			t.Errorf("%d of a million costs %s, want %d", numerator, got.Deduct, want)
		}
	}
	if got, _ := p.Scorecards[0].Rows[0].Band(1, 3); got.Deduct != 2*procedure.One {
		t.Errorf("a third costs %s, want 2", got.Deduct)
	}
}

// TestBandsThatCompileHoldEveryRateOnce draws bounds and breaks them at times: what compiles has one band for every rate.
func TestBandsThatCompileHoldEveryRateOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		bounds := rapid.SliceOfNDistinct(rapid.Int64Range(1, 999_999), 1, 5, rapid.ID[int64]).Draw(rt, "bounds")
		slices.Sort(bounds)
		var bands []string
		low := "from: 0"
		for _, b := range bounds {
			words := [2]string{"below: ", "from: "}
			if rapid.Bool().Draw(rt, "inclusive") {
				words = [2]string{"to: ", "above: "}
			}
			number := procedure.Decimal(b).String()
			bands = append(bands, "{"+low+", "+words[0]+number+", deduct: 1}")
			low = words[1] + number
		}
		bands = append(bands, "{"+low+", deduct: 1}")
		p, findings := compileScored(t, banded(strings.Join(bands, ", ")))
		if len(findings) > 0 {
			rt.Fatalf("bands %v: %v", bands, findings)
		}
		row := p.Scorecards[0].Rows[0]
		n, d := rapid.Int64Range(0, 1e6).Draw(rt, "numerator"), rapid.Int64Range(1, 1e6).Draw(rt, "denominator")
		held := 0
		for _, b := range row.Bands {
			one := procedure.ScoreRow{Bands: []procedure.ScoreBand{b}}
			if _, ok := one.Band(n, d); ok {
				held++
			}
		}
		if held != 1 {
			rt.Fatalf("%d/%d is in %d of the bands %v", n, d, held, bands)
		}
	})
}

func TestScorecardFindings(t *testing.T) {
	t.Parallel()
	sound := banded(kpi)
	tests := []struct {
		name, old, new string
		code           procedure.FindingCode
		detail         string
	}{
		{"overlap", "{from: 80, below: 95", "{from: 80, below: 97", procedure.BandsOverlap, "95 to below 97 per cent belongs to two bands, 80 to below 97 and 95 to below 100"},
		{"overlap of one number", "{from: 80, below: 95", "{from: 80, to: 95", procedure.BandsOverlap, "95 per cent belongs to two bands"},
		{"gap", "{from: 95, below: 100", "{from: 95, below: 99", procedure.BandsGap, "99 to below 100 per cent belongs to no band"},
		{"gap of one number", "{from: 95, below: 100", "{above: 95, below: 100", procedure.BandsGap, "95 per cent belongs to no band"},
		{"gap at the end", "{from: 100, deduct: 0}, ", "", procedure.BandsGap, "100 per cent belongs to no band"},
		{"gap at the beginning", "{below: 75", "{above: 10, below: 75", procedure.BandsGap, "0 to 10 per cent belongs to no band"},
		{"two lower bounds", "{below: 75", "{from: 1, above: 0, below: 75", procedure.ScorecardInvalid, "one lower bound"},
		{"a band of nothing", "{from: 95, below: 100", "{from: 95, below: 95", procedure.ScorecardInvalid, "95 and 95"},
		{"five decimals", "below: 75", "below: 75.00001", procedure.ScorecardInvalid, "four decimals"},
		{"a count for a rate", "metric: in_time, bands", "metric: complaints, bands", procedure.ScorecardInvalid, "is a count"},
		{"an unknown metric", "metric: in_time, bands", "metric: none, bands", procedure.MetricUnknown, `no metric "none"`},
		{"an unknown post", "cap: 10, entered_by: head", "cap: 10, entered_by: none", procedure.PostUnknown, `no post "none"`},
		{"a decision of nothing", "min: 2, max: 10", "min: 12, max: 10", procedure.ScorecardInvalid, "min 12 is above max 10"},
		{"a key twice", "key: praise", "key: skill", procedure.KeyTaken, "taken"},
		{"an unknown step", "by: [answer]", "by: [none]", procedure.StepUnknown, `"none"`},
		{"a floor above the start", "start: 100", "start: 100\n  floor: 101", procedure.ScorecardInvalid, "floor 101"},
		{"a group for persons", "by: [answer]", "group: fields.line", procedure.ScorecardInvalid, "only groups"},
		{"no group for groups", "subject: SCORE_SUBJECT_PERSON\n  posts: [agent]\n  by: [answer]", "subject: SCORE_SUBJECT_GROUP", procedure.ScorecardInvalid, "no code field"},
		{"a report of an unknown metric", "metrics: [in_time, complaints]", "metrics: [none]", procedure.MetricUnknown, `no metric "none"`},
		{"a report for an unknown post", "recipients: [office]", "recipients: [none]", procedure.PostUnknown, `no post "none"`},
		{"a report by what there is not", "complaints], group_by: [fields.line]", "complaints], group_by: [fields.none]", procedure.GroupUnknown, "fields.none"},
		{"a report by what the figure may not", "complaints], group_by: [fields.line]", "complaints], group_by: [channel]", procedure.GroupUnknown, "in_time may not be grouped by channel"},
		{"a figure by what there is not", "group_by: [month, fields.line]", "group_by: [fields.lines]", procedure.GroupUnknown, "fields.lines"},
		{"a population that is no condition", "when: fields.line != 'none'", "when: fields.line", procedure.ExpressionInvalid, "true or false"},
	}
	for _, tt := range tests {
		broken := strings.Replace(sound, tt.old, tt.new, 1)
		if broken == sound {
			t.Fatalf("%s: nothing was replaced", tt.name)
		}
		_, findings := compileScored(t, broken)
		if !slices.ContainsFunc(findings, func(f procedure.Finding) bool { return f.Code == tt.code && strings.Contains(f.Detail, tt.detail) }) {
			t.Errorf("%s: findings %v, want %s with %q", tt.name, findings, tt.code, tt.detail)
		}
	}
}

func TestMetricCountsItsPopulationAlone(t *testing.T) {
	t.Parallel()
	p, _ := compileScored(t, banded(kpi))
	m, _ := p.Metric("in_time")
	facts := func(line string) procedure.MetricFacts {
		return procedure.MetricFacts{
			Facts:  procedure.Facts{Fields: map[string]procedure.Value{"line": procedure.Code(line)}},
			Clocks: map[string]procedure.ClockCounts{"reply": {Started: 3, Met: 2}},
		}
	}
	for line, want := range map[string][2]int64{"door": {2, 3}, "none": {0, 0}} {
		n, d, err := m.Value(facts(line))
		if diff := cmp.Diff(want, [2]int64{n, d}); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", line, err, diff)
		}
	}
	if got := m.PerCent(2, 3); got != "66.7" {
		t.Errorf("2/3 is shown as %s, want 66.7", got)
	}
}
