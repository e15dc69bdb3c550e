package domain

import (
	"strings"
	"testing"
)

func TestCanonicalPhone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string // want "" means: no telephone number
	}{
		{"13812345678", "+8613812345678"},
		{"138 1234 5678", "+8613812345678"},
		{"+86 138-1234-5678", "+8613812345678"},
		{"0086 13812345678", "+8613812345678"},
		{"8613812345678", "+8613812345678"},
		{"１３８１２３４５６７８", "+8613812345678"},
		{"＋８６（138）1234·5678", "+8613812345678"},
		{"021-55551234", "+862155551234"},
		{"(021) 5555 1234 转 801", "+862155551234"},
		{"021-55551234 ext. 801", "+862155551234"},
		{"400-820-8820", "4008208820"},
		{"95555", "95555"},
		{"+44 1632 960961", "+441632960961"},
		{strings.Repeat("9", 20), strings.Repeat("9", 20)},
		{strings.Repeat("9", 21), ""},
		{"9555", ""},
		{"", ""},
		{"call me", ""},
		{"138123456７８９０a", ""},
		{"转12345", ""},
		{"123转45678", ""},
		{"+", ""},
		{"123\x0045", ""},
	}
	for _, test := range tests {
		got, ok := CanonicalPhone(test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("CanonicalPhone(%q) = %q, %v; want %q", test.in, got, ok, test.want)
		}
	}
}

func TestCanonicalEmail(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"Wang@Example.com", "wang@example.com"},
		{" wang.li+x@mail.example.cn ", "wang.li+x@mail.example.cn"},
		{"ｗａｎｇ＠example．com", "wang@example.com"},
		{"王@例子.中国", "王@例子.中国"},
		{"wang", ""},
		{"@example.com", ""},
		{"wang@", ""},
		{"wang@localhost", ""},
		{"wang@.com", ""},
		{"wang@example.", ""},
		{"wang@a..b", ""},
		{"a@b@example.com", ""},
		{"wang li@example.com", ""},
		{"Wang <wang@example.com>", ""},
		{"wang@exa\x00mple.com", ""},
	}
	for _, test := range tests {
		got, ok := CanonicalEmail(test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("CanonicalEmail(%q) = %q, %v; want %q", test.in, got, ok, test.want)
		}
	}
}

func FuzzCanonicalPhone(f *testing.F) {
	for _, seed := range []string{"138 1234 5678", "+86（021）5555-1234转801", "0086", "x", "#12345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := CanonicalPhone(s)
		if !ok {
			return
		}
		if strings.Trim(got, "+0123456789") != "" || strings.LastIndex(got, "+") > 0 {
			t.Errorf("CanonicalPhone(%q) = %q, which is not digits", s, got)
		}
		masked := maskPhone(s)
		if shown := len(strings.ReplaceAll(masked, "*", "")); shown > 7 {
			t.Errorf("maskPhone(%q) = %q shows %d digits", s, masked, shown)
		}
	})
}
