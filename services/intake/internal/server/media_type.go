package server

import (
	"slices"

	"github.com/gabriel-vasile/mimetype"

	"redress.dev/pkg/fault"
)

// plainTexts are what a detector takes plain text for when it sees its commas. Others, such as HTML, are something else.
var plainTexts = []string{"text/plain", "text/csv", "text/tab-separated-values"}

// checkMediaType fails with EVIDENCE_TYPE_REFUSED unless a file that begins with these bytes is of the type it is said to be.
func checkMediaType(said string, begin []byte) error {
	found := mimetype.Detect(begin)
	if found.Is(said) || said == "text/plain" && slices.ContainsFunc(plainTexts, found.Is) {
		return nil
	}
	return fault.New(fault.Invalid, "EVIDENCE_TYPE_REFUSED", "the content is not %s but %s; start another upload that says what it is", said, found).
		At("media_type").With("media_type", said).With("found", found.String())
}
