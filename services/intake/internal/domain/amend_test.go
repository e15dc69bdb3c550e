package domain

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// registered returns draft() as furniture registers it, and what is personal about it.
func registered(t *testing.T, p *procedure.Procedure) (Complaint, Personal) {
	t.Helper()
	c, err := Register(p, draft(), "default", "0190c1de-0000-7000-8000-000000000001", now)
	if err != nil {
		t.Fatal(err)
	}
	return c, draft().Personal
}

func TestAmend(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	change := Draft{
		Channel: "store", ComplainantKind: "dealer", Fields: map[string]procedure.Value{"category": procedure.Code("delivery"), "amount": procedure.Number(1200)},
		Personal: Personal{Name: "王大明", Phone: "13812345679", Content: "桌腿断了，桌面也划伤了", Fields: map[string]string{"second_phone": "95555"}},
	}
	for _, tt := range []struct {
		name  string
		paths []string
		want  []Part
	}{
		{"one", []string{"channel"}, []Part{{"channel", "hotline", "store"}}},
		{"nothing else", []string{"fields.category"}, []Part{{"fields.category", "quality", "delivery"}}},
		{"what is the same", []string{"fields.amount"}, nil},
		{"a new one", []string{"personal_fields.second_phone"}, []Part{{"personal_fields.second_phone", "", "95555"}}},
		{"the complainant whole", []string{"complainant"}, []Part{
			{"complainant.kind", "", "dealer"}, {"complainant.name", "王小明", "王大明"}, {"complainant.phone", "138 1234 5678", "13812345679"},
		}},
		{"a path twice", []string{"content", "content"}, []Part{{"content", "桌腿断了", "桌腿断了，桌面也划伤了"}}},
		{"everything that is given", change.Populated(), []Part{
			{"channel", "hotline", "store"}, {"complainant.kind", "", "dealer"}, {"complainant.name", "王小明", "王大明"},
			{"complainant.phone", "138 1234 5678", "13812345679"}, {"content", "桌腿断了", "桌腿断了，桌面也划伤了"},
			{"fields.category", "quality", "delivery"}, {"personal_fields.second_phone", "", "95555"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, who := registered(t, p)
			after, person, parts, event, err := Amend(p, c, who, change, tt.paths, "caller_corrected", 1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, parts); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			if tt.want == nil {
				if event != nil || after.Version != 1 || after.EventVersion != 1 {
					t.Errorf("nothing was amended, yet there is version %d and the event %v", after.Version, event)
				}
				return
			}
			if after.Version != 2 || after.EventVersion != 2 {
				t.Errorf("version is %d, event version %d", after.Version, after.EventVersion)
			}
			amended, ok := event.(ComplaintAmended)
			if !ok || len(amended.Paths) != len(parts) || amended.Channel != after.Channel || amended.Reason != "caller_corrected" {
				t.Errorf("event is %+v", event)
			}
			// Amended back, everything is as it was.
			var paths []string
			for _, part := range parts {
				paths = append(paths, part.Path)
			}
			c2, who2, _, _, err := Amend(p, after, person, c.draft(who), paths, "", 0)
			c2.Version, c2.EventVersion = 1, 1
			if diff := cmp.Diff([]any{c, who}, []any{c2, who2}); diff != "" || err != nil {
				t.Errorf("amended back: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestRefusedAmendments(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	closed := func(c Complaint) Complaint { c.State = Closed; return c }
	for _, tt := range []struct {
		name          string
		of            func(Complaint) Complaint
		change        Draft
		paths         []string
		expected      int64
		reason, field string
	}{
		{"another version", nil, Draft{Channel: "store"}, []string{"channel"}, 7, "VERSION_CONFLICT", ""},
		{"closed", closed, Draft{Channel: "store"}, []string{"channel"}, 0, "COMPLAINT_NOT_OPEN", ""},
		{"no path", nil, Draft{}, nil, 0, "MASK_INVALID", "update_mask"},
		{"receipt", nil, Draft{}, []string{"receive_time"}, 0, "MASK_INVALID", "update_mask"},
		{"everything", nil, Draft{}, []string{"*"}, 0, "MASK_INVALID", "update_mask"},
		{"fields whole", nil, Draft{}, []string{"fields"}, 0, "MASK_INVALID", "update_mask"},
		{"no key", nil, Draft{}, []string{"fields."}, 0, "MASK_INVALID", "update_mask"},
		{"whose it is", nil, Draft{}, []string{"complainant.customer_reference"}, 0, "MASK_INVALID", "update_mask"},
		{"a code that is none", nil, Draft{Fields: map[string]procedure.Value{"category": procedure.Code("x")}}, []string{"fields.category"}, 0, "FIELD_INVALID", "draft.fields.category"},
		{"a field that is none", nil, Draft{Fields: map[string]procedure.Value{"x": procedure.Code("x")}}, []string{"fields.x"}, 0, "FIELD_UNKNOWN", "draft.fields.x"},
		{"taking away what is required", nil, Draft{}, []string{"fields.category"}, 0, "FIELD_REQUIRED", "draft.fields.category"},
		{"taking away the channel", nil, Draft{}, []string{"channel"}, 0, "FIELD_INVALID", "draft.channel"},
		{"no telephone number", nil, Draft{Personal: Personal{Phone: "12"}}, []string{"complainant.phone"}, 0, "CONTACT_INVALID", "draft.complainant.phone"},
		{"control characters", nil, Draft{ExternalReference: "a\x00"}, []string{"external_reference"}, 0, "FIELD_INVALID", "draft.external_reference"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, who := registered(t, p)
			if tt.of != nil {
				c = tt.of(c)
			}
			after, person, parts, event, err := Amend(p, c, who, tt.change, tt.paths, "", tt.expected)
			if fault.ReasonOf(err) != tt.reason {
				t.Fatalf("got %v, want %s", err, tt.reason)
			}
			if got := fieldOf(err); got != tt.field {
				t.Errorf("at %q, want %q", got, tt.field)
			}
			if diff := cmp.Diff([]any{c, who}, []any{after, person}); diff != "" || parts != nil || event != nil {
				t.Errorf("refused, and changed (-want +got):\n%s", diff)
			}
		})
	}
}

// A complaint that its edition does not take any more, as after a migration, can still be put right in other places.
func TestWhatWasWrongBeforeDoesNotHinder(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	c, who := registered(t, p)
	c.Fields["gone"] = procedure.Code("x")
	who.Phone = ""
	_, _, parts, _, err := Amend(p, c, who, Draft{Channel: "store"}, []string{"channel"}, "", 0)
	if err != nil || len(parts) != 1 {
		t.Errorf("parts are %v, %v", parts, err)
	}
}

func TestAmendedPartsAreMasked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want Part }{
		{Part{"fields.category", "quality", "delivery"}, Part{"fields.category", "quality", "delivery"}},
		{Part{"complainant.name", "", "王小明"}, Part{"complainant.name", "", "王*"}},
		{Part{"complainant.phone", "13812345678", ""}, Part{"complainant.phone", "138****5678", ""}},
		{Part{"complainant.email", "a@b.cn", "wang@b.cn"}, Part{"complainant.email", "***@b.cn", "w***@b.cn"}},
		{Part{"complainant.address", "上海", "北京"}, Part{"complainant.address", hidden, hidden}},
		{Part{"complainant.kind", "dealer", "end_user"}, Part{"complainant.kind", "dealer", "end_user"}},
		{Part{"content", "坏了", ""}, Part{"content", hidden, ""}},
		{Part{"personal_fields.note", "晚上", "白天"}, Part{"personal_fields.note", hidden, hidden}},
		{Part{"complainant.new_one", "x", "y"}, Part{"complainant.new_one", hidden, hidden}}, // unknown is personal
	} {
		if diff := cmp.Diff(tt.want, tt.in.Masked()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestSequencesOfRepeats(t *testing.T) {
	t.Parallel()
	links := []Linked{{Kind: 1, Counted: true}, {Kind: 2, Counted: true}, {Kind: 2}, {Kind: 2, Counted: true}}
	var got []int32
	for _, l := range Numbered(links) {
		got = append(got, l.Sequence)
	}
	if !slices.Equal(got, []int32{1, 1, 0, 2}) {
		t.Errorf("sequences are %v", got)
	}
}
