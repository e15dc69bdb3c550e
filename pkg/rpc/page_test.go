package rpc_test

import (
	"testing"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

func TestPageTokens(t *testing.T) {
	type position struct {
		Time string
		ID   string
	}
	want := position{"2026-03-06T10:00:00Z", "x"}
	got, after, err := rpc.ParsePageToken[position](rpc.PageToken(want))
	if err != nil || !after || got != want {
		t.Errorf("a token came back as %+v, %v, %v", got, after, err)
	}
	if _, after, err := rpc.ParsePageToken[position](""); after || err != nil {
		t.Errorf("the empty token is not the first page: %v, %v", after, err)
	}
	for _, token := range []string{"%%%", "bm90IGpzb24"} {
		if _, _, err := rpc.ParsePageToken[position](token); fault.ReasonOf(err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("token %q gives %v", token, err)
		}
	}
}
