package cli

import (
	"strings"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type clocksCmd struct {
	List     listClocksCmd `cmd:"" default:"withargs" help:"Show time limits: of one complaint, or all that run, the next due first. The word list may be left out."`
	Simulate simulateCmd   `cmd:"" help:"Replay recorded complaints under a draft of their procedure, and show what would have become of their limits."`
}

type listClocksCmd struct {
	Complaint string `arg:"" optional:"" help:"Number or UUID of a complaint; without one the clocks of all."`
	State     string `help:"running, met, breached or cancelled; without a complaint running is the default." enum:",running,met,breached,cancelled" default:""`
	Before    string `help:"Only due before." placeholder:"TIME"`
	page
}

// Run lists one page.
func (c listClocksCmd) Run(e *env) error {
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
		e.print.clocks(resp.GetClocks())
		e.print.more(resp.GetNextPageToken())
	})
}

// clocks prints clocks as a table.
func (p printer) clocks(clocks []*slatimerv1.Clock) {
	var rows [][]string
	for _, c := range clocks {
		var notes []string
		for note, yes := range map[string]bool{"soft": c.GetSoft(), "internal": c.GetInternal(), "provisional": c.GetProvisional()} {
			if yes {
				notes = append(notes, note)
			}
		}
		rows = append(rows, []string{c.GetPolicy(), word(c.GetState(), "CLOCK_STATE_"), at(c.GetStartTime()), at(c.GetDueTime()),
			at(c.GetEndTime()), strings.Join(notes, " "), c.GetComplaintId()})
	}
	p.table("clocks", []string{"clock", "state", "started", "due", "ended", "notes", "complaint"}, rows)
}
