package vault

import (
	"bytes"
	"testing"
)

func TestEvidenceOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k, _ := newKeys(t)
	person, _, err := k.NewSubject("default", "s1")
	if err != nil {
		t.Fatal(err)
	}
	key, kept, err := person.NewEvidenceKey("c1", "e1")
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
	again, err := person.OpenEvidenceKey("c1", "e1", kept)
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
	other, _, err := k.NewSubject("default", "s2")
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []struct {
		person              SubjectKey
		complaint, evidence string
	}{{other, "c1", "e1"}, {person, "c2", "e1"}, {person, "c1", "e2"}} {
		if _, err := place.person.OpenEvidenceKey(place.complaint, place.evidence, kept); err == nil {
			t.Errorf("the key opens as that of %s, %s", place.complaint, place.evidence)
		}
	}
}
