// Package vault encrypts personal data: one data key for each person, wrapped by a key-encryption key from a file.
//
// Erasing a person is deleting one wrapped key. A new key-encryption key is added to the file's keyset as its primary (Tink's key
// ids tell the versions apart): what was wrapped before stays readable.
package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys seal and unseal. They are safe for concurrent use.
type Keys struct {
	wrap  tink.AEAD
	index *prf.Set
}

// keyFile is the form of the file: two Tink keysets in JSON. Whoever can read it can read all personal data: it is a secret.
type keyFile struct {
	// Wrap holds the key-encryption keys, AES-256-GCM.
	Wrap json.RawMessage `json:"wrap"`
	// Index holds the key of the blind index, HMAC-SHA-256. Another primary key would find nothing that was indexed before.
	Index json.RawMessage `json:"index"`
}

// Open reads the keys from file. Its error says which file it wanted and what to do.
func Open(file string) (*Keys, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("vault keys: there is no file %s; mount the secret that holds it (a new one would make everything sealed so far unreadable): %w", file, err)
	}
	if err != nil {
		return nil, fmt.Errorf("vault keys: cannot read %s: %w", file, err)
	}
	k, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("vault keys: %s is not a key file of intake's: %w", file, err)
	}
	return k, nil
}

func parse(data []byte) (*Keys, error) {
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	wrap, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Wrap)))
	if err != nil {
		return nil, fmt.Errorf("keyset wrap: %w", err)
	}
	index, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Index)))
	if err != nil {
		return nil, fmt.Errorf("keyset index: %w", err)
	}
	var k Keys
	if k.wrap, err = aead.New(wrap); err != nil {
		return nil, fmt.Errorf("keyset wrap: %w", err)
	}
	if k.index, err = prf.NewPRFSet(index); err != nil {
		return nil, fmt.Errorf("keyset index: %w", err)
	}
	return &k, nil
}

// Create writes new keys to file, readable by its owner alone (mode 0600). It fails when the file exists: keys are never replaced.
func Create(file string) error {
	wrap, err := newKeyset(keyset.NewHandle(aead.AES256GCMKeyTemplate()))
	if err != nil {
		return err
	}
	index, err := newKeyset(keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate()))
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(keyFile{wrap, index}, "", "  ")
	if err != nil {
		return fmt.Errorf("make vault keys: %w", err)
	}
	return writeNew(file, data)
}

func newKeyset(h *keyset.Handle, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, fmt.Errorf("make vault keys: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, fmt.Errorf("make vault keys: %w", err)
	}
	return b.Bytes(), nil
}

// writeNew writes a file that does not exist whole or not at all: it is written beside its place and linked in.
func writeNew(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".vault-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep vault keys: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // the name under which it was written; the link stays
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("keep vault keys: %w", err)
	}
	if err := os.Link(tmp.Name(), file); err != nil { // unlike a rename, it never replaces a file
		return fmt.Errorf("keep vault keys: %w", err)
	}
	return nil
}
