package domain

import (
	"fmt"
	"slices"
	"strings"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Reasons of faults.
const (
	ReasonMetricUnknown = "METRIC_UNKNOWN"
	ReasonGroupUnknown  = "GROUP_UNKNOWN"
)

// How a group that depends on the procedure begins.
const (
	FieldGroup  = "fields."
	ValueGroup  = "values."
	AnswerGroup = "answers."
)

// ChooseMetrics returns the keys of the metrics asked for, or all when none is: those of the first edition, in its order, then
// what the others have besides. An unknown one is the fault METRIC_UNKNOWN.
func ChooseMetrics(editions []*procedure.Procedure, asked []string) ([]string, error) {
	var known []string
	for _, e := range editions {
		for _, m := range e.Metrics {
			if !slices.Contains(known, m.Key) {
				known = append(known, m.Key)
			}
		}
	}
	if len(asked) == 0 {
		return known, nil
	}
	if i, all := contained(asked, known); !all {
		names := strings.Join(known, ", ")
		return nil, fault.New(fault.Invalid, ReasonMetricUnknown, "the procedure has no metric %q; it has %s", asked[i], names).
			At(fmt.Sprintf("metrics[%d]", i)).With("known", names)
	}
	return asked, nil // in the order asked for
}

// CheckGroups sees that every name in asked is one that an edition can group figures by, and every metric in it by all of them. Another
// is the fault GROUP_UNKNOWN.
func CheckGroups(editions []*procedure.Procedure, metrics, asked []string) error {
	var known []string
	for _, e := range editions {
		for _, name := range e.Groupings() {
			if !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	if i, all := contained(asked, known); !all {
		return groupUnknown(i, asked[i], "figures", known)
	}
	for _, e := range editions {
		for _, key := range metrics {
			m, ok := e.Metric(key)
			for i, name := range asked {
				if ok && !m.Groups(name) {
					return groupUnknown(i, name, "figures of "+key, m.GroupBy)
				}
			}
		}
	}
	return nil
}

func groupUnknown(i int, name, what string, known []string) error {
	names := strings.Join(known, ", ")
	return fault.New(fault.Invalid, ReasonGroupUnknown, "%s cannot be grouped by %q; they can by %s", what, name, names).
		At(fmt.Sprintf("group_by[%d]", i)).With("known", names)
}

// contained reports whether known has all names asked for, and else the index of the first that it has not.
func contained(asked, known []string) (int, bool) {
	i := slices.IndexFunc(asked, func(name string) bool { return !slices.Contains(known, name) })
	return i, i < 0
}

// Figures are the sums of one group of complaints of one edition.
type Figures struct {
	Edition string
	Group   []string
	// Basis says which metrics of the edition they are of.
	Basis procedure.MetricBasis
	// Complaints in the group: those received in the span.
	Complaints int64
	// Shares are the sums, by the position of the metric in the edition; of metrics of another basis they mean nothing.
	Shares map[int]Share
}

// Row is one group of an answer.
type Row struct {
	Group      []string
	Complaints int64
	// Shares are the sums, in the order of the metrics asked for.
	Shares []Share
}

// Merge adds up the figures of the editions by group, in the order of the groups. A group that has figures by closing alone has no complaints. A metric that an edition does not have gets
// nothing from it.
func Merge(editions []*procedure.Procedure, metrics []string, figures []Figures) []Row {
	positions := make(map[string]map[procedure.MetricBasis]map[string]int, len(editions))
	for _, e := range editions {
		positions[e.Digest] = Positions(e, metrics)
	}
	var rows []Row
	for _, f := range figures {
		i, found := slices.BinarySearchFunc(rows, f.Group, func(r Row, group []string) int { return slices.Compare(r.Group, group) })
		if !found {
			rows = slices.Insert(rows, i, Row{Group: f.Group, Shares: make([]Share, len(metrics))})
		}
		if f.Basis == procedure.ByReceipt {
			rows[i].Complaints += f.Complaints
		}
		for m, key := range metrics {
			if at, ok := positions[f.Edition][f.Basis][key]; ok {
				rows[i].Shares[m].Numerator += f.Shares[at].Numerator
				rows[i].Shares[m].Denominator += f.Shares[at].Denominator
			}
		}
	}
	return rows
}

// Positions returns, by basis and key, where the edition has each of the metrics, from 0.
func Positions(e *procedure.Procedure, metrics []string) map[procedure.MetricBasis]map[string]int {
	positions := map[procedure.MetricBasis]map[string]int{}
	for i, m := range e.Metrics {
		if !slices.Contains(metrics, m.Key) {
			continue
		}
		if positions[m.Basis] == nil {
			positions[m.Basis] = map[string]int{}
		}
		positions[m.Basis][m.Key] = i
	}
	return positions
}
