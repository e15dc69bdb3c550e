package domain

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
)

const (
	// PartBytes is how much of a file is sealed and kept at a time: an upload that breaks off loses less than this.
	PartBytes = 512 << 10
	// UploadLife is how long an upload may take; one that is not finished by then is dropped.
	UploadLife = 24 * time.Hour
)

// EvidenceState is where a file stands. Its numbers are those kept in the database.
type EvidenceState int16

// The states.
const (
	Uploading EvidenceState = iota + 1 // on its way; no evidence yet
	Attached                           // kept with the complaint
	Removed                            // its content was destroyed
)

// Evidence is a file that is kept with a complaint, or on its way there, without its name and content.
type Evidence struct {
	Tenant string
	// ID is a UUIDv7, also of the upload.
	ID          string
	ComplaintID string
	Kind        string
	MediaType   string
	SizeBytes   int64
	// SHA256 is 32 bytes.
	SHA256 []byte
	State  EvidenceState
	// Offset is how many bytes are kept: whole parts, until the last one.
	Offset int64
	// Uploader is the actor who brings it in.
	Uploader string
	// OccurTime is when it was handed over; AttachTime and RemoveTime are zero until then.
	OccurTime  time.Time
	StartTime  time.Time
	AttachTime time.Time
	RemoveTime time.Time
}

// EvidenceRules are what an installation takes.
type EvidenceRules struct {
	MaxFileBytes int64
	// MaxFiles and MaxBytes are of one complaint, uploads under way among them.
	MaxFiles int
	MaxBytes int64
	// MediaTypes are lower case, without parameters.
	MediaTypes []string
}

// Held is what a complaint has already, without what was removed.
type Held struct {
	Files int
	Bytes int64
}

// StartUpload returns the upload of e to a complaint that holds what held says. It fails with EVIDENCE_TOO_LARGE,
// EVIDENCE_TYPE_REFUSED, TIME_INVALID and EVIDENCE_FULL.
func StartUpload(e Evidence, held Held, rules EvidenceRules, now time.Time) (Evidence, error) {
	if e.SizeBytes > rules.MaxFileBytes {
		return e, fault.New(fault.Invalid, "EVIDENCE_TOO_LARGE", "the file has %d bytes; at most %d are taken: send a smaller copy",
			e.SizeBytes, rules.MaxFileBytes).At("size_bytes").With("limit", itoa(rules.MaxFileBytes))
	}
	if !slices.Contains(rules.MediaTypes, e.MediaType) {
		return e, fault.New(fault.Invalid, "EVIDENCE_TYPE_REFUSED", "files of type %s are not taken; those that are: %s",
			e.MediaType, strings.Join(rules.MediaTypes, ", ")).At("media_type").With("media_type", e.MediaType)
	}
	if err := happened("occur_time", e.OccurTime, now); err != nil {
		return e, err
	}
	if held.Files+1 > rules.MaxFiles || held.Bytes+e.SizeBytes > rules.MaxBytes {
		return e, fault.New(fault.Precondition, "EVIDENCE_FULL",
			"the complaint holds %d files of %d bytes in all, uploads under way among them; with this one it would be more than %d files "+
				"or %d bytes: remove or cancel what is not needed",
			held.Files, held.Bytes, rules.MaxFiles, rules.MaxBytes).
			With("limit_files", itoa(int64(rules.MaxFiles))).With("limit_bytes", itoa(rules.MaxBytes))
	}
	e.State, e.StartTime = Uploading, now
	return e, nil
}

// ExpireTime is when an upload is dropped.
func (e Evidence) ExpireTime() time.Time { return e.StartTime.Add(UploadLife) }

// OnItsWay fails unless actor may go on with e at now: with UPLOAD_FINISHED for one that is evidence already, and with UPLOAD_NOT_FOUND
// for one of somebody else, or one that took too long, whether or not it was dropped by now.
func (e Evidence) OnItsWay(actor string, now time.Time) error {
	switch {
	case e.Uploader != actor:
		return UploadNotFound(e.ID)
	case e.State != Uploading:
		return fault.New(fault.Precondition, "UPLOAD_FINISHED", "the upload is evidence already; to bring another file, start another upload").
			With("evidence_id", e.ID)
	case !now.Before(e.ExpireTime()):
		return UploadNotFound(e.ID)
	}
	return nil
}

// Follows fails with OFFSET_INVALID unless n bytes at offset are the next ones after the first have bytes of e.
func (e Evidence) Follows(have, offset int64, n int) error {
	switch {
	case offset != have:
		return fault.New(fault.OutOfRange, "OFFSET_INVALID", "the bytes begin at offset %d; those from offset %d on are wanted", offset, have).
			At("offset_bytes").With("expected", itoa(have))
	case offset+int64(n) > e.SizeBytes:
		return fault.New(fault.OutOfRange, "OFFSET_INVALID", "the bytes go past the %d that were announced: start another upload with the file's real size",
			e.SizeBytes).At("offset_bytes").With("expected", itoa(have))
	}
	return nil
}

// Take returns e after a part was kept that begins at offset and has n bytes: a whole part, or the last one. Of two streams that send
// the same part the first one counts; the other fails with OFFSET_INVALID.
func (e Evidence) Take(offset int64, n int) (Evidence, error) {
	if err := e.Follows(e.Offset, offset, n); err != nil {
		return e, err
	}
	e.Offset += int64(n)
	return e, nil
}

// Whole fails with UPLOAD_INCOMPLETE unless every byte of e is kept.
func (e Evidence) Whole() error {
	if e.Offset == e.SizeBytes {
		return nil
	}
	return fault.New(fault.Precondition, "UPLOAD_INCOMPLETE", "%d of %d bytes are here; send those from offset %d on", e.Offset, e.SizeBytes, e.Offset).
		With("offset", itoa(e.Offset)).With("size", itoa(e.SizeBytes))
}

// Parts returns how many parts e has when it is whole.
func (e Evidence) Parts() int { return int((e.SizeBytes + PartBytes - 1) / PartBytes) }

// Attach returns complaint and evidence after every byte was found to be what was announced, and the event that says so.
func Attach(c Complaint, e Evidence, now time.Time) (Complaint, Evidence, Event) {
	e.State, e.AttachTime = Attached, now
	return c.changed().published(), e, EvidenceAttached{e}
}

// CheckSight fails with EVIDENCE_NOT_FOUND for what is no evidence yet, with EVIDENCE_REMOVED for what is none any more, and with
// OFFSET_INVALID for an offset past its end.
func (e Evidence) CheckSight(offset int64) error {
	switch {
	case e.State == Uploading:
		return EvidenceNotFound(e.ID)
	case e.State == Removed:
		when := e.RemoveTime.UTC().Format(time.RFC3339)
		return fault.New(fault.Precondition, "EVIDENCE_REMOVED", "its content was destroyed at %s; ListCustody tells by whom and why", when).
			With("remove_time", when)
	case offset > e.SizeBytes:
		return fault.New(fault.OutOfRange, "OFFSET_INVALID", "the file has %d bytes; there are none from offset %d on", e.SizeBytes, offset).
			At("offset_bytes").With("expected", itoa(e.SizeBytes))
	}
	return nil
}

// Remove returns complaint and evidence after its content was destroyed, and the event that says so. It fails with EVIDENCE_NOT_FOUND,
// EVIDENCE_REMOVED and, for a reason that says nothing, FIELD_INVALID.
func Remove(c Complaint, e Evidence, reason string, now time.Time) (Complaint, Evidence, Event, error) {
	if blank(reason) || !printable(reason) {
		return c, e, nil, notText("reason")
	}
	if err := e.CheckSight(0); err != nil {
		return c, e, nil, err
	}
	e.State, e.RemoveTime = Removed, now
	return c.changed().published(), e, EvidenceRemoved{e}, nil
}

// Digest returns the SHA-256 of the content in lower-case hex.
func (e Evidence) Digest() string { return hex.EncodeToString(e.SHA256) }

// UploadNotFound is the fault of an upload that the caller does not have.
func UploadNotFound(id string) error {
	return fault.New(fault.NotFound, "UPLOAD_NOT_FOUND", "you have no upload %q; one that is not finished within %v is dropped: start another",
		id, UploadLife).With("upload_id", id)
}

// EvidenceNotFound is the fault of evidence that is not there.
func EvidenceNotFound(id string) error {
	return fault.New(fault.NotFound, "EVIDENCE_NOT_FOUND", "there is no evidence %q", id).With("evidence_id", id)
}
