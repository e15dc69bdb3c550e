package vault

import (
	"bytes"
	"testing"
)

func TestEvidenceOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k, _ := newKeys(t)
	sealed, err := k.Seal("default", "c1", person)
	if err != nil {
		t.Fatal(err)
	}
	key, kept, err := k.NewEvidenceKey("default", "c1", "e1", sealed.WrappedKey)
	if err != nil {
		t.Fatal(err)
	}
	part, err := key.SealPart(1, []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	name, err := key.SealName("桌子.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(part, []byte("content")) || bytes.Contains(name, []byte("桌子")) {
		t.Error("it is not encrypted")
	}
	again, err := k.OpenEvidenceKey("default", "c1", "e1", sealed.WrappedKey, kept)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.OpenPart(1, part); err != nil || string(got) != "content" {
		t.Errorf("the part opens as %q, %v", got, err)
	}
	if got, err := again.OpenName(name); err != nil || got != "桌子.jpg" {
		t.Errorf("the name opens as %q, %v", got, err)
	}
	if _, err := again.OpenPart(0, part); err == nil {
		t.Error("it opens as another part")
	}
	if _, err := again.OpenPart(1, name); err == nil {
		t.Error("a name opens as a part")
	}
	part[len(part)-1] ^= 1
	if _, err := again.OpenPart(1, part); err == nil {
		t.Error("it opens when a bit has changed")
	}
	for _, place := range [][3]string{{"other", "c1", "e1"}, {"default", "c2", "e1"}, {"default", "c1", "e2"}} {
		if _, err := k.OpenEvidenceKey(place[0], place[1], place[2], sealed.WrappedKey, kept); err == nil {
			t.Errorf("the key opens as that of %v", place)
		}
	}
}
