package draw_test

import (
	"strings"
	"testing"

	"redress.dev/services/redressctl/internal/draw"
)

func TestAStepShowsItsCharges(t *testing.T) {
	t.Parallel()
	p := parse(t, "../../../../deploy/procedures/home-service/2026-01/procedure.yaml")
	for _, tt := range []struct {
		lang draw.Lang
		want []string
	}{
		{draw.Zh, []string{"计费：扣款、处罚意见", "签字：扣款"}},
		{draw.En, []string{"charges: Deduction, Penalty", "signs: Deduction"}},
	} {
		svg := string(picture(t, p, "feedback", tt.lang))
		for _, want := range tt.want {
			if n := strings.Count(svg, want); n != 1 {
				t.Errorf("the picture has %q %d times, want once", want, n)
			}
		}
		if strings.Contains(svg, "收款补单扣款") || strings.Contains(svg, "paid order") {
			t.Error("a charge of another flow is drawn")
		}
	}
}
