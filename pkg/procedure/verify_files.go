package procedure

import (
	"errors"
	"strings"
)

// VerifyFiles verifies a pack as its author writes it: procedure.yaml, and directory.yaml unless it is nil. Findings say in which
// line and column they are. As Verify, it returns nil in the procedure's place where a finding is an error.
func VerifyFiles(pack, directory []byte) (*Procedure, []Finding) {
	in, look, err := parse(pack)
	if err != nil {
		return nil, findingsOf(err)
	}
	p, findings := verify(in)
	look.locate(findings)
	if directory != nil {
		_, err := ParseDirectory(directory, p)
		for _, f := range findingsOf(err) {
			f.File = "directory.yaml"
			findings = append(findings, f)
		}
	}
	inOrder(findings)
	if len(AtLevel(findings, LevelError)) > 0 {
		return nil, findings
	}
	return p, findings
}

// findingsOf returns the findings of an error.
func findingsOf(err error) []Finding {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return invalid.Findings
	}
	return nil
}

// locate gives every finding the place of its path in the file, or of what is nearest above it: what is missing stands nowhere.
func (s *survey) locate(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		for path := f.Path; f.Line == 0; {
			if places := s.places[path]; len(places) > 0 {
				place := places[0]
				if f.Code == KeyTaken {
					place = places[len(places)-1]
				}
				f.Line, f.Column = place.line, place.column
			}
			if path == "" {
				f.Line, f.Column = max(f.Line, 1), max(f.Column, 1) // in the file as a whole
				break
			}
			path = path[:max(0, strings.LastIndexAny(path, ".["))]
		}
	}
}
