package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"redress.dev/pkg/procedure"
)

type verifyCmd struct {
	Pack string `arg:"" help:"Folder of the pack, or its procedure.yaml." type:"path"`
}

// verdict is what the command answers with -o json.
type verdict struct {
	Procedure string    `json:"procedure,omitempty"`
	Edition   string    `json:"edition,omitempty"`
	Digest    string    `json:"digest,omitempty"`
	Sound     bool      `json:"sound"`
	Errors    []finding `json:"errors"`
	Warnings  []finding `json:"warnings"`
	// Unset are the clocks for which the source gives no figure.
	Unset []string `json:"unset"`
}

type finding struct {
	Code   string   `json:"code"`
	File   string   `json:"file"`
	Line   int      `json:"line,omitempty"`
	Column int      `json:"column,omitempty"`
	Path   string   `json:"path,omitempty"`
	Detail string   `json:"detail"`
	Trace  []string `json:"trace,omitempty"`
}

// Run verifies the pack without any service; directory.yaml beside it is looked at where it is there.
func (c verifyCmd) Run(e *env) error {
	data, err := readPack(c.Pack)
	if err != nil {
		return err
	}
	folder := c.Pack
	if filepath.Ext(folder) == ".yaml" {
		folder = filepath.Dir(folder)
	}
	directory, err := os.ReadFile(filepath.Join(folder, "directory.yaml"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the directory of posts: %w", err)
	}
	p, found := procedure.VerifyFiles(data, directory)
	v := verdict{
		Sound: p != nil, Unset: []string{},
		Errors: findings(procedure.AtLevel(found, procedure.LevelError)), Warnings: findings(procedure.AtLevel(found, procedure.LevelWarning)),
	}
	if p != nil {
		v.Procedure, v.Edition, v.Digest, v.Unset = p.Code, p.Edition, p.Digest, unset(p)
	}
	if e.print.format != "json" {
		v.show(e.print, p)
	} else if err := e.print.json(v); err != nil {
		return err
	}
	if !v.Sound {
		return fmt.Errorf("%s is not sound: %d errors, %d warnings", c.Pack, len(v.Errors), len(v.Warnings))
	}
	return nil
}

// show prints the verdict for people.
func (v verdict) show(out printer, p *procedure.Procedure) {
	for _, list := range []struct {
		name string
		of   []finding
	}{{"error", v.Errors}, {"warning", v.Warnings}} {
		if len(list.of) == 0 {
			continue
		}
		var rows [][]string
		for _, f := range list.of {
			words := f.Detail
			if len(f.Trace) > 0 {
				words += " (" + strings.Join(f.Trace, " ") + ")"
			}
			rows = append(rows, []string{f.place(), f.Code + "\n" + f.Path, words})
		}
		out.table(list.name+"s", []string{"place", list.name, "what, and what would be right"}, rows)
	}
	if p == nil {
		return
	}
	actions := ""
	if len(p.Actions) > 0 {
		actions = fmt.Sprintf(" %d actions,", len(p.Actions))
	}
	fmt.Fprintf(out.w, "%s %s is sound: %d flows,%s %d clocks, %d posts, %d visits, %d metrics; %d warnings.\n", p.Code, p.Edition,
		len(p.Flows), actions, len(p.Clocks), len(p.Posts), len(p.Visits), len(p.Metrics), len(v.Warnings))
	if len(v.Unset) > 0 {
		fmt.Fprintf(out.w, "No figure in the source, so they limit nothing: %s.\n", strings.Join(v.Unset, ", "))
	}
	fmt.Fprintf(out.w, "Digest %s\n", p.Digest)
}

// place says where in the pack a finding is: "12:5", or "directory.yaml:3" where it is not in procedure.yaml.
func (f finding) place() string {
	text := ""
	if f.File != packFile {
		text = f.File + ":"
	}
	switch {
	case f.Line == 0:
		return strings.TrimSuffix(text, ":")
	case f.Column == 0:
		return fmt.Sprintf("%s%d", text, f.Line)
	}
	return fmt.Sprintf("%s%d:%d", text, f.Line, f.Column)
}

// findings converts findings for the answer.
func findings(in []procedure.Finding) []finding {
	out := make([]finding, len(in))
	for i, f := range in {
		out[i] = finding{string(f.Code), f.File, f.Line, f.Column, f.Path, f.Detail, f.Trace}
		if f.File == "" {
			out[i].File = packFile
		}
	}
	return out
}

// unset names the clocks without a figure.
func unset(p *procedure.Procedure) []string {
	keys := []string{}
	for _, k := range p.Clocks {
		if k.Limit.Kind == procedure.Unset {
			keys = append(keys, k.Key)
		}
	}
	return keys
}
