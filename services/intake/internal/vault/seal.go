package vault

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"redress.dev/services/intake/internal/domain"
)

const (
	// form is the version of what is sealed; it is part of what is authenticated.
	form = "1"
	// dataKeyBytes makes AES-256.
	dataKeyBytes = 32
	// indexBytes is the length of a blind index: enough that two people never share one.
	indexBytes = 16
)

// Seal encrypts the personal data of one complaint under a new data key. What comes out can be unsealed for the same tenant and
// complaint only: a row copied to another complaint does not open.
func (k *Keys) Seal(tenant, complaintID string, p domain.Personal) (domain.Sealed, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return domain.Sealed{}, fmt.Errorf("seal: %w", err)
	}
	// A key for each person: to erase one is to delete one row, and no key seals so much that two random nonces could meet.
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	bound := bind(tenant, complaintID)
	var s domain.Sealed
	if s.WrappedKey, err = k.wrap.Encrypt(key, bound); err != nil {
		return domain.Sealed{}, fmt.Errorf("wrap data key: %w", err)
	}
	if s.Ciphertext, err = encrypt(key, plain, bound); err != nil {
		return domain.Sealed{}, err
	}
	if phone, ok := domain.CanonicalPhone(p.Phone); ok {
		s.PhoneIndex, err = k.blind(tenant, "phone", phone)
	}
	if email, ok := domain.CanonicalEmail(p.Email); ok && err == nil {
		s.EmailIndex, err = k.blind(tenant, "email", email)
	}
	return s, err
}

// Unseal returns what Seal was given for the same tenant and complaint. It fails when a byte has changed.
func (k *Keys) Unseal(tenant, complaintID string, s domain.Sealed) (domain.Personal, error) {
	bound := bind(tenant, complaintID)
	plain, err := k.decrypt(s.WrappedKey, s.Ciphertext, bound, bound)
	if err != nil {
		return domain.Personal{}, fmt.Errorf("unseal personal data of %s: %w", complaintID, err)
	}
	var p domain.Personal
	if err := json.Unmarshal(plain, &p); err != nil {
		return domain.Personal{}, fmt.Errorf("unseal personal data of %s: %w", complaintID, err)
	}
	return p, nil
}

// SealNote encrypts what was said in a contact under the data key of its complaint, so that erasing that key erases it too.
func (k *Keys) SealNote(tenant, complaintID, contactID string, wrappedKey []byte, note string) ([]byte, error) {
	key, err := k.wrap.Decrypt(wrappedKey, bind(tenant, complaintID))
	if err != nil {
		return nil, fmt.Errorf("unwrap data key of %s: %w", complaintID, err)
	}
	return encrypt(key, []byte(note), bind(tenant, complaintID, contactID))
}

func (k *Keys) decrypt(wrappedKey, ciphertext, keyBound, textBound []byte) ([]byte, error) {
	key, err := k.wrap.Decrypt(wrappedKey, keyBound)
	if err != nil {
		return nil, fmt.Errorf("unwrap data key: %w", err)
	}
	c, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	return c.Decrypt(ciphertext, textBound)
}

func encrypt(key, plain, bound []byte) ([]byte, error) {
	c, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	return c.Encrypt(plain, bound)
}

// blind returns the index under which a value is found. The tenant is part of it: the same person has another index elsewhere.
func (k *Keys) blind(tenant, kind, value string) ([]byte, error) {
	index, err := k.index.ComputePrimaryPRF(bind(tenant, kind, value), indexBytes)
	if err != nil {
		return nil, fmt.Errorf("blind index: %w", err)
	}
	return index, nil
}

// bind joins what a ciphertext is bound to, each part after its length: no two lists of parts give the same bytes.
func bind(parts ...string) []byte {
	b := []byte(form)
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}
