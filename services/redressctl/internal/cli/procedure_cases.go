package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"redress.dev/services/redressctl/internal/cases"
)

type testCmd struct {
	Packs     []string `arg:"" help:"Folders of packs, each with procedure.yaml, directory.yaml and cases.yaml." type:"path" name:"dir"`
	Only      string   `name:"run" help:"Run only cases whose pack and id (handbook/2026-01/T-S5d-01) this regular expression finds." placeholder:"REGEXP"`
	KeepGoing bool     `help:"Go on when a case has failed." default:"true" negatable:""`
}

// Help tells what happens and what comes back.
func (testCmd) Help() string {
	return `Nothing has to run for it: five services start in this process, with a Postgres of their own and a clock that stands at the time of
the stories. Every case has a tenant of its own, so that none sees another's complaints.

Exit code: 0 all passed, 1 some failed, 2 a pack or its cases are not sound; nothing was run then.

Examples:
  redressctl procedure test deploy/procedures/handbook/2026-01
  redressctl procedure test deploy/procedures/*/* --run 'T-S1-0'`
}

// Run loads all packs, plays their cases together and tells what came of each.
func (c testCmd) Run(e *env) error {
	only, err := regexp.Compile(c.Only)
	if err != nil {
		return unsoundError{fmt.Errorf("--run: %w", err)}
	}
	chosen, err := c.load(e, only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "redress-cases-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres, which may run as another user, passes through
		return err
	}
	results, err := cases.Run(e.ctx, cases.Options{
		Dir: filepath.Join(dir, "suite"), FailFast: !c.KeepGoing,
		Log: func(format string, args ...any) { fmt.Fprintf(e.errs, format+"\n", args...) },
	}, chosen)
	if err != nil {
		return err
	}
	failed, err := e.print.results(results)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d cases failed", failed, len(results))
	}
	return err
}

// load returns the chosen cases of all packs.
func (c testCmd) load(e *env, only *regexp.Regexp) ([]*cases.Case, error) {
	packs, err := load(e, c.Packs)
	if err != nil {
		return nil, err
	}
	var chosen []*cases.Case
	for _, p := range packs {
		if len(p.Cases) == 0 {
			fmt.Fprintf(e.errs, "%s has no cases\n", p.Name())
		}
		for _, x := range p.Cases {
			if only.MatchString(p.Name() + "/" + x.ID) {
				chosen = append(chosen, x)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, unsoundError{errors.New("there is no case to run")}
	}
	return chosen, nil
}

// load reads packs with their cases, or returns everything that is wrong with any of them.
func load(e *env, dirs []string) ([]*cases.Pack, error) {
	var packs []*cases.Pack
	var wrong []error
	var findings []cases.Finding
	for _, dir := range dirs {
		p, err := cases.Load(relative(dir))
		var invalid *cases.InvalidError
		if errors.As(err, &invalid) {
			findings = append(findings, invalid.Findings...)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
		packs = append(packs, p)
	}
	if len(wrong) == 0 {
		return packs, nil
	}
	if e.print.format == "json" && len(findings) > 0 {
		_ = e.print.json(map[string]any{"findings": findings}) // the error below says the same
	}
	return nil, unsoundError{errors.Join(wrong...)}
}

// relative shortens a path to one from the working folder, as a person types it.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

// results prints what came of cases and returns how many failed.
func (p printer) results(results []cases.Result) (failed int, err error) {
	var rows [][]string
	for _, r := range results {
		result := "passed"
		switch {
		case !r.Passed():
			failed++
			result = "FAILED"
		case r.Unfinished:
			result = "broken off"
		}
		rows = append(rows, []string{r.Pack, r.Case, result})
	}
	if p.format == "json" {
		return failed, p.json(map[string]any{"results": results, "failed": failed})
	}
	p.table("cases", []string{"pack", "case", "result"}, rows)
	for _, r := range results {
		if !r.Passed() {
			p.failed(r)
		}
	}
	if failed == 0 {
		fmt.Fprintf(p.w, "All %d cases passed.\n", len(results))
	}
	return failed, nil
}

// failed prints where a case went another way than its author expected, and what happened.
func (p printer) failed(r cases.Result) {
	p.heading(fmt.Sprintf("FAILED %s %s", r.Pack, r.Case))
	for _, f := range r.Failures {
		fmt.Fprintf(p.w, "  %s:%d: %s, at %s\n    expected  %s\n    found     %s\n", r.File, f.Line, f.What, f.At, f.Want, f.Found)
	}
	for _, t := range r.Timelines {
		fmt.Fprintf(p.w, "  What happened to %s:\n", t.Complaint)
		for _, line := range t.Entries {
			fmt.Fprintf(p.w, "    %s\n", line)
		}
	}
}
