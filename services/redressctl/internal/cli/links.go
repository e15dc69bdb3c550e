package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// linkKind is what complaints have to do with each other.
type linkKind struct {
	Kind string `help:"What they have to do with each other: same_matter, repeat_of or group." enum:"same_matter,repeat_of,group" default:"same_matter"`
}

func (k linkKind) value() typev1.LinkKind {
	return enum(k.Kind, "LINK_KIND_", typev1.LinkKind_value, typev1.LinkKind(0))
}

type linkCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Other     string `arg:"" help:"Number or UUID of the one that it is linked with."`
	linkKind
	NotCounted bool   `help:"The complaint is not to be counted among them."`
	Reason     string `help:"Why, a short token, for example demands_more."`
}

// Run links two complaints.
func (c linkCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	other, err := complaintID(e, c.Other)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.LinkComplaints(e.ctx, &intakev1.LinkComplaintsRequest{
		RequestId: uuid.NewString(), Kind: c.value(), ComplaintId: id, OtherComplaintId: other, NotCounted: c.NotCounted, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.links(resp.GetLinks()) })
}

type unlinkCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	linkKind
}

// Run takes a complaint out of what it is linked with.
func (c unlinkCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.UnlinkComplaint(e.ctx, &intakev1.UnlinkComplaintRequest{RequestId: uuid.NewString(), Kind: c.value(), ComplaintId: id})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { fmt.Fprintln(e.print.w, "It is linked no more.") })
}

type linksCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
}

// Run lists what a complaint is linked with.
func (c linksCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListLinks(e.ctx, &intakev1.ListLinksRequest{ComplaintId: id})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.links(resp.GetLinks()) })
}

func (p printer) links(links []*intakev1.Link) {
	var rows [][]string
	for _, l := range links {
		rows = append(rows, []string{word(l.GetKind(), "LINK_KIND_"), l.GetNumber(), at(l.GetReceiveTime()), strings.TrimPrefix(which(l), ", "), l.GetReason(), l.GetActor()})
	}
	p.table("links: make one with redressctl complaints link", []string{"kind", "complaint", "received", "counted", "reason", "by"}, rows)
}

// which says which one of those that are counted a complaint is: ", no. 2".
func which(l *intakev1.Link) string {
	if !l.GetCounted() {
		return ", not counted"
	}
	return fmt.Sprintf(", no. %d", l.GetSequence())
}
