package auth

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"redress.dev/pkg/fault"
)

// Config says whose tokens are taken. Either the issuer's published keys are used, or the public key of a file.
type Config struct {
	// Issuer of the tokens: the claim "iss", and without KeyFile the OIDC issuer's address.
	Issuer string `env:"OIDC_ISSUER,required"`
	// Audience that a token must name.
	Audience string `env:"OIDC_AUDIENCE" envDefault:"redress"`
	// KeyFile holds the issuer's public key, PEM; for issuers that are out of reach.
	KeyFile string `env:"OIDC_KEY_FILE"`
}

// Verifier verifies bearer tokens: signature (ES256, RS256 or EdDSA), issuer, audience and time.
type Verifier struct {
	cfg Config
	now func() time.Time

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier // made at the first token: the issuer may start after us
	seen     map[string]verified   // by token: a signature is worked out once, not at every call
}

// issuerPatience bounds one question to the issuer: all calls with tokens not seen before wait for the same answer.
const issuerPatience = 5 * time.Second

// maxSeen bounds how many verified tokens are remembered; then they are forgotten and verified anew.
const maxSeen = 4096

// verified is a token that has been verified.
type verified struct {
	principal Principal
	expiry    time.Time
}

// NewVerifier returns a verifier. It fails when the key file cannot be read.
//
// now is the machine's clock, never a rehearsal's: tokens live in real time.
func NewVerifier(cfg Config, now func() time.Time) (*Verifier, error) {
	v := &Verifier{cfg: cfg, now: now, seen: map[string]verified{}}
	if cfg.KeyFile == "" {
		return v, nil
	}
	key, err := readPublicKey(cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("key that tokens are verified with: %w", err)
	}
	v.verifier = oidc.NewVerifier(cfg.Issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key}}, v.oidcConfig())
	return v, nil
}

func (v *Verifier) oidcConfig() *oidc.Config {
	return &oidc.Config{ClientID: v.cfg.Audience, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256, oidc.EdDSA}, Now: v.now}
}

// discovered returns the verifier, asking the issuer for its keys at first.
func (v *Verifier) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.verifier == nil {
		// Of ctx the provider keeps the client alone; with it the issuer's keys are read later.
		p, err := oidc.NewProvider(oidc.ClientContext(ctx, &http.Client{Timeout: issuerPatience}), v.cfg.Issuer)
		if err != nil {
			return nil, err
		}
		v.verifier = p.Verifier(v.oidcConfig())
	}
	return v.verifier, nil
}

// Verify returns the principal of a token, or the fault TOKEN_INVALID.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	v.mu.Lock()
	known, ok := v.seen[token]
	v.mu.Unlock()
	if ok && v.now().Before(known.expiry) {
		return known.principal, nil
	}
	p, expiry, err := v.verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.seen) >= maxSeen {
		clear(v.seen)
	}
	v.seen[token] = verified{p, expiry}
	return p, nil
}

// verify checks a token's signature, issuer, audience and time.
func (v *Verifier) verify(ctx context.Context, token string) (Principal, time.Time, error) {
	verifier, err := v.discovered(ctx)
	if err != nil {
		return Principal{}, time.Time{}, fault.New(fault.Unavailable, "TOKEN_INVALID", "the token's issuer %s cannot be reached; try again", v.cfg.Issuer)
	}
	t, err := verifier.Verify(ctx, token)
	if err != nil {
		var expired *oidc.TokenExpiredError
		if errors.As(err, &expired) {
			return Principal{}, time.Time{}, fault.New(fault.Unknown, "TOKEN_INVALID", "the bearer token expired at %s; get a new one", expired.Expiry.UTC().Format(time.RFC3339))
		}
		return Principal{}, time.Time{}, fault.New(fault.Unknown, "TOKEN_INVALID", "the bearer token is not valid for issuer %s and audience %s", v.cfg.Issuer, v.cfg.Audience)
	}
	var claims struct {
		Tenant string   `json:"tenant"`
		Roles  []string `json:"roles"`
	}
	if err := t.Claims(&claims); err != nil {
		return Principal{}, time.Time{}, fault.New(fault.Unknown, "TOKEN_INVALID", "the token's claims tenant and roles are not a string and a list of strings")
	}
	p := Principal{Tenant: claims.Tenant, Subject: t.Subject}
	if p.Tenant == "" {
		p.Tenant = "default"
	}
	for _, r := range claims.Roles {
		p.Roles = append(p.Roles, parseRole(r))
	}
	return p, t.Expiry, nil
}

func readPublicKey(file string) (crypto.PublicKey, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", file)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}
