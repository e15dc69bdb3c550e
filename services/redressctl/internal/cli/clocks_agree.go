package cli

import (
	"fmt"
	"regexp"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type clocksAgreeCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Clock     string `arg:"" help:"Key of the policy, or id of the clock (see: clocks COMPLAINT)."`
	DueTime   string `arg:"" help:"The agreed moment, in your zone where it names none: '2026-03-05 17:00'."`
	Reason    string `help:"Code of the reason, for example data_to_be_collected; no free text." required:"" placeholder:"CODE"`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Help teaches by an example.
func (clocksAgreeCmd) Help() string {
	return `The policy has to say "agreeable: true". The due time before stays on record; clocks explain shows both.

Example:
  redressctl clocks agree AB-202603-000001 reply '2026-03-05 17:00' --reason data_to_be_collected`
}

// bareDate is a day without a time of day.
var bareDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// reasonCode is the contract's form of a reason.
var reasonCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Run agrees the due time.
func (c clocksAgreeCmd) Run(e *env) error {
	if bareDate.MatchString(c.DueTime) { // its first moment is the day before to most people, its last one to others
		return fmt.Errorf("%q says no time of day; write '%s 17:00'", c.DueTime, c.DueTime)
	}
	due, err := instant(c.DueTime)
	if err != nil {
		return err
	}
	if !reasonCode.MatchString(c.Reason) {
		return fmt.Errorf("--reason: %q is no code; write lower-case letters, digits and _, for example data_to_be_collected", c.Reason)
	}
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	clock, err := c.clock(e, api)
	if err != nil {
		return err
	}
	resp, err := api.AgreeDueTime(e.ctx, &slatimerv1.AgreeDueTimeRequest{
		RequestId: orNew(c.RequestID), ComplaintId: clock.GetComplaintId(), ClockId: clock.GetClockId(), DueTime: due, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s is due on %s now; it was due on %s.\nNext: redressctl clocks explain %s %s\n", clock.GetPolicy(),
			at(resp.GetClock().GetDueTime()), at(clock.GetDueTime()), c.Complaint, clock.GetClockId())
	})
}

// clock returns the one clock that was meant: of several of one policy the only one whose due time is still to come.
func (c clocksAgreeCmd) clock(e *env, api slatimerv1.SlatimerServiceClient) (*slatimerv1.Clock, error) {
	clocks, err := clocksOf(e, api, c.Complaint)
	if err != nil {
		return nil, err
	}
	found, err := named(clocks, c.Complaint, c.Clock)
	if err != nil {
		return nil, err
	}
	var pending []*slatimerv1.Clock
	for _, k := range found {
		if k.GetState() == slatimerv1.ClockState_CLOCK_STATE_RUNNING || k.GetState() == slatimerv1.ClockState_CLOCK_STATE_PAUSED {
			pending = append(pending, k)
		}
	}
	switch {
	case len(pending) == 1:
		return pending[0], nil
	case len(found) == 1:
		return found[0], nil // the service says why not
	case len(pending) > 1:
		found = pending
	}
	return nil, several(found, c.Complaint, c.Clock, fmt.Sprintf("redressctl clocks agree %s %%s '%s' --reason %s", c.Complaint, c.DueTime, c.Reason))
}
