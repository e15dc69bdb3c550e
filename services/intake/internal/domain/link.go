package domain

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"redress.dev/pkg/fault"
)

// MaxLinked is the most complaints that may be linked with each other: an event tells of them all.
const MaxLinked = 200

// LinkKind is what a person has found complaints to have to do with each other, in the order of the contract's LinkKind.
type LinkKind int16

// The kinds.
const (
	SameMatter LinkKind = iota + 1
	RepeatOf
	Group
)

// Linked is one of the complaints that are linked with each other.
type Linked struct {
	ComplaintID string
	Number      string
	Kind        LinkKind
	GroupID     string
	// Person tells complainants apart: the blind index of the telephone number, else of the e-mail address; empty where neither is known.
	Person      []byte
	ReceiveTime time.Time
	Counted     bool
	Reason      string
	Actor       string
	LinkTime    time.Time
	// Sequence is which one it is of those that are counted, by receipt, from 1; 0 for one that is not counted. See Numbered.
	Sequence int32
}

// Numbered returns links, which are by receipt within each kind, with the sequence of each.
func Numbered(links []Linked) []Linked {
	links = slices.Clone(links)
	next := map[LinkKind]int32{}
	for i, l := range links {
		links[i].Sequence = 0
		if l.Counted {
			next[l.Kind]++
			links[i].Sequence = next[l.Kind]
		}
	}
	return links
}

// Link returns the complaints that are linked after one has been linked with another: all that either of them is linked with, by
// receipt. one and other hold those, or the complaint alone, with its own first; newGroup names a group where there is none yet.
//
// It fails with LINK_INVALID for a complaint and itself, and with LINK_TOO_LARGE when there would be more than MaxLinked.
func Link(one, other []Linked, newGroup string) ([]Linked, error) {
	if one[0].ComplaintID == other[0].ComplaintID {
		return nil, fault.New(fault.Invalid, "LINK_INVALID", "a complaint cannot be linked with itself; name another in other_complaint_id").At("other_complaint_id")
	}
	all := slices.Concat(one, other)
	slices.SortFunc(all, Linked.Compare)
	all = slices.CompactFunc(all, func(a, b Linked) bool { return a.ComplaintID == b.ComplaintID })
	if len(all) > MaxLinked {
		return nil, fault.New(fault.Precondition, "LINK_TOO_LARGE", "%d complaints would be linked; at most %d may be", len(all), MaxLinked).
			With("count", strconv.Itoa(len(all))).With("limit", strconv.Itoa(MaxLinked))
	}
	group := one[0].GroupID
	if group == "" {
		group = other[0].GroupID
	}
	if group == "" {
		group = newGroup
	}
	for i := range all {
		all[i].GroupID = group
	}
	return all, nil
}

// Compare orders linked complaints by receipt.
func (l Linked) Compare(other Linked) int {
	return cmp.Or(l.ReceiveTime.Compare(other.ReceiveTime), cmp.Compare(l.ComplaintID, other.ComplaintID))
}

// Unlink returns what stays linked when one complaint is taken out: nothing where a single one would be left.
func Unlink(all []Linked, complaintID string) []Linked {
	left := slices.DeleteFunc(slices.Clone(all), func(l Linked) bool { return l.ComplaintID == complaintID })
	if len(left) < 2 {
		return nil
	}
	return left
}

// Complainant tells complainants apart within the group and nowhere else: the same person has another name in each group, and who
// knows the name learns nothing of the person. A complaint of which no person is known has one of its own.
func (l Linked) Complainant() string {
	person := l.Person
	if len(person) == 0 {
		person = []byte(l.ComplaintID)
	}
	sum := sha256.Sum256(append([]byte(l.GroupID), person...))
	return hex.EncodeToString(sum[:8])
}

// LinkChanged returns c after it was linked, or unlinked, and the event that says so; linked is empty when it is linked no more.
func LinkChanged(c Complaint, kind LinkKind, linked []Linked) (Complaint, Event) {
	return c.published(), ComplaintLinked{kind, Numbered(linked)}
}
