// Package auth knows who calls and what they may do: bearer tokens are verified here, and every method's rule, which stands in
// its contract, is held against the caller's roles.
package auth

import (
	"context"
	"slices"
	"strings"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

// Principal is an authenticated caller.
type Principal struct {
	// Tenant whose data the caller works on; "default" where there is one.
	Tenant string
	// Subject names the caller, for example "li.wei" or "gateway-1".
	Subject string
	// Roles are what it may be.
	Roles []optionsv1.Role
}

// Actor returns how events name the caller: "person:li.wei", "system:gateway-1" or "service:routing".
func (p Principal) Actor() string {
	switch {
	case p.Has(optionsv1.Role_ROLE_SERVICE):
		return "service:" + p.Subject
	case p.Has(optionsv1.Role_ROLE_INTEGRATION):
		return "system:" + p.Subject
	}
	return "person:" + p.Subject
}

// Has reports whether p has the role.
func (p Principal) Has(r optionsv1.Role) bool { return slices.Contains(p.Roles, r) }

// Person tells whether it is somebody, not a system.
func (p Principal) Person() bool {
	return !p.Has(optionsv1.Role_ROLE_SERVICE) && !p.Has(optionsv1.Role_ROLE_INTEGRATION)
}

type key struct{}

// With returns ctx with its caller.
func With(ctx context.Context, p Principal) context.Context { return context.WithValue(ctx, key{}, p) }

// From returns the caller of ctx. Every RPC has one: the door lets nobody in without.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(key{}).(Principal)
	return p
}

// roleName returns a role as tokens spell it: "privacy_officer".
func roleName(r optionsv1.Role) string {
	return strings.ToLower(strings.TrimPrefix(r.String(), "ROLE_"))
}

// parseRole returns the role that a token names; unknown ones give ROLE_UNSPECIFIED, which no rule lists.
func parseRole(name string) optionsv1.Role {
	return optionsv1.Role(optionsv1.Role_value["ROLE_"+strings.ToUpper(name)])
}
