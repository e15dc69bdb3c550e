package search

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Key hashes words; it belongs to one tenant, so that equal words of two tenants have nothing in common.
type Key []byte

// Word returns the hash of a word.
func (k Key) Word(w string) int64 { return k.hash("w", w) }

// Name returns the hash of a number or reference as a whole.
func (k Key) Name(name string) int64 { return k.hash("n", squeezed(name)) }

// Code returns the hash of a code in a field.
func (k Key) Code(field, code string) int64 { return k.hash("c", field, code) }

// Words returns the hashes of words.
func (k Key) Words(words []string) []int64 {
	list := make([]int64, len(words))
	mac := hmac.New(sha256.New, k)
	for i, w := range words {
		list[i] = sum(mac, "w", w)
	}
	return list
}

// hash returns 64 bits of HMAC-SHA-256, each part behind its length.
func (k Key) hash(parts ...string) int64 { return sum(hmac.New(sha256.New, k), parts...) }

func sum(mac hash.Hash, parts ...string) int64 {
	mac.Reset()
	var b []byte
	for _, part := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	mac.Write(b)
	return int64(binary.BigEndian.Uint64(mac.Sum(b[:0])))
}
