package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/services/intake/internal/domain"
)

var person = domain.Personal{
	Name: "王小明", Phone: "138 1234 5678", Email: "Wang@Example.com", Address: "上海市", Content: "冰箱不制冷",
	Fields: map[string]string{"wechat": "wx-1"},
}

func newKeys(t testing.TB) (*Keys, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vault.json")
	if err := Create(file); err != nil {
		t.Fatal(err)
	}
	k, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return k, file
}

func TestWhatIsSealedIsUnsealedForTheSameComplaintOnly(t *testing.T) {
	t.Parallel()
	k, _ := newKeys(t)
	s, err := k.Seal("default", "c1", person)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Unseal("default", "c1", s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(person, got); diff != "" {
		t.Errorf("unsealed (-sealed +got):\n%s", diff)
	}
	for _, part := range [][]byte{s.WrappedKey, s.Ciphertext, s.PhoneIndex, s.EmailIndex} {
		if bytes.Contains(part, []byte("小明")) || bytes.Contains(part, []byte("5678")) {
			t.Error("personal data stands in the clear in what is kept")
		}
	}
	if _, err := k.Unseal("default", "c2", s); err == nil {
		t.Error("it opens for another complaint")
	}
	if _, err := k.Unseal("other", "c1", s); err == nil {
		t.Error("it opens for another tenant")
	}
	s.Ciphertext[len(s.Ciphertext)-1] ^= 1
	if _, err := k.Unseal("default", "c1", s); err == nil {
		t.Error("it opens after a byte has changed")
	}
}

func TestOneLineHasOneIndexHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	k, file := newKeys(t)
	again, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := k.Seal("default", "c1", domain.Personal{Phone: "138 1234 5678", Email: "Wang@Example.com"})
	b, _ := again.Seal("default", "c2", domain.Personal{Phone: "＋86-１３８１２３４５６７８", Email: "wang@example.com"})
	if !bytes.Equal(a.PhoneIndex, b.PhoneIndex) || !bytes.Equal(a.EmailIndex, b.EmailIndex) {
		t.Error("two spellings of one person have two indexes")
	}
	c, _ := k.Seal("other", "c1", domain.Personal{Phone: "138 1234 5678"})
	if bytes.Equal(a.PhoneIndex, c.PhoneIndex) {
		t.Error("a person has the same index in two tenants")
	}
	if c.EmailIndex != nil {
		t.Error("there is an index without an e-mail address")
	}
}

func TestNotesGoWithTheKeyOfTheirComplaint(t *testing.T) {
	t.Parallel()
	k, _ := newKeys(t)
	s, _ := k.Seal("default", "c1", person)
	note, err := k.SealNote("default", "c1", "n1", s.WrappedKey, "他很生气")
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.decrypt(s.WrappedKey, note, bind("default", "c1"), bind("default", "c1", "n1"))
	if err != nil || string(got) != "他很生气" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := k.decrypt(s.WrappedKey, note, bind("default", "c1"), bind("default", "c1", "n2")); err == nil {
		t.Error("a note opens as another contact's")
	}
}

func TestKeyFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	_, file := newKeys(t)
	if err := Create(file); err == nil {
		t.Error("keys were replaced")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v; want 0600", info.Mode(), err)
	}
	missing := filepath.Join(t.TempDir(), "none.json")
	if _, err := Open(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file gives %v; want its name", err)
	}
	for name, content := range map[string]string{"empty": "", "no keys": "{}", "not a keyset": `{"wrap": {"a": 1}, "index": {}}`} {
		bad := filepath.Join(t.TempDir(), "bad.json")
		if err := os.WriteFile(bad, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: got %v; want an error with the file's name", name, err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k, _ := newKeys(b)
	for b.Loop() {
		if _, err := k.Seal("default", "0198c0de-0000-7000-8000-000000000001", person); err != nil {
			b.Fatal(err)
		}
	}
}
