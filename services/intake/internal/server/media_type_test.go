package server

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/gabriel-vasile/mimetype"

	"redress.dev/services/intake/internal/domain"
)

// office returns a document of Office's form: folder is "word" or "xl". Its first entry is a large picture, as some programs write it.
func office(t *testing.T, folder string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "docProps/thumbnail.jpeg", "_rels/.rels", folder + "/document.xml"} {
		part, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(photo(20_000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestContentIsOfTheTypeThatItIsSaidToBe(t *testing.T) {
	t.Parallel()
	mimetype.SetLimit(domain.PartBytes) // as New does
	const (
		docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		mp4  = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
		wav  = "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"
		pdf  = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
		png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	)
	mp3 := strings.Repeat("\xff\xfb\x90\x00"+strings.Repeat("\x00", 413), 6) // frames of 128 kbit/s
	good := []struct{ said, content string }{
		{"image/jpeg", string(photo(100))}, {"image/png", png}, {"application/pdf", pdf}, {"video/mp4", mp4}, {"audio/wav", wav}, {"audio/mpeg", mp3},
		{docx, string(office(t, "word"))}, {xlsx, string(office(t, "xl"))},
		{"text/plain", "他说桌腿断了, 要求换货"}, {"text/plain", "date,what\n2026-03-02,leg broken\n"},
	}
	for i, g := range good {
		for j, other := range good {
			want := g.said == other.said
			if err := checkMediaType(g.said, []byte(other.content)); (err == nil) != want {
				t.Errorf("content %d as %s (%d): %v", j, g.said, i, err)
			}
		}
	}
	for _, bad := range []string{"<!DOCTYPE html><html></html>", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "#!/bin/sh\nrm -rf /\n", "MZ\x90\x00", "PK\x03\x04", "\x7fELF"} {
		for _, said := range []string{"text/plain", "image/jpeg", docx} {
			wantReason(t, checkMediaType(said, []byte(bad)), "EVIDENCE_TYPE_REFUSED", "media_type")
		}
	}
}
