package vault

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"redress.dev/services/intake/internal/domain"
)

// dataKeyBytes makes AES-256.
const dataKeyBytes = 32

// SubjectKey seals and opens what belongs to one person. It is safe for concurrent use.
//
// Whatever is personal is sealed under it: to erase the person is to delete the one wrapped key. Who keeps something new under it
// holds the lock of its complaint, which erasing takes too: otherwise it could come after the key has gone.
type SubjectKey struct {
	aead   tink.AEAD
	tenant string
}

// NewSubject returns a new key for a person and what is kept of it; Reference and CreateTime are the caller's to set. The key opens
// for the same tenant and subject only: a row copied to another does not.
func (k *Keys) NewSubject(tenant, id string) (SubjectKey, domain.Subject, error) {
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	wrapped, err := k.wrap.Encrypt(key, bind(tenant, id))
	if err != nil {
		return SubjectKey{}, domain.Subject{}, fmt.Errorf("wrap data key: %w", err)
	}
	a, err := subtle.NewAESGCM(key)
	return SubjectKey{a, tenant}, domain.Subject{ID: id, WrappedKey: wrapped, KeyVersion: keyVersion(wrapped)}, err
}

// OpenSubject returns the key of a person. It fails for one who has been erased, and where the key-encryption key is not at hand.
func (k *Keys) OpenSubject(tenant string, s domain.Subject) (SubjectKey, error) {
	key, err := k.wrap.Decrypt(s.WrappedKey, bind(tenant, s.ID))
	if err != nil {
		return SubjectKey{}, fmt.Errorf("unwrap data key of subject %s, wrapped by key %d: %w", s.ID, s.KeyVersion, err)
	}
	a, err := subtle.NewAESGCM(key)
	return SubjectKey{a, tenant}, err
}

// keyVersion returns the id of the key-encryption key, which Tink writes in front of what it wraps.
func keyVersion(wrapped []byte) uint32 { return binary.BigEndian.Uint32(wrapped[1:5]) }

// Seal encrypts plain for one place, for example a complaint's id, or that and a contact's: it opens for the same place only.
func (k SubjectKey) Seal(plain []byte, place ...string) ([]byte, error) {
	return k.aead.Encrypt(plain, bind(append([]string{k.tenant}, place...)...))
}

// Open returns what Seal was given for the same place. It fails when a byte has changed.
func (k SubjectKey) Open(sealed []byte, place ...string) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, bind(append([]string{k.tenant}, place...)...))
	if err != nil {
		return nil, fmt.Errorf("unseal what belongs to %q: %w", place, err)
	}
	return plain, nil
}

// OpenPersonal returns the personal data of a complaint.
func (k SubjectKey) OpenPersonal(complaintID string, s domain.Sealed) (domain.Personal, error) {
	plain, err := k.Open(s.Ciphertext, complaintID)
	if err != nil {
		return domain.Personal{}, err
	}
	var p domain.Personal
	if err := json.Unmarshal(plain, &p); err != nil {
		return domain.Personal{}, fmt.Errorf("unseal personal data of %s: %w", complaintID, err)
	}
	return p, nil
}
