package events_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

func TestFeedReadsConsecutiveEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	intake := w.services["intake"]
	feed := intake.bus.Feed()
	intake.emitDrafts(draft("c", 1), draft("c", 2), draft("c", 3))
	part := int32(events.PartOf("c"))
	heads := func() *eventsv1.Head {
		res, err := feed.ListHeads(t.Context(), &eventsv1.ListHeadsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return res.GetHeads()[part]
	}
	if h := heads(); h.GetPendingCount() != 3 || h.GetSeq() != 0 {
		t.Errorf("head before the relay runs: %v", h)
	}
	intake.relay()
	await(t, func() bool { return heads().GetPublishedSeq() == 3 }, func() string { return "not published" })
	for _, tt := range []struct {
		from  int64
		limit int32
		want  []int64
	}{{1, 0, []int64{1, 2, 3}}, {2, 1, []int64{2}}, {4, 10, nil}} {
		res, err := feed.ReadEvents(t.Context(), &eventsv1.ReadEventsRequest{Part: part, FromSeq: tt.from, Limit: tt.limit})
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, e := range res.GetEvents() {
			got = append(got, e.GetSeq())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || res.GetHeadSeq() != 3 || res.GetIncarnation() != 1 {
			t.Errorf("from %d limit %d: head %d, incarnation %d, sequences (-want +got):\n%s", tt.from, tt.limit, res.GetHeadSeq(), res.GetIncarnation(), diff)
		}
	}
	_, err := feed.ReadEvents(t.Context(), &eventsv1.ReadEventsRequest{Part: part, FromSeq: 1, Incarnation: 2})
	if fault.ReasonOf(err) != "INCARNATION" {
		t.Errorf("another incarnation: %v, want the fault INCARNATION", err)
	}
	if _, err := feed.ReleaseParkedEvents(t.Context(), &eventsv1.ReleaseParkedEventsRequest{AggregateId: "c"}); fault.ReasonOf(err) != "NO_CONSUMER" {
		t.Errorf("release at a service that consumes nothing: %v", err)
	}
}

// A page must fit into an answer, however large the events are.
func TestFeedBoundsItsAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	big := draft("c", 1)
	big.Message = &intakev1.ContactRecorded{ContactId: strings.Repeat("x", events.MaxPayload-10)}
	for range 4 {
		ds := make([]events.Draft, 50)
		for i := range ds {
			ds[i] = big
		}
		intake.emitDrafts(ds...)
	}
	w.nats.Stop()
	intake.relay()
	routing.consume(record, "intake")
	routing.awaitApplied("intake", 200)
	res, err := intake.bus.Feed().ReadEvents(t.Context(), &eventsv1.ReadEventsRequest{Part: int32(events.PartOf("c")), FromSeq: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(res.GetEvents()); n == 0 || n >= 100 {
		t.Errorf("a page holds %d events of 24 KiB", n)
	}
}

func TestEmitRefusesWhatTheStreamCannotTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake")
	big := draft("c", 1)
	big.Message = &intakev1.ContactRecorded{ContactId: strings.Repeat("x", events.MaxPayload)}
	err := postgres.InTx(t.Context(), w.services["intake"].pool, func(tx pgx.Tx) error {
		return events.Emit(context.Background(), tx, time.Now(), big)
	})
	if err == nil {
		t.Error("a payload above the limit was emitted")
	}
}

func TestCursorsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing")
	intake, routing := w.services["intake"], w.services["routing"]
	intake.relay()
	routing.consume(record, "intake")
	intake.emitDrafts(draft("c", 1), draft("c", 2))
	routing.awaitApplied("intake", 2)
	res, err := routing.bus.Feed().ListCursors(t.Context(), &eventsv1.ListCursorsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(res.GetCursors()); n != events.Parts {
		t.Fatalf("%d cursors, want one a part", n)
	}
	if c := res.GetCursors()[events.PartOf("c")]; c.GetSeq() != 2 || c.GetProducer() != "intake" || c.GetIncarnation() != 1 {
		t.Errorf("cursor: %v", c)
	}
}
