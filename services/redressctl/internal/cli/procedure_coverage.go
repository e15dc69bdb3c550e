package cli

import (
	"cmp"
	"fmt"
	"strings"

	"redress.dev/services/redressctl/internal/cases"
)

type coverageCmd struct {
	Packs []string `arg:"" help:"Folders of packs, each with requirements.yaml beside its cases.yaml." type:"path" name:"dir"`
}

// Help tells what is counted.
func (coverageCmd) Help() string {
	return `A requirement is shown when a case names it in its clauses. One that no case shows needs a reason in requirements.yaml (unshown).

Exit code: 0 every requirement is shown or explained, 1 some are not, are both, or do not exist, 2 a file is not sound.

Example:
  redressctl procedure coverage deploy/procedures/handbook/2026-01`
}

// Run counts, pack by pack.
func (c coverageCmd) Run(e *env) error {
	packs, err := load(e, c.Packs)
	if err != nil {
		return err
	}
	var all []cases.Coverage
	wrong := 0
	for _, p := range packs {
		covered, err := cases.Cover(p)
		if err != nil {
			return unsoundError{err}
		}
		all = append(all, covered)
		wrong += len(covered.Wrong)
	}
	if e.print.format == "json" {
		err = e.print.json(map[string]any{"packs": all, "wrong": wrong})
	} else {
		e.print.coverage(all)
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d requirements are not accounted for", wrong)
	}
	return err
}

// coverage prints each pack's requirements, what is wrong with them, and the totals.
func (p printer) coverage(all []cases.Coverage) {
	var totals [][]string
	for _, c := range all {
		var rows [][]string
		for _, q := range c.Requirements {
			how := strings.Join(q.ShownBy, ", ")
			if how == "" {
				how = "not shown: " + cmp.Or(q.Unshown, "nobody says why")
				if q.Named {
					how = "named in the procedure; " + how
				}
			}
			text := q.Text.En
			if text == "" {
				text = q.Text.Zh
			}
			rows = append(rows, []string{q.ID, short(text), how})
		}
		p.heading(c.Pack)
		p.table("requirements", []string{"requirement", "text", "shown by"}, rows)
		for _, w := range c.Wrong {
			fmt.Fprintln(p.w, w)
		}
		shown, named, other := c.Count()
		totals = append(totals, []string{c.Pack, fmt.Sprint(len(c.Requirements)), fmt.Sprint(shown), fmt.Sprint(named), fmt.Sprint(other), fmt.Sprint(len(c.Wrong))})
	}
	p.heading("Totals")
	p.table("packs", []string{"pack", "requirements", "shown by cases", "only named in the procedure", "neither", "not accounted for"}, totals, 1, 2, 3, 4, 5)
}
