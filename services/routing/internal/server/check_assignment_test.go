package server_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

func TestWhoIsAssigned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "desk", "xu.jing", received.Add(-time.Hour))
	id := b.begin()
	check := func(tenant, complaint, person string) bool {
		t.Helper()
		resp, err := b.CheckAssignment(supervisor, &routingv1.CheckAssignmentRequest{Tenant: tenant, ComplaintId: complaint, Person: person})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetAssigned()
	}
	if !check("default", id, "xu.jing") {
		t.Error("who sits in the post of open work is not assigned")
	}
	for name, assigned := range map[string]bool{
		"a stranger":        check("default", id, "li.wei"),
		"another tenant":    check("other", id, "xu.jing"),
		"no such complaint": check("default", uuid.NewString(), "xu.jing"),
	} {
		if assigned {
			t.Errorf("%s: assigned", name)
		}
	}
	assign(b, "desk", "li.wei", received)
	if !check("default", id, "li.wei") || !check("default", id, "xu.jing") {
		t.Error("open work moves with its post, and stays with who sat there when it opened")
	}
	b.complete(supervisor, b.plan(id))
	if check("default", id, "xu.jing") {
		t.Error("the right did not end with the work")
	}
}
