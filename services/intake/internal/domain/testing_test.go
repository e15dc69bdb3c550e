package domain

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// now is when the tests' drafts are registered.
var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

// furniture is a small procedure that asks for every kind of fact.
func furniture(t *testing.T) *procedure.Procedure {
	t.Helper()
	p, err := procedure.Compile(&procedurev1.Procedure{
		Code: "furniture", Edition: "2026-01", Name: &procedurev1.Label{Zh: "家具"},
		Numbering: &procedurev1.Numbering{Prefix: "FU", Zone: "Asia/Shanghai"},
		Vocabularies: []*procedurev1.Vocabulary{
			{Key: "channel", Terms: []*procedurev1.Term{{Code: "hotline"}, {Code: "store"}}},
			{Key: "category", Terms: []*procedurev1.Term{{Code: "quality"}, {Code: "delivery"}}},
		},
		Fields: []*procedurev1.Field{
			{Key: "name", Kind: procedurev1.FieldKind_FIELD_KIND_NAME, Required: true, Clause: "S5d-04"},
			{Key: "contact", Kind: procedurev1.FieldKind_FIELD_KIND_PHONE, Required: true},
			{Key: "content", Kind: procedurev1.FieldKind_FIELD_KIND_TEXT, Required: true},
			{Key: "channel", Kind: procedurev1.FieldKind_FIELD_KIND_CODE, Required: true},
			{Key: "complaint_time", Kind: procedurev1.FieldKind_FIELD_KIND_TIME, Required: true},
			{Key: "category", Kind: procedurev1.FieldKind_FIELD_KIND_CODE, Vocabulary: "category", Required: true},
			{Key: "amount", Kind: procedurev1.FieldKind_FIELD_KIND_NUMBER, Min: proto.Float64(1), Max: proto.Float64(1e6), Clause: "S5d-05"},
			{Key: "note", Kind: procedurev1.FieldKind_FIELD_KIND_TEXT, RequiredWhen: "fields.amount > 1000.0 || flow == 'store'"},
			{Key: "second_phone", Kind: procedurev1.FieldKind_FIELD_KIND_PHONE},
		},
		Posts:   []*procedurev1.Post{{Key: "clerk"}},
		Flows:   []*procedurev1.Flow{flow("direct"), flow("store")},
		Closing: &procedurev1.Closing{On: []*procedurev1.Trigger{{On: &procedurev1.Trigger_WorkCompleted{WorkCompleted: "handle"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func flow(key string) *procedurev1.Flow {
	return &procedurev1.Flow{Key: key, Steps: []*procedurev1.Step{{Key: "handle", Kind: &procedurev1.Step_Task{Task: &procedurev1.Task{
		Assignee: &procedurev1.Assignee{Who: &procedurev1.Assignee_Post{Post: "clerk"}},
	}}}}}
}

// draft returns a draft that furniture takes.
func draft() Draft {
	return Draft{
		Procedure: "furniture", Flow: "direct", Channel: "hotline",
		Fields:   map[string]procedure.Value{"category": procedure.Code("quality"), "amount": procedure.Number(1200)},
		Personal: Personal{Name: "王小明", Phone: "138 1234 5678", Content: "桌腿断了", Fields: map[string]string{"note": "晚上联系"}},
	}
}

// fieldOf returns the field that a fault names.
func fieldOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Meta["field"]
	}
	return ""
}
