package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"redress.dev/pkg/calendar"
)

// Report is the outcome of checking one file.
type Report struct {
	Total   int // vectors in the file
	Passed  int
	Refused int // optional ones whose op or rule this package does not know
	// Differences has every vector that neither passed nor was refused, in
	// the order of the file.
	Differences []Difference
}

// Difference is a vector whose answer is not the expected one.
type Difference struct {
	ID   string
	Op   string
	Want string // as the file writes it
	Got  string // in the same form, or the error
	Why  string // the file's own reason, where it gives one
}

// String returns the difference in one line.
func (d Difference) String() string {
	s := fmt.Sprintf("%s %s: got %s, want %s", d.ID, d.Op, d.Got, d.Want)
	if d.Why != "" {
		s += " (" + d.Why + ")"
	}
	return s
}

// Check reads a file of vectors and answers every one. Its error says that the
// file cannot be used: it is not of the format, or one of its calendars is
// none. A wrong answer is no error but a Difference.
func Check(r io.Reader) (Report, error) {
	f, err := read(r)
	if err != nil {
		return Report{}, err
	}
	calendars := make(map[string]*calendar.Calendar)
	for name, s := range f.Calendars {
		if calendars[name], err = s.compile(); err != nil {
			return Report{}, fmt.Errorf("calendar %q: %w", name, err)
		}
	}
	if len(f.Vectors) == 0 {
		return Report{}, errors.New("no vectors")
	}
	report := Report{Total: len(f.Vectors)}
	for i, text := range f.Vectors {
		v, problem := decode(text)
		if v.ID == "" {
			v.ID = fmt.Sprintf("vector %d", i+1)
		}
		c, ok := calendars[v.Calendar]
		if !ok && (problem == nil || errors.Is(problem, errUnknown)) {
			return Report{}, fmt.Errorf("vector %q: no calendar %q", v.ID, v.Calendar)
		}
		report.add(c, v, problem)
	}
	return report, nil
}

// add answers v and files the outcome. What is wrong with v is its answer, so
// that one odd vector does not hide the outcome of the others.
func (r *Report) add(c *calendar.Calendar, v vector, problem error) {
	if problem != nil && slices.Contains(v.Tags, "optional") {
		r.Refused++
		return
	}
	var got string
	if problem != nil {
		got = problem.Error()
	} else if got = v.answer(c); v.matches(got) {
		r.Passed++
		return
	}
	r.Differences = append(r.Differences, Difference{v.ID, v.Op, string(v.Expect), got, v.Why})
}

// matches tells whether got, written as JSON, is what v expects. Times are
// compared as instants, whatever offset they are written with.
func (v vector) matches(got string) bool {
	if want, ok := parseTime(v.Expect); ok {
		if t, ok := parseTime([]byte(got)); ok {
			return t.Equal(want)
		}
	}
	var want, have any
	if json.Unmarshal(v.Expect, &want) != nil || json.Unmarshal([]byte(got), &have) != nil {
		return false
	}
	return want != nil && want == have
}
