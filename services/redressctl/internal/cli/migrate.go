package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type migrateCmd struct {
	To         string            `arg:"" help:"Edition that they go to: CODE@EDITION or a digest."`
	Complaints []string          `arg:"" optional:"" help:"The complaints, by number or id, at most 100; or --from."`
	From       string            `help:"All open complaints that run by this edition." placeholder:"EDITION"`
	Step       map[string]string `help:"New step of complaints that stand at an old one; may be given more than once." placeholder:"OLD=NEW"`
	Reason     string            `help:"Why: a code such as policy_corrected." required:""`
	DryRun     bool              `help:"Say what would happen, and change nothing."`
}

// Help teaches by an example.
func (migrateCmd) Help() string {
	return `Each complaint is moved whole, with its work, clocks, return visits and figures, or stays where it is with the reasons.

Example:
  redressctl procedure migrate handbook@2026-02 --from handbook@2026-01 --step investigate=verify --reason policy_corrected --dry-run`
}

// Run moves complaints, page by page.
func (c migrateCmd) Run(e *env) error {
	if (len(c.Complaints) > 0) == (c.From != "") {
		return fmt.Errorf("name complaints, or say --from, one of the two")
	}
	req, err := c.request(e)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewMigrationServiceClient)
	if err != nil {
		return err
	}
	all := &routingv1.MigrateComplaintsResponse{}
	for {
		req.RequestId = uuid.NewString()
		resp, err := api.MigrateComplaints(e.ctx, req)
		if err != nil {
			if len(all.GetComplaints()) > 0 {
				fmt.Fprintf(e.errs, "%d complaints were decided before this failed; the command may be given again\n", len(all.GetComplaints()))
			}
			return err
		}
		all.Complaints = append(all.Complaints, resp.GetComplaints()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	return e.print.answer(all, func() { e.print.migrations(all.GetComplaints(), c.DryRun) })
}

// request finds what the command names.
func (c migrateCmd) request(e *env) (*routingv1.MigrateComplaintsRequest, error) {
	procedures, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return nil, err
	}
	to, err := edition(e, procedures, c.To)
	if err != nil {
		return nil, err
	}
	req := &routingv1.MigrateComplaintsRequest{
		ToDigest: to.GetEdition().GetEdition().GetDigest(), Steps: c.Step, Reason: c.Reason, ValidateOnly: c.DryRun,
	}
	if c.From != "" {
		from, err := edition(e, procedures, c.From)
		if err != nil {
			return nil, err
		}
		req.FromDigest = from.GetEdition().GetEdition().GetDigest()
		return req, nil
	}
	for _, name := range c.Complaints {
		id, err := complaintID(e, name)
		if err != nil {
			return nil, err
		}
		req.ComplaintIds = append(req.ComplaintIds, id)
	}
	return req, nil
}

// migrations prints what became of complaints, or would.
func (p printer) migrations(list []*routingv1.ComplaintMigration, dry bool) {
	counts := map[routingv1.MigrationOutcome]int{}
	var rows [][]string
	for _, m := range list {
		counts[m.GetOutcome()]++
		var what []string
		for _, w := range m.GetWork() {
			what = append(what, "stands at "+w.GetStep()+", post "+w.GetPost())
		}
		for _, s := range m.GetCancelledSteps() {
			what = append(what, "work of "+s+" cancelled")
		}
		for _, o := range m.GetObstacles() {
			what = append(what, o.GetDetail())
		}
		name := m.GetNumber()
		if name == "" {
			name = m.GetComplaintId()
		}
		rows = append(rows, []string{name, word(m.GetOutcome(), "MIGRATION_OUTCOME_"), m.GetFromEdition().GetEdition(), strings.Join(what, "\n")})
	}
	p.table("complaints to move", []string{"complaint", "outcome", "from", "what"}, rows)
	verb := "were"
	if dry {
		verb = "would be"
	}
	fmt.Fprintf(p.w, "%d %s moved, %d ran by it already, %d stay where they are.\n", counts[routingv1.MigrationOutcome_MIGRATION_OUTCOME_MIGRATED], verb,
		counts[routingv1.MigrationOutcome_MIGRATION_OUTCOME_UNCHANGED], counts[routingv1.MigrationOutcome_MIGRATION_OUTCOME_REFUSED])
}
