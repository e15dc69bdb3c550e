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
	}{{"main", draw.Zh}, {"main", draw.En}, {"other", draw.En}} {
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

// TestEveryPack draws all flows of all packs: every step, answer, visit and clock is there, as text, and nothing but SVG.
func TestEveryPack(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../deploy/procedures/*/*/procedure.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("found the packs %v, %v", files, err)
	}
	for _, file := range files {
		p := parse(t, file)
		for _, f := range p.GetFlows() {
			t.Run(p.GetCode()+"/"+f.GetKey(), func(t *testing.T) {
				t.Parallel()
				seen := look(t, picture(t, p, f.GetKey(), draw.Zh))
				for _, s := range f.GetSteps() {
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
