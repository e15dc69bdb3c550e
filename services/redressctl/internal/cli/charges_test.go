package cli

import (
	"regexp"
	"strings"
	"testing"
)

func TestChargesAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("manufacturing"))
	x.says([]string{"charges", "list"}, "No charges")
	number := strings.TrimSuffix(strings.Fields(x.says([]string{"complaints", "register", "manufacturing", "--channel", "telephone", "--name", "王小明",
		"--content", "柜门划伤", "--field", "category=product_quality"}, "Registered "))[1], ".")
	complete := func(step string, args ...string) {
		t.Helper()
		list := x.until([]string{"work", "list", "--complaint", number}, step)
		id := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(list)
		x.says(append([]string{"work", "complete", id}, args...), number)
	}
	complete("investigate")
	complete("plan", "--field", "compensation=refund", "--field", "amount=number:119.9", "--field", "implementation_time=time:2026-03-04T12:00:00+08:00", "--field", "feasible=flag:yes")
	complete("feedback", "--outcome", "accepted")
	complete("implement")
	x.says([]string{"charges", "list", "--complaint", number, "--kind", "compensation,fee", "--state", "judged"}, number, "compensation", "quality_management",
		"119.90 CNY", "refund", "judged: 1, in all 119.90 CNY")
	x.says([]string{"charges", "list", "--party", "logistics"}, "No charges")
	x.says([]string{"charges", "list", "-o", "json"}, `"hundredths": "11990"`)
	x.until([]string{"complaints", "show", number}, "119.90 CNY / 客户补偿：质量管理部承担 119.90 CNY")
	x.until([]string{"complaints", "show", number, "-o", "json"}, `"detail": "Compensation to the customer: Quality management bears 119.90 CNY"`)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"charges", "list", "--state", "paid"}, "proposed"},
		{[]string{"charges", "list", "--from", "yesterday"}, "--from"},
		{[]string{"charges", "list", "--complaint", "MF-209901-000001"}, "MF-209901-000001"},
	} {
		if _, errs, code := x.run(tt.args...); code == 0 || !strings.Contains(errs, tt.want) {
			t.Errorf("%q: exit %d, want a refusal with %q in: %s", tt.args, code, tt.want, errs)
		}
	}
}
