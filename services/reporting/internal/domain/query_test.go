package domain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// editions are two editions of a procedure, the newer first: it has one metric more, in front.
func editions(t *testing.T) []*procedure.Procedure {
	t.Helper()
	newer, older := *compiled(t), *compiled(t)
	newer.Digest, newer.Metrics = "new", []*procedure.Metric{{Key: "speed", GroupBy: []string{"month", "flow"}}, {Key: "count"}}
	older.Digest, older.Metrics = "old", []*procedure.Metric{{Key: "count"}, {Key: "gone"}, {Key: "closed", Basis: procedure.ByClosing}}
	return []*procedure.Procedure{&newer, &older}
}

func TestChooseMetrics(t *testing.T) {
	for _, tt := range []struct{ asked, want []string }{
		{nil, []string{"speed", "count", "gone", "closed"}},
		{[]string{"gone", "speed"}, []string{"gone", "speed"}},
	} {
		got, err := ChooseMetrics(editions(t), tt.asked)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%v: error %v (-want +got):\n%s", tt.asked, err, diff)
		}
	}
	_, err := ChooseMetrics(editions(t), []string{"count", "none"})
	var f *fault.Error
	if !errors.As(err, &f) || f.Reason != ReasonMetricUnknown || f.Meta["field"] != "metrics[1]" || f.Meta["known"] != "speed, count, gone, closed" {
		t.Errorf("an unknown metric gives %#v", err)
	}
}

func TestCheckGroups(t *testing.T) {
	for _, good := range [][]string{nil, {"month", "channel", "flow"}, {"fields.line"}, {"values.grade", "answers.check.outcome"}} {
		if err := CheckGroups(editions(t), []string{"count"}, good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	// "cost" is a number; the others are no names, or try to be more than names.
	for _, bad := range []string{"fields.cost", "fields.none", "values.none", "answers.answer.outcome", "tenant", "", "fields.line'; --", "month, tenant"} {
		err := CheckGroups(editions(t), []string{"count"}, []string{"month", bad})
		var f *fault.Error
		if !errors.As(err, &f) || f.Reason != ReasonGroupUnknown || f.Meta["field"] != "group_by[1]" || f.Meta["known"] != "month, channel, flow, answers.check.outcome, fields.line, values.grade" {
			t.Errorf("%q gives %#v", bad, err)
		}
	}
}

func TestAMetricMayLimitItsGroups(t *testing.T) {
	if err := CheckGroups(editions(t), []string{"speed"}, []string{"month", "flow"}); err != nil {
		t.Errorf("by what it may: %v", err)
	}
	var f *fault.Error
	err := CheckGroups(editions(t), []string{"count", "speed"}, []string{"month", "fields.line"})
	if !errors.As(err, &f) || f.Reason != ReasonGroupUnknown || f.Meta["field"] != "group_by[1]" || f.Meta["known"] != "month, flow" {
		t.Errorf("by what it may not: %#v", err)
	}
}

func TestMergeAddsEditionsByKey(t *testing.T) {
	figures := []Figures{
		{Edition: "old", Group: []string{"b", "x"}, Complaints: 2, Shares: map[int]Share{0: {Numerator: 3, Denominator: 4}, 1: {Numerator: 9}}},
		{Edition: "new", Group: []string{"b", "x"}, Complaints: 1, Shares: map[int]Share{0: {Numerator: 7}, 1: {Numerator: 10, Denominator: 20}}},
		{Edition: "old", Group: []string{"c", "x"}, Complaints: 3, Basis: procedure.ByClosing, Shares: map[int]Share{0: {Numerator: 99}, 2: {Numerator: 3}}},
		{Edition: "new", Group: []string{"a", "z"}, Complaints: 5, Shares: map[int]Share{1: {Numerator: 1, Denominator: 1}}},
	}
	want := []Row{
		{Group: []string{"a", "z"}, Complaints: 5, Shares: []Share{{Numerator: 1, Denominator: 1}, {}, {}}},
		{Group: []string{"b", "x"}, Complaints: 3, Shares: []Share{{Numerator: 13, Denominator: 24}, {Numerator: 9}, {}}},
		{Group: []string{"c", "x"}, Shares: []Share{{}, {}, {Numerator: 3}}},
	}
	if diff := cmp.Diff(want, Merge(editions(t), []string{"count", "gone", "closed"}, figures)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
