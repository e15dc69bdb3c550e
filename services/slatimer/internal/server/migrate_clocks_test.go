package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestMigrateClocks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	longer := proto.CloneOf(f.pack)
	longer.Edition = "2"
	for _, k := range longer.GetClocks() {
		if k.GetKey() == "long" {
			k.Limit = &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 24}}
		}
	}
	foreign := proto.CloneOf(longer)
	foreign.Code = "other"
	f.publish(longer, foreign)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	f.clock.Set(at("2026-03-02 09:10"))
	ctx := auth.With(t.Context(), auth.Principal{Tenant: "default", Subject: "li"})
	req := &slatimerv1.MigrateClocksRequest{RequestId: uuid.NewString(), ComplaintId: c, Edition: procedure.Digest(longer), Reason: "corrected"}
	for range 2 {
		res, err := f.srv.MigrateClocks(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(res.GetClocks()); n != 2 {
			t.Errorf("%d clocks, want 2", n)
		}
	}
	replaced := slices.DeleteFunc(f.emitted(c), func(line string) bool { return !strings.Contains(line, "replaced") })
	if want := []string{"03-02 09:10 long replaced, due 03-03 09:00", "03-02 09:10 short replaced, due 03-02 10:00"}; !slices.Equal(replaced, want) {
		t.Errorf("replacements %q, want %q", replaced, want)
	}
	// What happens next is judged by the new edition.
	f.in.Deliver(completed(c, "w", "2026-03-03 08:00"))
	if state := f.clockOf(ctx, c, "long").GetState(); state != slatimerv1.ClockState_CLOCK_STATE_MET {
		t.Errorf("long is %v", state)
	}
	req = &slatimerv1.MigrateClocksRequest{RequestId: uuid.NewString(), ComplaintId: c, Edition: procedure.Digest(foreign), Reason: "x"}
	if _, err := f.srv.MigrateClocks(ctx, req); fault.ReasonOf(err) != "EDITION_FOREIGN" {
		t.Errorf("another procedure's edition: %v", err)
	}
	req = &slatimerv1.MigrateClocksRequest{RequestId: uuid.NewString(), ComplaintId: newID(), Edition: procedure.Digest(longer), Reason: "x"}
	if _, err := f.srv.MigrateClocks(ctx, req); fault.ReasonOf(err) != "COMPLAINT_NOT_FOUND" {
		t.Errorf("an unknown complaint: %v", err)
	}
}
