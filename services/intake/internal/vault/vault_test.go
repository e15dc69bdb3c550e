package vault

import (
	"bytes"
	"errors"
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

// newSubject returns the key of a new person of the tenant "default", and the person.
func newSubject(t testing.TB, k *Keys, id string) (SubjectKey, domain.Subject) {
	t.Helper()
	key, s, err := k.NewSubject("default", id)
	if err != nil {
		t.Fatal(err)
	}
	return key, s
}

func TestWhatIsSealedIsUnsealedForTheSameComplaintOnly(t *testing.T) {
	t.Parallel()
	k, _ := newKeys(t)
	key, _ := newSubject(t, k, "s1")
	s, err := k.SealPersonal(key, "c1", person)
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.OpenPersonal("c1", s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(person, got); diff != "" {
		t.Errorf("unsealed (-sealed +got):\n%s", diff)
	}
	for _, part := range [][]byte{s.Ciphertext, s.PhoneIndex, s.EmailIndex} {
		if bytes.Contains(part, []byte("小明")) || bytes.Contains(part, []byte("5678")) {
			t.Error("personal data stands in the clear in what is kept")
		}
	}
	if _, err := key.OpenPersonal("c2", s); err == nil {
		t.Error("it opens for another complaint")
	}
	if other, _ := newSubject(t, k, "s2"); opens(other, s) {
		t.Error("it opens under another person's key")
	}
	s.Ciphertext[len(s.Ciphertext)-1] ^= 1
	if opens(key, s) {
		t.Error("it opens after a byte has changed")
	}
}

func opens(key SubjectKey, s domain.Sealed) bool {
	_, err := key.OpenPersonal("c1", s)
	return err == nil
}

func TestAKeyOpensForItsPersonOnly(t *testing.T) {
	t.Parallel()
	k, file := newKeys(t)
	key, s := newSubject(t, k, "s1")
	note, err := key.Seal([]byte("他很生气"), "c1", "n1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(file) // another process
	if err != nil {
		t.Fatal(err)
	}
	key, err = again.OpenSubject("default", s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(note, "c1", "n1"); err != nil || string(got) != "他很生气" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, place := range map[string][]string{"another contact": {"c1", "n2"}, "another complaint": {"c2", "n1"}, "another depth": {"c1n1"}} {
		if _, err := key.Open(note, place...); err == nil {
			t.Errorf("a note opens as %s's", name)
		}
	}
	if _, err := k.OpenSubject("other", s); err == nil {
		t.Error("the key opens for another tenant")
	}
	moved, erased := s, s
	moved.ID, erased.WrappedKey = "s2", nil
	if _, err := k.OpenSubject("default", moved); err == nil {
		t.Error("the key opens for another person")
	}
	if _, err := k.OpenSubject("default", erased); err == nil || !strings.Contains(err.Error(), "s1") {
		t.Errorf("an erased person's key gives %v", err)
	}
}

func TestOneLineHasOneIndexHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	k, file := newKeys(t)
	again, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	indexes := func(k *Keys, tenant, phone, email, reference string) [3]string {
		t.Helper()
		p, err1 := k.PhoneIndex(tenant, phone)
		e, err2 := k.EmailIndex(tenant, email)
		r, err3 := k.ReferenceIndex(tenant, reference)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		return [3]string{string(p), string(e), string(r)}
	}
	a := indexes(k, "default", "138 1234 5678", "Wang@Example.com", "C-77")
	if b := indexes(again, "default", "＋86-１３８１２３４５６７８", "wang@example.com", " C-77 "); a != b {
		t.Error("two spellings of one person have two indexes")
	}
	b := indexes(k, "other", "138 1234 5678", "Wang@Example.com", "C-77")
	for i := range a {
		if a[i] == b[i] {
			t.Errorf("index %d of a person is the same in two tenants", i)
		}
	}
	if none := indexes(k, "default", "", "no address", "  "); none != [3]string{} {
		t.Errorf("there are indexes of nothing: %q", none)
	}
	if same := indexes(k, "default", "13812345678", "", "+8613812345678"); same[0] == same[2] {
		t.Error("a telephone number and a reference share an index")
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
	const id = "0198c0de-0000-7000-8000-000000000001"
	for b.Loop() {
		key, _, err := k.NewSubject("default", id)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := k.SealPersonal(key, id, person); err != nil {
			b.Fatal(err)
		}
	}
}
