package procedure

import (
	"time"

	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// LinkKind is what a person has found complaints to have to do with each other.
type LinkKind int

// The kinds, in the order of the contract's LinkKind.
const (
	SameMatter LinkKind = iota + 1
	RepeatOf
	Group
)

// Linked is one of the complaints that are linked.
type Linked struct {
	ComplaintID string `json:"id"`
	// Complainant tells complainants apart within these complaints.
	Complainant string    `json:"complainant"`
	ReceiveTime time.Time `json:"receive_time"`
	// NotCounted is true for one that is not to be counted (S1-11).
	NotCounted bool `json:"not_counted,omitzero"`
}

// FromLinked returns the complaints that an event tells of.
func FromLinked(in []*typev1.LinkedComplaint) []Linked {
	var out []Linked
	for _, l := range in {
		out = append(out, Linked{l.GetComplaintId(), l.GetComplainant(), l.GetReceiveTime().AsTime(), !l.GetCounted()})
	}
	return out
}

// count counts over the complaints that are linked with one.
type count struct {
	key    string
	link   LinkKind
	of     countOf
	window time.Duration // 0 means all
}

// countOf is what is counted, in the order of the contract's CountOf.
type countOf int

const (
	complaints countOf = iota + 1
	complainants
	earlier
)

// value counts for the complaint that f tells of.
func (c count) value(f Facts) int {
	n := 0
	if c.of != earlier {
		n = 1 // the complaint itself
	}
	who := map[string]bool{}
	for _, l := range f.Links[c.link] {
		if l.ComplaintID == f.ComplaintID {
			who[l.Complainant] = true
		}
	}
	for _, l := range f.Links[c.link] {
		if l.ComplaintID == f.ComplaintID || l.NotCounted || c.window > 0 && l.ReceiveTime.Sub(f.Received).Abs() > c.window {
			continue
		}
		if c.of == complainants && who[l.Complainant] || c.of == earlier && !l.before(f) {
			continue
		}
		who[l.Complainant] = true
		n++
	}
	return n
}

// before reports whether l was received before the complaint that f tells of; of two that were received at one instant the one with
// the lesser id.
func (l Linked) before(f Facts) bool {
	if l.ReceiveTime.Equal(f.Received) {
		return l.ComplaintID < f.ComplaintID
	}
	return l.ReceiveTime.Before(f.Received)
}
