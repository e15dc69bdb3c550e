package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	bars "redress.dev/pkg/progress"
	"redress.dev/services/redressctl/internal/imports"
)

type importCmd struct {
	File    string `arg:"" help:"The rows: .xlsx, or CSV in UTF-8 or GB18030." type:"existingfile"`
	Map     string `help:"The mapping: which column is what (deploy/imports/README.md)." type:"existingfile" xor:"how" required:""`
	Suggest bool   `help:"Print a first mapping, from the names of the columns, and import nothing." xor:"how" required:""`

	Procedure string `help:"With --suggest: the procedure that the complaints are to run by."`
	DryRun    bool   `help:"Have every row checked, and register none."`
	Rejects   string `help:"Write the rows that are rejected to this new file, with the reasons: corrected, it can be imported again." placeholder:"FILE.csv"`
}

// Help teaches the order of things.
func (importCmd) Help() string {
	return `A row that is registered once is never registered again, by this command or another of the same caller: its source and its key tell it.
What fails in the middle is simply repeated. Needs the role integration.

Example, on the suite that make run started:
  redressctl complaints import deploy/imports/complaints.csv --suggest --procedure manufacturing > /tmp/mapping.yaml
  redressctl complaints import deploy/imports/complaints.csv --map deploy/imports/mapping.yaml --dry-run
  redressctl complaints import deploy/imports/complaints.csv --map deploy/imports/mapping.yaml --rejects /tmp/rejects.csv`
}

// Run suggests, checks or imports.
func (c importCmd) Run(e *env) error {
	if c.Suggest {
		return c.suggest(e)
	}
	mapping, err := imports.ReadMapping(c.Map)
	if err != nil {
		return unsoundError{err}
	}
	p, err := activeProcedure(e, mapping.Procedure)
	if err != nil {
		return err
	}
	table, err := imports.Open(c.File, mapping)
	if err != nil {
		return unsoundError{err}
	}
	defer table.Close()
	converter, err := imports.NewConverter(mapping, table, p)
	if err != nil {
		return unsoundError{fmt.Errorf("%s and %s do not fit:\n%w", c.Map, c.File, err)}
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	out := &rejected{places: map[[2]string]int{}}
	if c.Rejects != "" {
		if out.file, err = imports.NewRejects(c.Rejects, table.Header); err != nil {
			return unsoundError{err}
		}
	}
	what, act := "importing", (*imports.Run).Import
	if c.DryRun {
		what, act = "checking", (*imports.Run).Validate
	}
	bar, shown := bars.New(e.errs, what), int64(0)
	run := &imports.Run{Table: table, Converter: converter, Intake: api, Reject: out.add, Progress: func(n imports.Counts) {
		done := table.Done()
		bar.Add(fmt.Sprintf("%d rows, %d rejected", n.Rows, n.Rejected), done-shown)
		shown = done
	}}
	bar.Start(table.Total)
	counts, err := act(run, e.ctx)
	bar.Stop()
	return errors.Join(c.tell(e, counts, out, err), out.close())
}

// activeProcedure returns the edition that new complaints of a procedure begin on.
func activeProcedure(e *env, code string) (*procedurev1.Procedure, error) {
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return nil, err
	}
	resp, err := api.GetProcedure(e.ctx, &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Procedure{Procedure: code}})
	if status.Code(err) == codes.NotFound {
		return nil, fmt.Errorf("no edition of the procedure %q is active (see: redressctl procedure list)", code)
	}
	return resp.GetProcedure(), err
}

func (c importCmd) suggest(e *env) error {
	if c.Procedure == "" {
		return unsoundError{errors.New("--procedure is missing: the one that the complaints are to run by (see: procedure list)")}
	}
	p, err := activeProcedure(e, c.Procedure)
	if err != nil {
		return err
	}
	table, err := imports.Open(c.File, &imports.Mapping{})
	if err != nil {
		return unsoundError{err}
	}
	defer table.Close()
	m, left := imports.Suggest(table.Header, p)
	return imports.WriteSuggestion(e.print.w, m, left, p)
}

// maxShown is how many problems are shown; the file of rejects has all.
const maxShown = 50

// rejected gathers the rows that were not taken.
type rejected struct {
	file     *imports.Rejects // nil where none is asked for
	problems []shared
	places   map[[2]string]int // in problems, by column and words
	more     int
}

// shared is a problem that one or more rows have.
type shared struct {
	imports.Problem // of the first row

	Rows int `json:"rows"`
}

func (r *rejected) add(row imports.Row, problems []imports.Problem) error {
	reasons := make([]string, len(problems))
	for i, p := range problems {
		reasons[i] = p.String()
		place, known := r.places[[2]string{p.Column, p.Why}]
		switch {
		case known:
			r.problems[place].Row = min(r.problems[place].Row, p.Row)
			r.problems[place].Rows++
		case len(r.problems) < maxShown:
			r.places[[2]string{p.Column, p.Why}] = len(r.problems)
			r.problems = append(r.problems, shared{p, 1})
		default:
			r.more++
		}
	}
	if r.file == nil {
		return nil
	}
	return r.file.Add(row, reasons)
}

func (r *rejected) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// errRejected makes a program that imports see that not everything went in.
var errRejected = errors.New("some rows were rejected")

// tell prints what came of it. failure is why it ended early.
func (c importCmd) tell(e *env, n imports.Counts, out *rejected, failure error) error {
	slices.SortStableFunc(out.problems, func(a, b shared) int { return cmp.Compare(a.Row, b.Row) })
	if e.print.format == "json" {
		if err := e.print.json(struct {
			imports.Counts

			DryRun   bool     `json:"dry_run"`
			Problems []shared `json:"problems"`
		}{n, c.DryRun, out.problems}); err != nil {
			return err
		}
	} else {
		c.people(e, n, out)
	}
	if failure != nil {
		return fmt.Errorf("after %d rows: %w\nRepeat the command when that is mended: what is registered is not registered again", n.Rows, failure)
	}
	if n.Rejected > 0 {
		return fmt.Errorf("%w: %d of %d", errRejected, n.Rejected, n.Rows)
	}
	return nil
}

func (c importCmd) people(e *env, n imports.Counts, out *rejected) {
	w := e.print.w
	if len(out.problems) > 0 {
		var rows [][]string
		for _, p := range out.problems {
			where := strconv.Itoa(p.Row)
			if p.Rows > 1 {
				where += fmt.Sprintf(" and %d more", p.Rows-1)
			}
			rows = append(rows, []string{where, p.Column, p.Why})
		}
		e.print.table("problems", []string{"row", "column", "problem"}, rows)
	}
	if out.more > 0 {
		fmt.Fprintf(w, "… and %d problems more; --rejects FILE.csv has them all.\n", out.more)
	}
	verb := "registered"
	if c.DryRun {
		verb = "could be registered"
	}
	fmt.Fprintf(w, "%d rows: %d %s, %d were registered before, %d rejected.\n", n.Rows, n.Registered, verb, n.Repeated, n.Rejected)
	if c.Rejects != "" && n.Rejected > 0 {
		fmt.Fprintf(w, "The rejected rows are in %s: correct them there and import that file by the same mapping.\n", c.Rejects)
	}
}
