package auth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

func TestTokensAreVerified(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := auth.OpenIssuer(dir) // the key is kept
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := auth.OpenIssuer(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 6, 10, 0, 0, 0, time.UTC)
	v, err := auth.NewVerifier(issuer.Config(dir), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	agent := auth.Principal{Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}}
	tests := []struct {
		name   string
		issuer *auth.Issuer
		made   time.Time
		says   string
	}{
		{"good", again, now, ""},
		{"expired", issuer, now.Add(-2 * time.Hour), "expired at 2026-03-06T09:00:00Z"},
		{"another issuer's", stranger, now, "not valid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, err := tt.issuer.Token(agent, tt.made, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			p, err := v.Verify(t.Context(), token)
			switch {
			case tt.says == "" && (err != nil || p.Subject != "li.wei" || p.Tenant != "default" || !p.Has(optionsv1.Role_ROLE_AGENT)):
				t.Errorf("Verify = %+v, %v", p, err)
			case tt.says != "" && (fault.ReasonOf(err) != "TOKEN_INVALID" || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("Verify = %v, want it to say %q", err, tt.says)
			}
		})
	}
	token, err := issuer.Token(agent, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "", "TOKEN_INVALID"} { // the second time it is remembered, the third time it has expired
		if want != "" {
			now = now.Add(2 * time.Hour)
		}
		if _, err := v.Verify(t.Context(), token); fault.ReasonOf(err) != want {
			t.Errorf("at %v the token gives %v, want %q", now, err, want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "issuer.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key's mode is %v (%v)", info.Mode(), err)
	}
}

func TestATokenFileIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, want := range []string{"one", "two"} {
		if err := os.WriteFile(file, []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		md, err := auth.Token{File: file}.GetRequestMetadata(t.Context())
		if err != nil || md["authorization"] != "Bearer "+want {
			t.Errorf("metadata = %v, %v", md, err)
		}
	}
}
