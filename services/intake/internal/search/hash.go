package search

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// Key hashes words; it belongs to one tenant, so that equal words of two tenants have nothing in common. It is safe for concurrent use.
type Key struct{ macs sync.Pool }

// NewKey returns the key that a secret makes.
func NewKey(secret []byte) *Key {
	return &Key{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
}

// Word returns the hash of a word.
func (k *Key) Word(w string) int64 { return k.hash("w", w) }

// Name returns the hash of a number or reference as a whole.
func (k *Key) Name(name string) int64 { return k.hash("n", squeezed(name)) }

// Code returns the hash of a code in a field.
func (k *Key) Code(field, code string) int64 { return k.hash("c", field, code) }

// Words returns the hashes of words.
func (k *Key) Words(words []string) []int64 {
	list := make([]int64, len(words))
	for i, w := range words {
		list[i] = k.Word(w)
	}
	return list
}

// hash returns 64 bits of HMAC-SHA-256, each part behind its length.
func (k *Key) hash(parts ...string) int64 {
	mac := k.macs.Get().(hash.Hash) //nolint:forcetypeassert // made by NewKey alone
	defer k.macs.Put(mac)
	mac.Reset()
	var b []byte
	for _, part := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	mac.Write(b)
	return int64(binary.BigEndian.Uint64(mac.Sum(b[:0])))
}
