package domain

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMaskName(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"王小明", "王*"},
		{"王", "*"},
		{" 王五 ", "王*"},
		{"欧阳娜娜", "欧*"},
		{"John Smith", "J*"},
		{"𠮷田太郎", "𠮷*"}, // CJK extension B: four bytes, one character
		{"𠮷", "*"},
		{"😀先生", "😀*"},
		{"买买提·艾力", "买*"},
		{"", ""},
		{"  ", ""},
		{"\u202e明小王", "明*"},            // an override would turn the text beside it around
		{"\u200d王", "*"},               // one character, and one that nobody sees
		{"e\u0301mile", "e*"},          // the accent is a character of its own
		{"👨\u200d👩\u200d👧 Wang", "👨*"}, // a family is several characters
	}
	for _, test := range tests {
		if got := maskName(test.in); got != test.want {
			t.Errorf("maskName(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestMaskPhone(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"13812345678", "138****5678"},
		{"+86 138 1234 1234", "138****1234"},
		{"１３８１２３４１２３４", "138****1234"},
		{"+44 1632 960961", "441****0961"},
		{"021-55551234", "****1234"},
		{"021-5555123", "****5123"},
		{"1234567", "****67"},
		{"95555", "****55"},
		{"0000000001", "****0001"},
		{"12345x", "****45"},
		{"123转45678", "****"},
		{"no number", "****"},
		{"", ""},
	}
	for _, test := range tests {
		if got := maskPhone(test.in); got != test.want {
			t.Errorf("maskPhone(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"wang@example.com", "w***@example.com"},
		{"w@example.com", "***@example.com"},
		{"王明@例子.中国", "王***@例子.中国"},
		{"𠮷田@example.com", "𠮷***@example.com"},
		{"@example.com", "***"},
		{"\u202ewang@example.com", "***"},
		{"wang@moc.elpmaxe\u202e.cn", "***"},
		{"wang", "***"},
		{"", ""},
	}
	for _, test := range tests {
		if got := maskEmail(test.in); got != test.want {
			t.Errorf("maskEmail(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestMaskedShowsNoWordsNoAddressNoFields(t *testing.T) {
	t.Parallel()
	p := Personal{
		Name: "王小明", Phone: "13812345678", Email: "wang@example.com", Address: "上海市", Content: "桌腿断了",
		Fields: map[string]string{"note": "晚上联系"},
	}
	want := Personal{Name: "王*", Phone: "138****5678", Email: "w***@example.com", Content: "•••"}
	if diff := cmp.Diff(want, p.Masked()); diff != "" {
		t.Errorf("masked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Personal{}, Personal{}.Masked()); diff != "" {
		t.Errorf("nothing masked (-want +got):\n%s", diff)
	}
}

// FuzzMasked holds every mask to its rule, whatever the text: what it shows is at most what the rule allows, and nothing of it hides or
// turns around the text beside it.
func FuzzMasked(f *testing.F) {
	for _, seed := range []string{
		"王小明", "𠮷田太郎", "😀先生", "👨‍👩‍👧 Wang", "\u202e明小王", "é́t", "买买提·艾力", " 王", "138 1234 5678", "+86（021）5555-1234转801",
		"0000000001", "wang@example.com", "\u202e@a.b", "a@b@c.d", "@", "\xff\xfe", "王\xff", "\u200d\u200d王", "１３８１２３４１２３４", "#12345",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := Personal{
			Name: s, Phone: s, Email: s, Address: s, Content: s, Fields: map[string]string{"k": s}, Reference: s,
		}.Masked()
		name, ok := strings.CutSuffix(m.Name, "*")
		shown := utf8.RuneCountInString(name)
		if m.Name != "" && (!ok || shown > 1) || shown == 1 && utf8.RuneCountInString(strings.TrimSpace(s)) == 1 {
			t.Errorf("the name %q is shown as %q", s, m.Name)
		}
		if digits := strings.ReplaceAll(m.Phone, "*", ""); len(digits) > 7 || strings.Trim(digits, "0123456789") != "" {
			t.Errorf("the number %q is shown as %q", s, m.Phone)
		}
		canonical, ok := CanonicalPhone(s)
		if digits := strings.TrimPrefix(strings.TrimPrefix(canonical, "+86"), "+"); ok && len(digits)-len(strings.ReplaceAll(m.Phone, "*", "")) < 2 {
			t.Errorf("of the number %q all but a digit is shown: %q", s, m.Phone)
		}
		local, _, _ := strings.Cut(m.Email, "@")
		first, ok := strings.CutSuffix(local, "***")
		if m.Email != "" && (!ok || utf8.RuneCountInString(first) > 1) {
			t.Errorf("the address %q is shown as %q", s, m.Email)
		}
		for _, shown := range []string{m.Name, m.Phone, m.Email} {
			unseen := func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Cc) }
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, unseen) || strings.ContainsFunc(name+first, unicode.IsMark) {
				t.Errorf("%q is shown as %q, which an answer cannot hold or a reader cannot see", s, shown)
			}
		}
		if m.Content != "" && m.Content != hidden || m.Address != "" || m.Fields != nil || m.Reference != "" {
			t.Errorf("of %q words are shown: %+v", s, m)
		}
	})
}
