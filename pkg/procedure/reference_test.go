package procedure_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// reference is the page that authors look fields up on: headings name a message, `### Posts (`Post`)`, and below it every field has
// a row | `field` | holds | says | `example` pack |. The pack is left out where none has the field.
var (
	referencePage    = filepath.Join(packs, "REFERENCE.md")
	referenceHeading = regexp.MustCompile("^### .* \\(`(\\w+)`\\)$")
	referenceRow     = regexp.MustCompile("^\\| (?:\\*\\*)?`(\\w+)`(?:\\*\\*)? \\| (.+) \\| (.+) \\| (.+) \\|$")
	referenceExample = regexp.MustCompile("^`(.+)`(?: ([a-z0-9-]+))?$")
)

// TestTheReferenceKnowsEveryField fails when the language has a field or a word that the page has not, or the other way round.
func TestTheReferenceKnowsEveryField(t *testing.T) {
	t.Parallel()
	page := readText(t, referencePage)
	rows := map[string][]string{}
	var message string
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if m := referenceHeading.FindStringSubmatch(line); m != nil {
			message = m[1]
			rows[message] = nil
		} else if m := referenceRow.FindStringSubmatch(line); m != nil {
			rows[message] = append(rows[message], m[1])
		} else if strings.HasPrefix(line, "## ") {
			message = ""
		}
	}
	delete(rows, "") // tables about something else
	messages, words := language()
	for name, fields := range messages {
		for _, f := range fields {
			if !slices.Contains(rows[name], f) {
				t.Errorf("REFERENCE.md has no row for %s of %s: write | `%s` | holds | says | `example` pack | below the heading \"### Name (`%s`)\"", f, name, f, name)
			}
		}
		for _, f := range rows[name] {
			if !slices.Contains(fields, f) {
				t.Errorf("REFERENCE.md has a row for %s of %s, which the language has not: take it out", f, name)
			}
		}
	}
	for name := range rows {
		if messages[name] == nil {
			t.Errorf("REFERENCE.md is about %s, which the language has not: take it out", name)
		}
	}
	for _, word := range words {
		if !strings.Contains(page, "| `"+word+"` |") {
			t.Errorf("REFERENCE.md does not say what %s means: write | `%s` | meaning | below the table of the field that takes it", word, word)
		}
	}
}

// TestTheReferencesExamplesAreReal fails when an example is not in the pack that it is said to be from, or a field has none.
func TestTheReferencesExamplesAreReal(t *testing.T) {
	t.Parallel()
	examples, invented := 0, 0
	for line := range strings.Lines(readText(t, referencePage)) {
		row := referenceRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil || strings.HasPrefix(row[4], "[") { // shown where the link leads
			continue
		}
		example := referenceExample.FindStringSubmatch(row[4])
		switch {
		case example == nil:
			t.Errorf("the field %s has the example %q: write `field: value` and the pack that has it", row[1], row[4])
		case !strings.HasPrefix(example[1], row[1]+": "):
			t.Errorf("the example of %s is %q, which is another field", row[1], example[1])
		case example[2] == "": // no pack has it yet
			invented++
		case !slices.ContainsFunc(textsOf(t, example[2]), func(text string) bool { return strings.Contains(text, example[1]) }):
			t.Errorf("the pack %s has no %q: take an example that it has", example[2], example[1])
		}
		examples++
	}
	if examples < 100 || invented > examples/10 {
		t.Errorf("of %d examples %d are from no pack", examples, invented)
	}
}

// language returns the fields of all messages that a pack can hold, and the words that its enumerations take.
func language() (messages map[string][]string, words []string) {
	messages = map[string][]string{}
	var visit func(protoreflect.MessageDescriptor)
	visit = func(m protoreflect.MessageDescriptor) {
		if messages[string(m.Name())] != nil {
			return
		}
		fields := m.Fields()
		for i := range fields.Len() {
			messages[string(m.Name())] = append(messages[string(m.Name())], string(fields.Get(i).Name()))
		}
		for i := range fields.Len() {
			if next := fields.Get(i).Message(); next != nil {
				visit(next)
			}
			if enum := fields.Get(i).Enum(); enum != nil {
				for v := 1; v < enum.Values().Len(); v++ { // the first is what is left out
					words = append(words, string(enum.Values().Get(v).Name()))
				}
			}
		}
	}
	visit((&procedurev1.Procedure{}).ProtoReflect().Descriptor())
	return messages, words
}

// textsOf returns the procedures of all editions of a pack, or the page that walks through one.
func textsOf(t *testing.T, pack string) []string {
	t.Helper()
	if pack == "bakery" {
		return []string{readText(t, filepath.Join(packs, "WALKTHROUGH.md"))}
	}
	files, err := filepath.Glob(filepath.Join(packs, pack, "*", "procedure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, file := range files {
		texts = append(texts, readText(t, file))
	}
	return texts
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
