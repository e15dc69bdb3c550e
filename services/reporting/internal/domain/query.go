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
	FieldGroup = "fields."
	ValueGroup = "values."
)

// Edition is one edition of a procedure that is asked about.
type Edition struct {
	*procedure.Procedure
	// Targets are what its rules work out.
	Targets []string
}

// ChooseMetrics returns the keys of the metrics asked for, or all when none is: those of the first edition, in its order, then
// what the others have besides. An unknown one is the fault METRIC_UNKNOWN.
func ChooseMetrics(editions []Edition, asked []string) ([]string, error) {
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

// CheckGroups sees that every name in asked is one to group by: "month", "channel", "flow", a code field of an edition
// "fields.<key>", or what a rule of one works out "values.<target>". Another is the fault GROUP_UNKNOWN.
func CheckGroups(editions []Edition, asked []string) error {
	known := []string{"month", "channel", "flow"}
	add := func(name string) {
		if !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	for _, e := range editions {
		for _, f := range e.Fields {
			if f.Kind == procedure.KindCode {
				add(FieldGroup + f.Key)
			}
		}
		for _, target := range e.Targets {
			add(ValueGroup + target)
		}
	}
	if i, all := contained(asked, known); !all {
		names := strings.Join(known, ", ")
		return fault.New(fault.Invalid, ReasonGroupUnknown, "figures cannot be grouped by %q; they can by %s", asked[i], names).
			At(fmt.Sprintf("group_by[%d]", i)).With("known", names)
	}
	return nil
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
	// Complaints in the group.
	Complaints int64
	// Shares are the sums, by the position of the metric in the edition.
	Shares map[int]Share
}

// Row is one group of an answer.
type Row struct {
	Group      []string
	Complaints int64
	// Shares are the sums, in the order of the metrics asked for.
	Shares []Share
}

// Merge adds up the figures of the editions by group, in the order of the groups. A metric that an edition does not have gets
// nothing from it.
func Merge(editions []Edition, metrics []string, figures []Figures) []Row {
	positions := make(map[string]map[string]int, len(editions))
	for _, e := range editions {
		positions[e.Digest] = Positions(e, metrics)
	}
	var rows []Row
	for _, f := range figures {
		i, found := slices.BinarySearchFunc(rows, f.Group, func(r Row, group []string) int { return slices.Compare(r.Group, group) })
		if !found {
			rows = slices.Insert(rows, i, Row{Group: f.Group, Shares: make([]Share, len(metrics))})
		}
		rows[i].Complaints += f.Complaints
		for m, key := range metrics {
			if at, ok := positions[f.Edition][key]; ok {
				rows[i].Shares[m].Numerator += f.Shares[at].Numerator
				rows[i].Shares[m].Denominator += f.Shares[at].Denominator
			}
		}
	}
	return rows
}

// Positions returns, by key, where the edition has each of the metrics, from 0.
func Positions(e Edition, metrics []string) map[string]int {
	positions := make(map[string]int, len(metrics))
	for i, m := range e.Metrics {
		if slices.Contains(metrics, m.Key) {
			positions[m.Key] = i
		}
	}
	return positions
}
