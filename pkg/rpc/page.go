package rpc

import (
	"encoding/base64"
	"encoding/json"

	"redress.dev/pkg/fault"
)

// DefaultPageSize is how many rows a page has when the caller does not say.
const DefaultPageSize = 50

// PageSize returns the size asked for, or the default.
func PageSize(asked int32) int {
	if asked == 0 {
		return DefaultPageSize
	}
	return int(asked)
}

// PageToken returns the token of the page that begins after position: the key values of the last row shown.
func PageToken[P any](position P) string {
	data, err := json.Marshal(position)
	if err != nil {
		panic(err) // positions are structs of strings, numbers and times
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// ParsePageToken returns the position that a token holds, and false for the empty token of a first page. A token that is none
// is the fault PAGE_TOKEN_INVALID.
func ParsePageToken[P any](token string) (position P, after bool, err error) {
	if token == "" {
		return position, false, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(data, &position)
	}
	if err != nil {
		return position, false, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of this service's; leave it empty for the first page").At("page_token")
	}
	return position, true, nil
}
