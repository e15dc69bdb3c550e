package server_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/procedure"
)

// A complaint that routing has moved runs under the clocks of its new edition, also where they were moved alone before, and however its
// events come: twice, in other batches, in another order of producers.
func TestClocksFollowTheirComplaintToAnotherEdition(t *testing.T) {
	t.Parallel()
	for _, options := range [][]eventstest.Option{nil, {eventstest.Twice(), eventstest.Shuffled()}, {eventstest.BatchSize(1), eventstest.Twice()}} {
		f := newFixture(t, options...)
		longer := proto.CloneOf(f.pack)
		longer.Edition = "2"
		for _, k := range longer.GetClocks() {
			if k.GetKey() == "long" {
				k.Limit = &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 24}}
			}
		}
		// The edition has no clock "short" any more.
		longer.Clocks = slices.DeleteFunc(longer.GetClocks(), func(k *procedurev1.ClockPolicy) bool { return k.GetKey() == "short" })
		f.publish(longer)
		c := newID()
		moved := &routingv1.ComplaintMigrated{
			ToEdition: &typev1.Edition{Procedure: "limits", Edition: "2", Digest: procedure.Digest(longer)}, Reason: "corrected", Round: 1,
			Work: []*routingv1.MigratedWork{{WorkId: "w", Step: "act"}},
		}
		f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"),
			events.Draft{AggregateID: c, OccurTime: at("2026-03-02 09:10"), Actor: "person:li", Message: moved},
			completed(c, "w", "2026-03-03 08:00"))
		lines := slices.DeleteFunc(f.emitted(c), func(line string) bool { return strings.Contains(line, "started") || strings.Contains(line, "check") })
		want := []string{"03-02 09:10 long replaced, due 03-03 09:00", "03-02 09:10 short cancelled", "03-02 17:00 long warned 0", "03-03 08:00 long warned 1", "03-03 08:00 long met"}
		for _, line := range []string{want[0], want[1], want[4]} {
			if !slices.Contains(lines, line) {
				t.Errorf("events %q lack %q", lines, line)
			}
		}
		ctx := auth.With(t.Context(), auth.Principal{Tenant: "default", Subject: "li"})
		clock := f.clockOf(ctx, c, "long")
		if clock.GetState() != slatimerv1.ClockState_CLOCK_STATE_MET || clock.GetEdition() != procedure.Digest(longer) {
			t.Errorf("long is %v", clock)
		}
		// What starts later starts by the new edition: its "short" is no more.
		f.in.Deliver(opened(c, "w2", "2026-03-03 09:00"))
		if later := f.emitted(c); slices.ContainsFunc(later, func(line string) bool { return strings.HasPrefix(line, "03-03 09:00 short") }) {
			t.Errorf("a clock that the edition does not have has started: %q", later)
		}
		if parked := f.in.Parked(); len(parked) > 0 {
			t.Errorf("parked: %v", parked)
		}
	}
}
