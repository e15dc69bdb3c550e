package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// LocalIssuer is the issuer of tokens that an installation makes for itself, on one machine.
const LocalIssuer = "https://localhost/redress"

// Issuer makes bearer tokens for an installation without an identity provider. Whoever can read its key can be anybody: it
// serves one machine, on loopback.
type Issuer struct{ key *ecdsa.PrivateKey }

// OpenIssuer returns the issuer whose key is kept in dir, making the key at first: issuer.key (mode 0600) and issuer.pub.
func OpenIssuer(dir string) (*Issuer, error) {
	file := filepath.Join(dir, "issuer.key")
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return newIssuer(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("issuer's key: %s holds no PEM block; delete it to have a new one made", file)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("issuer's key %s: %w", file, err)
	}
	return &Issuer{key}, nil
}

func newIssuer(dir string) (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make issuer's key: %w", err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make issuer's key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("make issuer's key: %w", err)
	}
	write := func(name, kind string, der []byte, mode os.FileMode) error {
		return os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
	}
	if err := write("issuer.pub", "PUBLIC KEY", public, 0o644); err != nil {
		return nil, fmt.Errorf("keep issuer's key: %w", err)
	}
	if err := write("issuer.key", "EC PRIVATE KEY", private, 0o600); err != nil {
		return nil, fmt.Errorf("keep issuer's key: %w", err)
	}
	return &Issuer{key}, nil
}

// Config returns what a service needs to take this issuer's tokens; dir is the folder given to OpenIssuer.
func (i *Issuer) Config(dir string) Config {
	return Config{Issuer: LocalIssuer, Audience: "redress", KeyFile: filepath.Join(dir, "issuer.pub")}
}

// Token returns a signed token for p, good from now for life.
func (i *Issuer) Token(p Principal, now time.Time, life time.Duration) (string, error) {
	roles := make([]string, len(p.Roles))
	for n, r := range p.Roles {
		roles[n] = roleName(r)
	}
	return jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": LocalIssuer, "aud": "redress", "sub": p.Subject, "tenant": p.Tenant, "roles": roles,
		"iat": now.Unix(), "exp": now.Add(life).Unix(),
	}).SignedString(i.key)
}
