package vault

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"redress.dev/services/intake/internal/domain"
)

const (
	// form is the version of what is sealed; it is part of what is authenticated.
	form = "1"
	// indexBytes is the length of a blind index: enough that two people never share one.
	indexBytes = 16
)

// SealPersonal encrypts the personal data of one complaint under its person's key, and works out what it is found by.
func (k *Keys) SealPersonal(key SubjectKey, complaintID string, p domain.Personal) (domain.Sealed, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return domain.Sealed{}, fmt.Errorf("seal: %w", err)
	}
	var s domain.Sealed
	if s.Ciphertext, err = key.Seal(plain, complaintID); err != nil {
		return domain.Sealed{}, err
	}
	if s.PhoneIndex, err = k.PhoneIndex(key.tenant, p.Phone); err != nil {
		return domain.Sealed{}, err
	}
	s.EmailIndex, err = k.EmailIndex(key.tenant, p.Email)
	return s, err
}

// PhoneIndex returns the blind index of a telephone number, however it is spelled; nil for what is none.
func (k *Keys) PhoneIndex(tenant, phone string) ([]byte, error) {
	return k.blind(tenant, "phone", phone, domain.CanonicalPhone)
}

// EmailIndex returns the blind index of an e-mail address; nil for what is none.
func (k *Keys) EmailIndex(tenant, email string) ([]byte, error) {
	return k.blind(tenant, "email", email, domain.CanonicalEmail)
}

// ReferenceIndex returns the blind index of the company's own reference for a person; nil for none.
func (k *Keys) ReferenceIndex(tenant, reference string) ([]byte, error) {
	return k.blind(tenant, "reference", reference, domain.CanonicalReference)
}

// SearchKey returns the key under which the words of a tenant's complaints are hashed. It is derived from the index key, and tells
// nothing of it nor of another tenant's.
func (k *Keys) SearchKey(tenant string) ([]byte, error) {
	key, err := k.index.ComputePrimaryPRF(bind(tenant, "search"), dataKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("search key: %w", err)
	}
	return key, nil
}

// blind returns the index under which a value is found. The tenant is part of it: the same person has another index elsewhere.
func (k *Keys) blind(tenant, kind, value string, canonical func(string) (string, bool)) ([]byte, error) {
	value, ok := canonical(value)
	if !ok {
		return nil, nil
	}
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
