package domain

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCleanFileName(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"photo.jpg", "photo.jpg"},
		{"王小明的桌子.jpg", "王小明的桌子.jpg"},
		{"../../etc/passwd", "passwd"},
		{`C:\Users\li\桌子.png`, "桌子.png"},
		{"\u202egpj.exe", "gpj.exe"},
		{"a\u200bb\u2066c\u2069.pdf\r\n", "abc.pdf"},
		{"  .hidden. ", "hidden"},
		{"\xff\xfea.txt", "a.txt"},
		{strings.Repeat("长", 100) + ".jpeg", strings.Repeat("长", 64) + "….jpeg"},
		{"folder/", ""},
		{"\u202e\u200f..", ""},
	}
	for _, test := range tests {
		got, err := CleanFileName(test.in)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q gives %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

// TestAnyFileNameCanBeWrittenToADisk holds for any name: it is short, shows, and leads nowhere; cleaning it again changes nothing.
func TestAnyFileNameCanBeWrittenToADisk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		got, err := CleanFileName(rapid.StringN(-1, -1, 1000).Draw(t, "name"))
		if err != nil {
			return
		}
		hidden := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) || r == '/' || r == '\\' }
		if len(got) > maxNameBytes || !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) || strings.Trim(got, ". ") == "" {
			t.Errorf("got %q", got)
		}
		if again, err := CleanFileName(got); again != got || err != nil {
			t.Errorf("%q becomes %q, %v", got, again, err)
		}
	})
}

func TestMaskFileName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"王小明.jpg": "•••.jpg", "": "", "王小明": "•••", "身份证.王小明": "•••", "a.b c": "•••", "x.138123456": "•••", "x.": "•••", "合同.DOCX": "•••.DOCX",
	} {
		if got := MaskFileName(in); got != want {
			t.Errorf("%q shows %q, want %q", in, got, want)
		}
	}
}
