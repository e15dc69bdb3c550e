package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  …，。!", nil},
		{"柜", nil},
		{"柜门划伤", []string{"柜门", "门划", "划伤"}},
		{"柜门，划伤", []string{"柜门", "划伤"}}, // nothing reaches over a comma
		{"The doors were scratched", []string{"door", "scratch"}},
		{"Scratching", []string{"scratch"}},
		{"型号ＡＢ-12 漏水 漏水", []string{"型号", "ab", "12", "漏水"}},
		{"洗衣机E5故障", []string{"洗衣", "衣机", "e5", "故障"}},
		{"don't", []string{"don't"}},
		{"3.5", []string{"3.5"}},
		{"カメラ", []string{"カメ", "メラ"}},
	} {
		if diff := cmp.Diff(tt.want, Words(tt.text)); diff != "" {
			t.Errorf("words of %q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestManyWordsAreCut(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for r := rune(0x4e00); r < 0x4e00+2000; r++ {
		b.WriteRune(r)
	}
	if n := len(Words(b.String())); n != MaxWords {
		t.Errorf("%d words of 1,999, want %d", n, MaxWords)
	}
	if w := Words(strings.Repeat("x", 1000)); len(w) != 1 || len(w[0]) > maxWordBytes {
		t.Errorf("a word of 1,000 letters became %d bytes", len(w[0]))
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text    string
		phrases []string
	}{
		{`door`, nil},
		{`"left door" scratched`, []string{"left door"}},
		{`“柜门划伤” 「左边」`, []string{"柜门划伤", "左边"}},
		{`"open`, []string{"open"}},
		{`"" "  "`, nil},
	} {
		if diff := cmp.Diff(tt.phrases, Parse(tt.text).Phrases); diff != "" {
			t.Errorf("phrases of %q (-want +got):\n%s", tt.text, diff)
		}
	}
	q := Parse(`"Left  DOOR" broken`)
	if !q.In("the left door is broken") || q.In("the door on the left") {
		t.Error("a phrase must stand there as it is, but for case and spaces")
	}
}

func TestSimilarTexts(t *testing.T) {
	t.Parallel()
	key := NewKey([]byte("0123456789abcdef0123456789abcdef"))
	for _, tt := range []struct {
		a, b    string
		similar bool
	}{
		{"新买的柜子柜门上有很长一道划伤，要求更换", "新买的柜子门上有一道很长的划伤，我要求更换柜门", true},
		{"The washing machine leaks water on the kitchen floor", "My washing machine is leaking water onto the kitchen floor", true},
		{"新买的柜子柜门上有很长一道划伤，要求更换", "快递员态度很差，包裹晚到三天", false},
		{"The washing machine leaks water", "The courier was rude and came three days late", false},
	} {
		s := Similarity(tt.a, tt.b)
		shared := false
		for _, x := range Sketch(key.Words(Words(tt.a))) {
			for _, y := range Sketch(key.Words(Words(tt.b))) {
				shared = shared || x == y
			}
		}
		if s >= 0.4 != tt.similar || shared != tt.similar {
			t.Errorf("%q and %q: similarity %.2f, found %v; want similar %v", tt.a, tt.b, s, shared, tt.similar)
		}
	}
	if Similarity("坏了", "坏了") != 0 || Sketch(key.Words(Words("坏了"))) != nil {
		t.Error("two texts of one word say nothing")
	}
}

func TestHashesDependOnTheKeyAndTheKind(t *testing.T) {
	t.Parallel()
	a, b := NewKey([]byte("a")), NewKey([]byte("b"))
	seen := map[int64]bool{}
	for _, h := range []int64{a.Word("x"), b.Word("x"), a.Name("x"), a.Code("x", ""), a.Code("", "x")} {
		if seen[h] {
			t.Error("two hashes are equal")
		}
		seen[h] = true
	}
	if a.Name(" MF-202603-000042 ") != a.Name("mf-202603-000042") {
		t.Error("a number is found whatever its case")
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"柜门划伤", "The doors", "\xff\xfe", "é́́", "👩‍👩‍👧", "\u202e型号", `"x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range Words(s) {
			if w == "" || !utf8.ValidString(w) && utf8.ValidString(s) {
				t.Errorf("%q has the word %q", s, w)
			}
		}
		for _, phrase := range Parse(s).Phrases {
			if !Contains("a"+phrase+"b", phrase) {
				t.Errorf("%q does not contain itself", phrase)
			}
		}
	})
}
