package draw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestChineseIsTwoCellsWide(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]int{'投': 2, '，': 2, '“': 2, 'a': 1, '7': 1, ' ': 1} {
		if got := cells(r); got != want {
			t.Errorf("%q takes %d cells, want %d", r, got, want)
		}
	}
	if got := textWidth("客户投诉", 10); got != 41 { // rounded up
		t.Errorf("four characters of 10 px are %d px wide, want 41", got)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text         string
		limit, lines int
		want         []string
	}{
		{"客户要求超出标准", 45, 3, []string{"客户要求", "超出标准"}},
		{"客户要求，标准", 45, 3, []string{"客户要", "求，标准"}}, // closing punctuation begins no line
		{"按《电器功耗表》", 35, 3, []string{"按《电", "器功耗", "表》"}},
		{"a customer complains", 60, 3, []string{"a customer", "complains"}},
		{"extraordinarily", 40, 3, []string{"extraor", "dinarily"}},
		{"一二三四五六七八", 31, 2, []string{"一二三", "四五…"}},        // cut short
		{"客客客客，，，，aa客", 72, 2, []string{"客客客", "客，，，，a…"}}, // widths are sums of tenths
		{"", 30, 2, nil},
		{" 客，，", 25, 2, []string{"客，", "，"}}, // a blank begins no line either
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, 10, c.limit, c.lines)); diff != "" {
			t.Errorf("wrap(%q, %d, %d) (-want +got):\n%s", c.text, c.limit, c.lines, diff)
		}
	}
}

// TestWrapKeepsTheText: no line is too wide or empty, none too many, and nothing is lost but what an ellipsis stands for.
func TestWrapKeepsTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("客户，。（）《》ab WM.,'\"“”1="))).Draw(t, "text")
		limit, lines := rapid.IntRange(25, 200).Draw(t, "limit"), rapid.IntRange(1, 4).Draw(t, "lines")
		got := wrap(text, 10, limit, lines)
		if len(got) > lines {
			t.Fatalf("%d lines, at most %d were asked for", len(got), lines)
		}
		for _, s := range got {
			if strings.TrimSpace(s) == "" || textWidth(s, 10) > limit {
				t.Fatalf("the line %q is %d px wide, at most %d", s, textWidth(s, 10), limit)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		whole := squeeze(strings.Join(got, ""))
		if cut, ok := strings.CutSuffix(whole, "…"); ok {
			if !strings.HasPrefix(squeeze(text), cut) {
				t.Fatalf("%q became %q", text, got)
			}
		} else if whole != squeeze(text) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
