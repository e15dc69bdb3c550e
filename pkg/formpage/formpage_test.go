package formpage_test

import (
	"strings"
	"testing"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/formpage"
)

func TestAPageEscapesAndMasks(t *testing.T) {
	t.Parallel()
	form := &reportingv1.Form{
		Number: "T-1/CL-1", Name: &procedurev1.Label{Zh: "投诉处理单", En: "Slip"}, Zone: "Asia/Shanghai", Stage: "begin",
		Stages: []*reportingv1.FormStage{{Key: "begin", Name: &procedurev1.Label{En: "Begin"}, Items: []*reportingv1.FormItem{
			{Ref: "fields.phone", Name: &procedurev1.Label{Zh: "电话"}, Personal: true},
			{Ref: "fields.content", Name: &procedurev1.Label{Zh: "内容"}, Value: &procedurev1.Label{Zh: "<script>alert(1)</script>"}, Personal: true},
		}}},
	}
	for language, want := range map[string][]string{
		"": {"投诉处理单", "见受理系统", "Begin", "&lt;script&gt;", "待完成"}, "en": {"Slip", "kept in intake", "电话", "To be completed"},
	} {
		page, err := formpage.Render(form, language)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("the page in %q lacks %q", language, text)
			}
		}
		if strings.Contains(page, "<script") {
			t.Error("the page holds a script")
		}
	}
}
