package auth

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// Token is a bearer token that a client shows with every call. It implements credentials.PerRPCCredentials.
type Token struct {
	// Value is the token; or
	Value string
	// File holds it: read at every call, so that a renewed token is taken up.
	File string
}

// GetRequestMetadata returns the authorization header.
func (t Token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	value := t.Value
	if t.File != "" {
		data, err := os.ReadFile(t.File)
		if err != nil {
			return nil, fmt.Errorf("bearer token: %w", err)
		}
		value = strings.TrimSpace(string(data))
	}
	return map[string]string{"authorization": "Bearer " + value}, nil
}

// RequireTransportSecurity is false: on loopback, and inside a mesh that encrypts by itself, there is none to require.
func (Token) RequireTransportSecurity() bool { return false }
