package cases

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"redress.dev/pkg/procedure"
)

// requirementsFile lists what the source of a procedure asks for, clause by clause.
const requirementsFile = "requirements.yaml"

// Coverage says which requirements of a pack its cases show.
type Coverage struct {
	Pack         string        `json:"pack"`
	Requirements []Requirement `json:"requirements"`
	// Wrong holds requirements that are neither shown nor explained, or both, and ids that there are not.
	Wrong []Finding `json:"wrong,omitempty"`
}

// Requirement is one clause of the source.
type Requirement struct {
	ID   string          `json:"id"`
	Text procedure.Label `json:"text"`
	// ShownBy are the ids of the cases that name it.
	ShownBy []string `json:"shown_by,omitempty"`
	// Named: something in the procedure says that it comes from it.
	Named bool `json:"named_in_procedure"`
	// Unshown says why no case shows it.
	Unshown string `json:"unshown,omitempty"`

	line int
}

// Count returns the number of requirements that cases show, that the procedure names and no case shows, and of all others.
func (c Coverage) Count() (shown, named, other int) {
	for _, r := range c.Requirements {
		switch {
		case len(r.ShownBy) > 0:
			shown++
		case r.Named:
			named++
		default:
			other++
		}
	}
	return shown, named, other
}

// Cover compares the requirements beside a pack with its cases. It fails with *InvalidError when the file is not sound.
func Cover(p *Pack) (Coverage, error) {
	file := filepath.Join(p.Dir, requirementsFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return Coverage{}, fmt.Errorf("no requirements: %w (list them in a %s: requirements: [{id: S1-03, text: {en: …}}])", err, requirementsFile)
	}
	r := &reader{file: file, zone: p.zone}
	out := Coverage{Pack: p.Name(), Requirements: r.requirements(data)}
	if len(r.findings) > 0 {
		return out, &InvalidError{r.findings}
	}
	out.compare(p, file)
	return out, nil
}

func (r *reader) requirements(data []byte) []Requirement {
	doc := r.document(data)
	if doc == nil {
		return nil
	}
	var out []Requirement
	lines := map[string]int{}
	for _, n := range r.items(r.mapping(doc, "the file", "requirements")["requirements"]) {
		m := r.mapping(n, "a requirement", "id", "text", "unshown")
		q := Requirement{ID: r.text(m["id"]), Unshown: r.text(m["unshown"]), line: n.Line}
		if m["text"] != nil {
			label := r.mapping(m["text"], "a text", "zh", "en")
			q.Text = procedure.Label{Zh: r.text(label["zh"]), En: r.text(label["en"])}
		}
		switch {
		case q.ID == "" || q.Text == procedure.Label{}:
			r.find(n, "a requirement has an id and a text: {id: S1-03, text: {zh: …, en: …}}")
		case lines[q.ID] != 0:
			r.find(n, "requirement %s stands already in line %d", q.ID, lines[q.ID])
		}
		lines[q.ID] = n.Line
		out = append(out, q)
	}
	return out
}

// compare says by which cases requirements are shown, and finds what is wrong with that.
func (c *Coverage) compare(p *Pack, file string) {
	wrong := func(file string, line int, format string, args ...any) {
		c.Wrong = append(c.Wrong, Finding{file, line, 1, fmt.Sprintf(format, args...)})
	}
	index := map[string]int{}
	var known []string
	for i, q := range c.Requirements {
		index[q.ID] = i
		known = append(known, q.ID)
	}
	for _, x := range p.Cases {
		for _, id := range x.Clauses {
			if i, ok := index[id]; ok {
				c.Requirements[i].ShownBy = append(c.Requirements[i].ShownBy, x.ID)
			} else {
				wrong(p.casesFile(), x.Line, "case %s shows %s, which is no requirement%s", x.ID, id, meant(id, known))
			}
		}
	}
	for _, id := range clausesOf(p.source.ProtoReflect()) {
		if i, ok := index[id]; ok {
			c.Requirements[i].Named = true
		} else {
			wrong(filepath.Join(p.Dir, procedureFile), 1, "the procedure names %s, which is no requirement%s", id, meant(id, known))
		}
	}
	for _, q := range c.Requirements {
		switch {
		case len(q.ShownBy) == 0 && q.Unshown == "":
			wrong(file, q.line, "no case shows %s; add it to the clauses of one, or say here why not: unshown: …", q.ID)
		case len(q.ShownBy) > 0 && q.Unshown != "":
			wrong(file, q.line, "case %s shows %s, and it is said why none can; take one away", q.ShownBy[0], q.ID)
		}
	}
}

// clauseID is how requirements are named.
var clauseID = regexp.MustCompile(`\b[A-Z]+\d+[a-z]?-\d+\b`)

// clausesOf returns the requirements that a message names in its fields clause and clauses, and those below it, in order.
func clausesOf(m protoreflect.Message) []string {
	var out []string
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		text := f.Kind() == protoreflect.StringKind && (f.Name() == "clause" || f.Name() == "clauses")
		each := func(v protoreflect.Value) {
			switch {
			case text:
				out = append(out, clauseID.FindAllString(v.String(), -1)...)
			case f.Message() != nil:
				out = append(out, clausesOf(v.Message())...)
			}
		}
		switch {
		case f.IsList():
			for i := range v.List().Len() {
				each(v.List().Get(i))
			}
		case !f.IsMap():
			each(v)
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}
