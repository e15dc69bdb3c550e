package draw_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/services/redressctl/internal/draw"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at them before they are committed")

func parse(t *testing.T, file string) *procedurev1.Procedure {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := procedure.Compile(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func picture(t *testing.T, p *procedurev1.Procedure, flow string, lang draw.Lang) []byte {
	t.Helper()
	svg, err := draw.Flow(p, flow, "0123456789abcdef", lang)
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

// TestGolden compares with pictures that were looked at.
func TestGolden(t *testing.T) {
	t.Parallel()
	p := parse(t, "testdata/parcel.yaml")
	for _, c := range []struct {
		flow string
		lang draw.Lang
	}{{"main", draw.Zh}, {"main", draw.En}, {"other", draw.En}, {"claim", draw.Zh}, {"claim", draw.En}, {"review", draw.Zh}} {
		file := fmt.Sprintf("testdata/parcel-%s-%s.svg", c.flow, c.lang)
		got := picture(t, p, c.flow, c.lang)
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		if !bytes.Equal(got, picture(t, p, c.flow, c.lang)) {
			t.Errorf("flow %s is drawn in two ways", c.flow)
		}
	}
}

func TestUnknownFlow(t *testing.T) {
	t.Parallel()
	if _, err := draw.Flow(parse(t, "testdata/parcel.yaml"), "sideways", "", draw.En); err == nil {
		t.Error("a flow that the procedure does not have was drawn")
	}
}

// TestEveryPack draws all flows and actions of all packs: every step, answer, visit and clock is there, as text, and nothing but SVG.
func TestEveryPack(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../deploy/procedures/*/*/procedure.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("found the packs %v, %v", files, err)
	}
	for _, file := range files {
		p := parse(t, file)
		steps := map[string][]*procedurev1.Step{}
		for _, f := range p.GetFlows() {
			steps[f.GetKey()] = f.GetSteps()
		}
		for _, a := range p.GetActions() {
			steps[a.GetKey()] = a.GetSteps()
		}
		for _, key := range draw.Keys(p) {
			t.Run(p.GetCode()+"/"+key, func(t *testing.T) {
				t.Parallel()
				seen := look(t, picture(t, p, key, draw.Zh))
				for _, s := range steps[key] {
					seen.has(t, "step-"+s.GetKey(), s.GetName())
					for _, a := range s.GetQuestion().GetAnswers() {
						seen.says(t, a.GetName())
					}
				}
				if seen.scripts > 0 {
					t.Errorf("the picture has %d scripts or links", seen.scripts)
				}
			})
		}
	}
}

// TestActionsHaveAPictureOfTheirOwn: a flow shows which actions it opens and where, and no clock of theirs; an action shows what opens it,
// and no clock and no visit of the complaint.
func TestActionsHaveAPictureOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := parse(t, "testdata/parcel.yaml")
	main, claim, review := look(t, picture(t, p, "main", draw.En)), look(t, picture(t, p, "claim", draw.En)), look(t, picture(t, p, "review", draw.En))
	for _, c := range []struct {
		in        seen
		text      string
		says      bool
		id        string
		contained bool
	}{
		{main, "Claimed in three working days", false, "action-claim", true},
		{main, "Told of the claim", true, "action-review", false}, // only people open a review
		{claim, "Claimed in three working days", true, "visit-call", false},
		{claim, "Answer in two working days", false, "action-claim", false},
		{claim, "investigated; closing if lost; or by people, also without a complaint", true, "step-draft", true},
		{claim, "Told of the claim", false, "step-search", false},
		{review, "by people", true, "step-review_it", true},
	} {
		if got := strings.Contains(c.in.text, strings.Join(strings.Fields(c.text), "")); got != c.says {
			t.Errorf("it says %q: %t, want %t", c.text, got, c.says)
		}
		if c.in.ids[c.id] != c.contained {
			t.Errorf("it shows %s: %t, want %t", c.id, c.in.ids[c.id], c.contained)
		}
	}
}

// seen is what stands in a picture.
type seen struct {
	ids     map[string]bool
	text    string // of all text and title elements, without spaces
	scripts int
}

func look(t *testing.T, svg []byte) seen {
	t.Helper()
	s := seen{ids: map[string]bool{}}
	var all strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "id" {
					if s.ids[a.Value] {
						t.Errorf("two elements have the id %q", a.Value)
					}
					s.ids[a.Value] = true
				}
				if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") {
					s.scripts++
				}
			}
			if token.Name.Local == "script" || token.Name.Local == "image" {
				s.scripts++
			}
		case xml.CharData:
			all.Write(token)
		}
	}
	s.text = strings.Join(strings.Fields(all.String()), "")
	return s
}

func (s seen) has(t *testing.T, id string, name *procedurev1.Label) {
	t.Helper()
	if !s.ids[id] {
		t.Errorf("%s is not in the picture", id)
	}
	s.says(t, name)
}

func (s seen) says(t *testing.T, name *procedurev1.Label) {
	t.Helper()
	text := name.GetZh()
	if text == "" {
		text = name.GetEn()
	}
	if !strings.Contains(s.text, strings.Join(strings.Fields(text), "")) {
		t.Errorf("the picture does not say %q", text)
	}
}
