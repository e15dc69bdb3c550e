package domain

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	got, err := Register(p, draft(), "default", "id-1", now)
	if err != nil {
		t.Fatal(err)
	}
	want := Complaint{
		Tenant: "default", ID: "id-1", Edition: Edition{"furniture", "2026-01", p.Digest}, Flow: "direct", Channel: "hotline",
		Fields: draft().Fields, ReceiveTime: now, CountTime: now, RegisterTime: now, State: Open, Version: 1, EventVersion: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("complaint (-want +got):\n%s", diff)
	}
}

func TestDraftsThatAreRefusedSayWhereAndWhy(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	tests := []struct {
		name   string
		spoil  func(*Draft)
		reason string
		fields string // of the violations, in order
	}{
		{"no such flow", func(d *Draft) { d.Flow = "post" }, "FLOW_UNKNOWN", "draft.flow"},
		{"several flows and none named", func(d *Draft) { d.Flow = "" }, "FLOW_UNKNOWN", "draft.flow"},
		{"channel not in the vocabulary", func(d *Draft) { d.Channel = "fax" }, "FIELD_INVALID", "draft.channel"},
		{"kind with a line break", func(d *Draft) { d.ComplainantKind = "end\nuser" }, "FIELD_INVALID", "draft.complainant.kind"},
		{"reference with a NUL", func(d *Draft) { d.ExternalReference = "a\x00" }, "FIELD_INVALID", "draft.external_reference"},
		{"no name", func(d *Draft) { d.Personal.Name = " " }, "FIELD_REQUIRED", "draft.complainant.name"},
		{"neither phone nor e-mail", func(d *Draft) { d.Personal.Phone = "" }, "FIELD_REQUIRED", "draft.complainant.phone"},
		{"no content", func(d *Draft) { d.Personal.Content = "" }, "FIELD_REQUIRED", "draft.content"},
		{"no category", func(d *Draft) { delete(d.Fields, "category") }, "FIELD_REQUIRED", "draft.fields.category"},
		{"a personal field that another makes required", func(d *Draft) { d.Personal.Fields = nil }, "FIELD_REQUIRED", "draft.personal_fields.note"},
		{"one that the flow makes required", func(d *Draft) {
			d.Flow, d.Personal.Fields = "store", nil
			delete(d.Fields, "amount")
		}, "FIELD_REQUIRED", "draft.personal_fields.note"},
		{"less than the least", func(d *Draft) { d.Fields["amount"] = procedure.Number(0.5) }, "FIELD_INVALID", "draft.fields.amount"},
		{"more than the greatest", func(d *Draft) { d.Fields["amount"] = procedure.Number(1e6 + 1) }, "FIELD_INVALID", "draft.fields.amount"},
		{"unknown field", func(d *Draft) { d.Fields["colour"] = procedure.Code("red") }, "FIELD_UNKNOWN", "draft.fields.colour"},
		{"unknown personal field", func(d *Draft) { d.Personal.Fields["colour"] = "红" }, "FIELD_UNKNOWN", "draft.personal_fields.colour"},
		{"wrong kind", func(d *Draft) { d.Fields["amount"] = procedure.Flag(true) }, "FIELD_INVALID", "draft.fields.amount"},
		{"no such code", func(d *Draft) { d.Fields["category"] = procedure.Code("smell") }, "FIELD_INVALID", "draft.fields.category"},
		{"personal among the coded", func(d *Draft) { d.Fields["note"] = procedure.Code("x") }, "FIELD_INVALID", "draft.fields.note"},
		{"coded among the personal", func(d *Draft) { d.Personal.Fields["amount"] = "5" }, "FIELD_INVALID", "draft.personal_fields.amount"},
		{"name among the personal fields", func(d *Draft) { d.Personal.Fields["name"] = "王" }, "FIELD_INVALID", "draft.personal_fields.name"},
		{"bad phone", func(d *Draft) { d.Personal.Phone = "call me" }, "CONTACT_INVALID", "draft.complainant.phone"},
		{"bad second phone", func(d *Draft) { d.Personal.Fields["second_phone"] = "12" }, "CONTACT_INVALID", "draft.personal_fields.second_phone"},
		{"bad e-mail", func(d *Draft) { d.Personal.Email = "wang.example.com" }, "CONTACT_INVALID", "draft.complainant.email"},
		{"received tomorrow", func(d *Draft) { d.ReceiveTime = now.Add(24 * time.Hour) }, "TIME_INVALID", "draft.receive_time"},
		{"received before 1970", func(d *Draft) { d.ReceiveTime = earliest.Add(-time.Second) }, "TIME_INVALID", "draft.receive_time"},
		{"counted before receipt", func(d *Draft) { d.CountTime = now.Add(-time.Minute) }, "TIME_INVALID", "draft.count_time"},
		{"counted from the year 9999", func(d *Draft) { d.CountTime = now.AddDate(7973, 0, 0) }, "TIME_INVALID", "draft.count_time"},
		{"all at once", func(d *Draft) {
			d.Channel, d.Personal.Phone = "fax", "1"
			d.Fields = map[string]procedure.Value{"colour": procedure.Code("red")}
		}, "FIELD_INVALID", "draft.channel draft.fields.colour draft.complainant.phone draft.fields.category"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := draft()
			test.spoil(&d)
			_, err := Register(p, d, "default", "id-1", now)
			var f *fault.Error
			if !errors.As(err, &f) {
				t.Fatalf("got %v, want a fault", err)
			}
			var fields []string
			for _, v := range f.Violations {
				fields = append(fields, v.Field)
			}
			if f.Reason != test.reason || strings.Join(fields, " ") != test.fields {
				t.Errorf("got %s at %v: %s; want %s at %s", f.Reason, fields, f.Detail, test.reason, test.fields)
			}
		})
	}
}

func TestTimesAtTheLimitAreTaken(t *testing.T) {
	t.Parallel()
	p := furniture(t)
	d := draft()
	d.ReceiveTime, d.CountTime = now.Add(clockSkew), now.Add(maxCountAhead)
	if _, err := Register(p, d, "default", "id-1", now); err != nil {
		t.Error(err)
	}
}

func TestAFieldIsNotRequiredWhereItsConditionDoesNotHold(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Fields["amount"], d.Personal.Fields = procedure.Number(1000), nil
	if _, err := Register(furniture(t), d, "default", "id-1", now); err != nil {
		t.Error(err)
	}
}

func TestTheEmailWillDoWhereContactIsRequired(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Personal.Phone, d.Personal.Email = "", "wang@example.com"
	if _, err := Register(furniture(t), d, "default", "id-1", now); err != nil {
		t.Error(err)
	}
}

func TestManyProblemsMakeAShortAnswer(t *testing.T) {
	t.Parallel()
	d := draft()
	for i := range 200 {
		d.Fields[strings.Repeat("字", 100)+itoa(int64(i))] = procedure.Flag(true)
	}
	_, err := Register(furniture(t), d, "default", "id-1", now)
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Violations) != maxViolations {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(f.Detail, "(1 of 200 faults)") || len(f.Detail) > maxDetailBytes+20 {
		t.Errorf("detail is %q", f.Detail)
	}
}
