package domain

import "time"

// CustodyAct is what is done with evidence, in the order of the contract's CustodyAct.
type CustodyAct int16

// The acts.
const (
	CustodyUploaded CustodyAct = iota + 1
	CustodyOpened
	CustodyDownloaded
	CustodyRemoved
)

// Custody is something that somebody did with a piece of evidence.
type Custody struct {
	// ID is a UUIDv7, in the order of the acts.
	ID          string
	ComplaintID string
	EvidenceID  string
	Act         CustodyAct
	Actor       string
	Time        time.Time
	// SHA256 is that of the content, 32 bytes.
	SHA256 []byte
	// Reason is the purpose of a look or why it was removed.
	Reason string
	// Offset is the byte from which on it was sent.
	Offset int64
}
