package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// clocksOf returns every clock of the complaint that a person named, by start. One without any is an error.
func clocksOf(e *env, api slatimerv1.SlatimerServiceClient, complaint string) ([]*slatimerv1.Clock, error) {
	id, err := complaintID(e, complaint)
	if err != nil {
		return nil, err
	}
	var clocks []*slatimerv1.Clock
	for token := ""; ; {
		resp, err := api.ListClocks(e.ctx, &slatimerv1.ListClocksRequest{ComplaintId: id, PageSize: 200, PageToken: token})
		if err != nil {
			return nil, err
		}
		clocks = append(clocks, resp.GetClocks()...)
		if token = resp.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(clocks) == 0 {
		return nil, fmt.Errorf("no clock of complaint %s has started; see what has happened with: redressctl complaints show %s", complaint, complaint)
	}
	return clocks, nil
}

// named returns the clocks that a policy's key or a clock's id names. None is an error, which says what could be named.
func named(clocks []*slatimerv1.Clock, complaint, which string) ([]*slatimerv1.Clock, error) {
	var found []*slatimerv1.Clock
	var policies []string
	for _, c := range clocks {
		if c.GetPolicy() == which || c.GetClockId() == strings.ToLower(which) {
			found = append(found, c)
		}
		if !slices.Contains(policies, c.GetPolicy()) {
			policies = append(policies, c.GetPolicy())
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	what := fmt.Sprintf("of the policy %q", which)
	if uuid.Validate(which) == nil {
		what = "with the id " + which
	}
	return nil, fmt.Errorf("complaint %s has no clock %s; it has had: %s\nList them with: redressctl clocks %s", complaint, what, strings.Join(policies, ", "), complaint)
}

// several is the error of a policy of which a complaint has several clocks: each with the command that means it alone. command
// has %s in the place of the id.
func several(clocks []*slatimerv1.Clock, complaint, policy, command string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "complaint %s has %d clocks of the policy %q; name one by its id:", complaint, len(clocks), policy)
	for _, c := range clocks {
		fmt.Fprintf(&b, "\n  %s   # round %d, from %s, %s", fmt.Sprintf(command, c.GetClockId()), c.GetRound(), at(c.GetStartTime()), word(c.GetState(), "CLOCK_STATE_"))
	}
	return fmt.Errorf("%s", b.String())
}
