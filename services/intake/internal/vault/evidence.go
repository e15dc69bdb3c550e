package vault

import (
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// EvidenceKey seals and opens one piece of evidence. It is safe for concurrent use.
//
// A file has a key of its own, kept sealed under its person's: to destroy the file is to forget that one key, whatever a store of
// content, or a backup of it, still holds; and to erase the person destroys all of theirs.
type EvidenceKey struct {
	aead  tink.AEAD
	place []string
}

// NewEvidenceKey returns the key of a new piece of the person's evidence, and what is kept of it: sealed under the person's key, and bound
// to tenant, complaint and evidence.
func (k SubjectKey) NewEvidenceKey(complaintID, evidenceID string) (EvidenceKey, []byte, error) {
	raw := make([]byte, dataKeyBytes)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program instead
	sealed, err := k.Seal(raw, complaintID, "evidence", evidenceID)
	if err != nil {
		return EvidenceKey{}, nil, fmt.Errorf("seal key of evidence %s: %w", evidenceID, err)
	}
	key, err := newEvidenceKey(raw, k.tenant, complaintID, evidenceID)
	return key, sealed, err
}

// OpenEvidenceKey returns the key that NewEvidenceKey sealed for the same complaint and evidence.
func (k SubjectKey) OpenEvidenceKey(complaintID, evidenceID string, sealed []byte) (EvidenceKey, error) {
	raw, err := k.Open(sealed, complaintID, "evidence", evidenceID)
	if err != nil {
		return EvidenceKey{}, fmt.Errorf("key of evidence %s: %w", evidenceID, err)
	}
	return newEvidenceKey(raw, k.tenant, complaintID, evidenceID)
}

func newEvidenceKey(raw []byte, place ...string) (EvidenceKey, error) {
	a, err := subtle.NewAESGCM(raw)
	return EvidenceKey{a, place}, err
}

// SealName encrypts the file name.
func (k EvidenceKey) SealName(name string) ([]byte, error) {
	return k.aead.Encrypt([]byte(name), k.bound("name"))
}

// OpenName returns what SealName was given.
func (k EvidenceKey) OpenName(sealed []byte) (string, error) {
	name, err := k.aead.Decrypt(sealed, k.bound("name"))
	if err != nil {
		return "", fmt.Errorf("unseal file name of %q: %w", k.place, err)
	}
	return string(name), nil
}

// SealPart encrypts one part of the content, counted from 0: it opens as that part only.
func (k EvidenceKey) SealPart(part int, plain []byte) ([]byte, error) {
	return k.aead.Encrypt(plain, k.bound("part", strconv.Itoa(part)))
}

// OpenPart returns what SealPart was given for the same part. It fails when a byte has changed.
func (k EvidenceKey) OpenPart(part int, sealed []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, k.bound("part", strconv.Itoa(part)))
	if err != nil {
		return nil, fmt.Errorf("unseal part %d of %q: %w", part, k.place, err)
	}
	return plain, nil
}

func (k EvidenceKey) bound(what ...string) []byte {
	return bind(append(append([]string{}, k.place...), what...)...)
}
