package cli

import (
	"fmt"
	"strings"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type clocksCmd struct {
	List     clocksListCmd    `cmd:"" default:"withargs" help:"List time limits: of one complaint, or all that run, the next due first. May be left out."`
	Explain  clocksExplainCmd `cmd:"" help:"Account for a due time: what counted, what changed it, what comes when."`
	Agree    clocksAgreeCmd   `cmd:"" help:"Put an agreed moment in the place of a due time."`
	Simulate simulateCmd      `cmd:"" help:"Replay recorded complaints under a draft of their procedure, and show what would have become of their limits."`
}

type clocksListCmd struct {
	Complaint string `arg:"" optional:"" help:"Number or UUID of a complaint; without one the clocks of all."`
	State     string `help:"running, paused, met, breached, excused or cancelled; without a complaint running is the default." enum:",running,paused,met,breached,excused,cancelled" default:""`
	Before    string `help:"Only due before." placeholder:"TIME"`
	page
}

// Run lists one page.
func (c clocksListCmd) Run(e *env) error {
	before, err := timestamp("before", c.Before)
	if err != nil {
		return err
	}
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	if id == "" && c.State == "" {
		c.State = "running"
	}
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListClocks(e.ctx, &slatimerv1.ListClocksRequest{
		ComplaintId: id, State: enum(c.State, "CLOCK_STATE_", slatimerv1.ClockState_value, slatimerv1.ClockState(0)),
		DueTimeTo: before, PageSize: c.PageSize, PageToken: c.PageToken,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		if id == "" {
			e.print.clocks(resp.GetClocks(), "complaint", (*slatimerv1.Clock).GetComplaintId)
		} else {
			e.print.clocksOfOne(resp.GetClocks())
		}
		e.print.more(resp.GetNextPageToken())
	})
}

// clocksOfOne prints the clocks of one complaint, with the ids that explain and agree take.
func (p printer) clocksOfOne(clocks []*slatimerv1.Clock) {
	p.clocks(clocks, "id", (*slatimerv1.Clock).GetClockId)
}

// clocks prints clocks as a table that ends with an id of each.
func (p printer) clocks(clocks []*slatimerv1.Clock, header string, id func(*slatimerv1.Clock) string) {
	var rows [][]string
	for _, c := range clocks {
		rows = append(rows, []string{c.GetPolicy(), word(c.GetState(), "CLOCK_STATE_"), at(c.GetStartTime()), at(c.GetDueTime()),
			at(c.GetEndTime()), clockNotes(c), id(c)})
	}
	p.table("clocks", []string{"clock", "state", "started", "due", "ended", "notes", header}, rows)
}

// clockNotes says what else there is to know of a clock, always in the same order.
func clockNotes(c *slatimerv1.Clock) string {
	var notes []string
	for _, n := range []struct {
		note string
		yes  bool
	}{{"soft", c.GetSoft()}, {"internal", c.GetInternal()}, {"provisional", c.GetProvisional()}, {"revised", c.GetRevised()}} {
		if n.yes {
			notes = append(notes, n.note)
		}
	}
	if n := c.GetEscalationCount(); n > 0 {
		notes = append(notes, fmt.Sprintf("escalated %d×", n))
	}
	return strings.Join(notes, " ")
}
