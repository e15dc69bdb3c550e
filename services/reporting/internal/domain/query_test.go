package domain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// editions are two editions of a procedure, the newer first: it has one metric more, in front.
func editions(t *testing.T) []Edition {
	t.Helper()
	newer := &procedure.Procedure{Digest: "new", Metrics: []*procedure.Metric{{Key: "speed"}, {Key: "count"}}, Fields: compiled(t).Fields}
	older := &procedure.Procedure{Digest: "old", Metrics: []*procedure.Metric{{Key: "count"}, {Key: "gone"}}}
	return []Edition{{newer, []string{"grade"}}, {older, []string{"category"}}}
}

func TestChooseMetrics(t *testing.T) {
	for _, tt := range []struct{ asked, want []string }{
		{nil, []string{"speed", "count", "gone"}},
		{[]string{"gone", "speed"}, []string{"gone", "speed"}},
	} {
		got, err := ChooseMetrics(editions(t), tt.asked)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%v: error %v (-want +got):\n%s", tt.asked, err, diff)
		}
	}
	_, err := ChooseMetrics(editions(t), []string{"count", "none"})
	var f *fault.Error
	if !errors.As(err, &f) || f.Reason != ReasonMetricUnknown || f.Meta["field"] != "metrics[1]" || f.Meta["known"] != "speed, count, gone" {
		t.Errorf("an unknown metric gives %#v", err)
	}
}

func TestCheckGroups(t *testing.T) {
	for _, good := range [][]string{nil, {"month", "channel", "flow"}, {"fields.line"}, {"values.grade", "values.category"}} {
		if err := CheckGroups(editions(t), good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	// "cost" is a number; the others are no names, or try to be more than names.
	for _, bad := range []string{"fields.cost", "fields.none", "values.none", "tenant", "", "fields.line'; --", "month, tenant"} {
		err := CheckGroups(editions(t), []string{"month", bad})
		var f *fault.Error
		if !errors.As(err, &f) || f.Reason != ReasonGroupUnknown || f.Meta["field"] != "group_by[1]" || f.Meta["known"] != "month, channel, flow, fields.line, values.grade, values.category" {
			t.Errorf("%q gives %#v", bad, err)
		}
	}
}

func TestMergeAddsEditionsByKey(t *testing.T) {
	figures := []Figures{
		{Edition: "old", Group: []string{"b", "x"}, Complaints: 2, Shares: map[int]Share{0: {Numerator: 3, Denominator: 4}, 1: {Numerator: 9}}},
		{Edition: "new", Group: []string{"b", "x"}, Complaints: 1, Shares: map[int]Share{0: {Numerator: 7}, 1: {Numerator: 10, Denominator: 20}}},
		{Edition: "new", Group: []string{"a", "z"}, Complaints: 5, Shares: map[int]Share{1: {Numerator: 1, Denominator: 1}}},
	}
	want := []Row{
		{Group: []string{"a", "z"}, Complaints: 5, Shares: []Share{{Numerator: 1, Denominator: 1}, {}}},
		{Group: []string{"b", "x"}, Complaints: 3, Shares: []Share{{Numerator: 13, Denominator: 24}, {Numerator: 9}}},
	}
	if diff := cmp.Diff(want, Merge(editions(t), []string{"count", "gone"}, figures)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
