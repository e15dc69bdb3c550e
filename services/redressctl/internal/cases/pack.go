package cases

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
)

// Files of a pack's folder.
const (
	procedureFile = "procedure.yaml"
	directoryFile = "directory.yaml"
	casesFile     = "cases.yaml"
)

// Pack is an edition of a procedure with the people of a trial and its cases.
type Pack struct {
	// Dir is its folder, as the caller named it.
	Dir string
	// Cases in the order of the file.
	Cases []*Case

	source   *procedurev1.Procedure
	compiled *procedure.Procedure
	seats    []procedure.Seat
	zone     *time.Location // of the procedure's numbering: stories tell their times in it
	words    words
}

// Name tells editions of procedures apart: "home-furnishing/2015".
func (p *Pack) Name() string { return p.compiled.Code + "/" + p.compiled.Edition }

// Load reads the pack in dir and checks its cases against its procedure. It fails with *InvalidError, or where the procedure or the
// directory is not sound with procedure's error, or because a file is missing.
func Load(dir string) (*Pack, error) {
	p := &Pack{Dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, procedureFile))
	if err != nil {
		return nil, fmt.Errorf("no pack: %w (name a folder with a %s)", err, procedureFile)
	}
	if p.source, err = procedure.Parse(data); err != nil {
		return nil, in(dir, procedureFile, err)
	}
	// What publishing would refuse is said before anything starts.
	var findings []procedure.Finding
	if p.compiled, findings = procedure.Verify(p.source); p.compiled == nil {
		return nil, in(dir, procedureFile, &procedure.InvalidError{Findings: procedure.AtLevel(findings, procedure.LevelError)})
	}
	if p.zone, err = time.LoadLocation(p.source.GetNumbering().GetZone()); err != nil {
		return nil, in(dir, procedureFile, err)
	}
	p.words = wordsOf(p.source, p.compiled)
	if data, err = os.ReadFile(filepath.Join(dir, directoryFile)); err != nil {
		return nil, fmt.Errorf("cases need people in the posts: %w (add a %s with {post, person})", err, directoryFile)
	}
	if p.seats, err = procedure.ParseDirectory(data, p.compiled); err != nil {
		return nil, in(dir, directoryFile, err)
	}
	return p, p.readCases()
}

// in says in which file of a pack something is wrong.
func in(dir, file string, err error) error {
	return fmt.Errorf("%s: %w", filepath.Join(dir, file), err)
}

func (p *Pack) readCases() error {
	file := p.casesFile()
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a pack without cases; the caller says so
	}
	if err != nil {
		return err
	}
	r := &reader{file: file, zone: p.zone}
	if doc := r.document(data); doc != nil {
		p.cases(r, doc)
	}
	slices.SortStableFunc(r.findings, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	if len(r.findings) > 0 {
		return &InvalidError{r.findings}
	}
	return nil
}

// cases reads the whole file.
func (p *Pack) cases(r *reader, doc *yaml.Node) {
	top := r.mapping(doc, "the file", "cases")
	if top["cases"] == nil {
		r.find(doc, "the file has no cases")
		return
	}
	lines := map[string]int{}
	for _, n := range r.items(top["cases"]) {
		c := p.readCase(r, n)
		if before := lines[c.ID]; before != 0 && c.ID != "" {
			r.find(n, "the id %s was given already in line %d; an id is unique in the file", c.ID, before)
		}
		lines[c.ID] = n.Line
		p.Cases = append(p.Cases, c)
	}
}

func (p *Pack) casesFile() string { return filepath.Join(p.Dir, casesFile) }
