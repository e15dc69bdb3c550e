package domain

import (
	"testing"

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
