package gateway

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// The first byte of an item on the disk says how it is protected.
const (
	checked = 1 // a CRC-32C, then the item
	sealed  = 2 // a nonce, then AES-256-GCM's ciphertext
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// box protects items on the disk: with a key from readers, and always from being taken for what they are not. A sealed item is bound to
// its place in its session.
type box struct {
	aead cipher.AEAD // nil without a key
}

func newBox(secret []byte) (box, error) {
	if secret == nil {
		return box{}, nil
	}
	if len(secret) != 32 {
		return box{}, fmt.Errorf("the key has %d bytes; AES-256 wants 32", len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return box{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return box{aead}, err
}

// overhead is how many bytes protection adds to an item.
func (b box) overhead() int {
	if b.aead == nil {
		return 1 + crc32.Size
	}
	return 1 + b.aead.Overhead()
}

// place is what an item is bound to.
func place(session []byte, sequence int64) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(session), uint64(sequence))
}

func (b box) seal(session []byte, sequence int64, plain []byte) []byte {
	if b.aead == nil {
		return append(binary.BigEndian.AppendUint32([]byte{checked}, crc32.Checksum(plain, castagnoli)), plain...)
	}
	return b.aead.Seal([]byte{sealed}, nil, plain, place(session, sequence))
}

// open returns what seal was given. It fails with ErrDamaged.
func (b box) open(session []byte, sequence int64, data []byte) ([]byte, error) {
	switch {
	case len(data) >= 5 && data[0] == checked && crc32.Checksum(data[5:], castagnoli) == binary.BigEndian.Uint32(data[1:5]):
		return data[5:], nil
	case len(data) > 0 && data[0] == sealed && b.aead == nil:
		return nil, fmt.Errorf("%w: item %d is sealed, and no key was given", ErrDamaged, sequence)
	case len(data) > 0 && data[0] == sealed:
		if plain, err := b.aead.Open(nil, nil, data[1:], place(session, sequence)); err == nil {
			return plain, nil
		}
	}
	return nil, fmt.Errorf("%w: item %d", ErrDamaged, sequence)
}
