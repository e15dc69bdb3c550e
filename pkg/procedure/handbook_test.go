package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

const handbook = "handbook/2026-01"

func TestHandbookResponse(t *testing.T) {
	t.Parallel()
	p := load(t, handbook)
	for _, c := range []struct{ name, at, want string }{
		{"T-S5d-01 at night", "2026-03-06 22:00", "2026-03-07 22:00"},
		{"T-S5d-02 in the morning", "2026-03-02 09:15", "2026-03-03 09:15"},
	} {
		if got, want := due(t, p, "response", c.at, procedure.Facts{}), beijing(t, c.want); !got.Equal(want) {
			t.Errorf("%s: due %v, want %v", c.name, got, want)
		}
	}
	response, _ := p.Clock("response")
	contact := func(content ...string) procedure.Occurrence {
		return procedure.Occurrence{Kind: procedure.Contact, Key: "response", Content: content}
	}
	if response.StoppedBy(contact()) || response.StoppedBy(contact("progress")) {
		t.Error("an acknowledgement without expected resolution time stops the clock")
	}
	if !response.StoppedBy(contact("expected_resolution_time", "progress")) {
		t.Error("a response with progress and expected resolution time does not stop the clock")
	}
}

// T-S5d-04: name, contact and content are required; the channel is by the contract.
func TestHandbookRequired(t *testing.T) {
	t.Parallel()
	p := load(t, handbook)
	for _, c := range []struct{ given, missing []string }{
		{[]string{"name", "phone", "content"}, nil},
		{[]string{"name", "email", "content"}, nil},
		{[]string{"name", "content"}, []string{"phone"}},
		{nil, []string{"name", "phone", "content"}},
	} {
		var got []string
		for _, f := range procedure.Missing(p.Fields, procedure.Facts{}, func(key string) bool {
			for _, g := range c.given {
				if g == key {
					return true
				}
			}
			return false
		}) {
			got = append(got, f.Key)
		}
		if diff := cmp.Diff(c.missing, got); diff != "" {
			t.Errorf("given %v (-want missing +got):\n%s", c.given, diff)
		}
	}
}

// T-S5d-07: handled, the customer is told the result, and the record of it is what closes.
func TestHandbookResult(t *testing.T) {
	t.Parallel()
	p := load(t, handbook)
	found := func(yes bool) procedure.Facts {
		return procedure.Facts{}.Complete("investigate", "", map[string]procedure.Value{"problem_exists": procedure.Flag(yes)})
	}
	if diff := cmp.Diff([]string{"solve"}, after(t, p, "", "investigate", "", found(true))); diff != "" {
		t.Errorf("a problem (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"tell_result"}, after(t, p, "", "investigate", "", found(false))); diff != "" {
		t.Errorf("no problem (-want +got):\n%s", diff)
	}
	flow, _ := p.Flow("")
	tell, _ := flow.Step("tell_result")
	if diff := cmp.Diff([]string{"result"}, tell.RequiredContent); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
	if !p.Closes(procedure.Occurrence{Kind: procedure.Milestone, Key: "answered"}) {
		t.Error("a complaint whose result was told does not close")
	}
}
