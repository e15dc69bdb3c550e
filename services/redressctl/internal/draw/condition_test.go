package draw

import (
	"testing"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

func TestConditionInWords(t *testing.T) {
	t.Parallel()
	label := func(zh, en string) *procedurev1.Label { return &procedurev1.Label{Zh: zh, En: en} }
	search := &procedurev1.Step{Key: "search", Name: label("查找", "Search"), Kind: &procedurev1.Step_Question{Question: &procedurev1.Question{
		Answers: []*procedurev1.Answer{{Code: "found", Name: label("已找到", "found")}},
		Form:    []*procedurev1.Field{{Key: "depot", Name: label("站点", "depot"), Vocabulary: "depot"}},
	}}}
	p := &procedurev1.Procedure{
		Fields: []*procedurev1.Field{{Key: "lost", Name: label("丢失", "lost")}},
		Vocabularies: []*procedurev1.Vocabulary{{
			Key: "depot", Name: label("站", "Depot"), Terms: []*procedurev1.Term{{Code: "north", Name: label("北站", "North")}},
		}},
		Rules: []*procedurev1.Rule{{Target: "place", Vocabulary: "depot"}, {Target: "is_big"}},
		Posts: []*procedurev1.Post{{Key: "desk", Name: label("客服", "Desk")}},
	}
	f := &procedurev1.Flow{Steps: []*procedurev1.Step{search}}
	p.Flows = []*procedurev1.Flow{f}
	for _, c := range []struct{ cel, zh, en string }{
		{"fields.lost", "丢失", "lost"},
		{"!fields.lost && values.is_big", "非 丢失 且 is big", "not lost and is big"},
		{"values.place == 'north' || values.place == ''", "站 = 北站 或 站 = 未定", "Depot = North or Depot = none"},
		{"answers.search.outcome != 'found'", "查找 ≠ 已找到", "Search ≠ found"},
		{"(answers.search.depot in ['north', \"south\"])", "(站点 属于 北站、 south)", "(depot in North, south)"},
		{"values.place == 'desk' && round > 1", "站 = 客服 且 轮次 > 1", "Depot = Desk and round > 1"},
		{"received < timestamp('2026-01-01T00:00:00Z')", "received < timestamp('2026-01-01T00:00:00Z')", "received < timestamp('2026-01-01T00:00:00Z')"},
		{"fields.lost ? 1 : 2", "fields.lost ? 1 : 2", "fields.lost ? 1 : 2"},
	} {
		for lang, want := range map[Lang]string{Zh: c.zh, En: c.en} {
			if got := (&graph{procedure: p, flow: f, words: words{lang}}).condition(c.cel); got != want {
				t.Errorf("%s in %s is %q, want %q", c.cel, lang, got, want)
			}
		}
	}
}
