// Package formpage prints the forms of complaints: one HTML page for A4 that needs nothing else.
package formpage

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"
	_ "time/tzdata" // a page is printed also where the machine has no zones

	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

//go:embed form.html
var source string

// page is the template; its functions are set for each page, by language.
var page = template.Must(template.New("form").Funcs(words{}.funcs()).Parse(source))

// Languages of a page.
const (
	Chinese = "zh" // the default
	English = "en"
)

// Render returns the page of a form. What has no name in the language is printed in the other. Personal facts that nobody has filled in
// are said to be kept in intake.
func Render(form *reportingv1.Form, language string) (string, error) {
	zone, err := time.LoadLocation(form.GetZone())
	if err != nil {
		return "", fmt.Errorf("zone of form %s: %w", form.GetNumber(), err)
	}
	t, err := page.Clone()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Funcs(words{language == English, zone}.funcs()).Execute(&out, form)
	return out.String(), err
}

// words writes in one language and zone.
type words struct {
	english bool
	zone    *time.Location
}

func (w words) funcs() template.FuncMap {
	return template.FuncMap{"name": w.name, "at": w.at, "say": w.say, "lang": w.lang, "person": person, "boxes": w.boxes, "complete": complete}
}

func (w words) say(zh, en string) string {
	if w.english {
		return en
	}
	return zh
}

func (w words) lang() string { return w.say("zh-CN", "en") }

// name returns a label in the language. Marks that turn the order of letters are left out: paper shows what was recorded.
func (w words) name(l *procedurev1.Label) string {
	first, second := l.GetZh(), l.GetEn()
	if w.english {
		first, second = second, first
	}
	if first == "" {
		first = second
	}
	return straight(first)
}

// straight leaves out the characters that embed or override a direction of writing; what needs none keeps its own.
func straight(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}

func (w words) at(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(w.zone).Format("2006-01-02 15:04")
}

// longest is how many bytes fit half a line.
const longest = 60

// content is where the complainant's own words stand.
const content = "fields.content"

// box is one box of a section. A long one takes the whole line; words have room for some lines.
type box struct {
	*reportingv1.FormItem
	Long, Words bool
}

// boxes lays the items of a section out, two in a line; one that would stand alone takes the whole line.
func (w words) boxes(items []*reportingv1.FormItem) []box {
	out := make([]box, len(items))
	half := -1 // the box that waits for a neighbour
	for i, item := range items {
		value := w.name(item.GetValue())
		out[i] = box{item, len(value) > longest || strings.Contains(value, "\n") || item.GetRef() == content, item.GetRef() == content}
		switch {
		case !out[i].Long && half < 0:
			half = i
		case !out[i].Long:
			half = -1
		case half >= 0:
			out[half].Long, half = true, -1
		}
	}
	if half >= 0 {
		out[half].Long = true
	}
	return out
}

// person returns the subject of an actor "kind:subject".
func person(actor string) string {
	_, subject, _ := strings.Cut(actor, ":")
	return straight(subject)
}

// complete reports whether nothing is left to fill in.
func complete(form *reportingv1.Form) bool { return form.GetStage() == "" }
