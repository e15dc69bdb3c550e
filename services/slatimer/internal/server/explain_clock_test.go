package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

// clockOf returns the complaint's clock of a policy.
func (f *fixture) clockOf(ctx context.Context, complaint, policy string) *slatimerv1.Clock {
	f.t.Helper()
	res, err := f.srv.ListClocks(ctx, &slatimerv1.ListClocksRequest{ComplaintId: complaint})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range res.GetClocks() {
		if c.GetPolicy() == policy {
			return c
		}
	}
	f.t.Fatalf("complaint %s has no clock %s", complaint, policy)
	return nil
}

func TestExplainClock(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"), completed(c, "w", "2026-03-02 10:05"))
	ctx := auth.With(t.Context(), auth.Principal{Tenant: "default"})
	clock := f.clockOf(ctx, c, "long") // met, thus not loaded for the fold any more
	res, err := f.srv.ExplainClock(ctx, &slatimerv1.ExplainClockRequest{ComplaintId: c, ClockId: clock.GetClockId()})
	if err != nil {
		t.Fatal(err)
	}
	e := res.GetExplanation()
	if e.GetProcedure() != "limits" || e.GetLimit().GetHours() != 8 || !e.GetVerified() || e.GetCountedDuration().AsDuration().Hours() != 8 ||
		len(e.GetIntervals()) != 1 || e.GetReceiptRule() != slatimerv1.ReceiptRule_RECEIPT_RULE_AT_ONCE || e.GetZone() != "Asia/Shanghai" {
		t.Errorf("explanation = %v", e)
	}
	if n := len(e.GetMoments()); n != 2 { // the third would come before the start
		t.Errorf("%d moments, want the 2 warnings that can come: %v", n, e.GetMoments())
	}
	if en := strings.Join(e.GetSentencesEn(), " "); !strings.Contains(en, "It was met on Mon 2026-03-02 10:05:00.") {
		t.Errorf("sentences: %s", en)
	}
	if len(e.GetSentencesZh()) != len(e.GetSentencesEn()) {
		t.Error("the languages say different things")
	}

	for name, req := range map[string]*slatimerv1.ExplainClockRequest{
		"another clock":     {ComplaintId: c, ClockId: uuid.NewString()},
		"another complaint": {ComplaintId: newID(), ClockId: clock.GetClockId()},
	} {
		if _, err := f.srv.ExplainClock(ctx, req); fault.ReasonOf(err) != "CLOCK_NOT_FOUND" {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign := auth.With(t.Context(), auth.Principal{Tenant: "other"})
	if _, err := f.srv.ExplainClock(foreign, &slatimerv1.ExplainClockRequest{ComplaintId: c, ClockId: clock.GetClockId()}); fault.ReasonOf(err) != "CLOCK_NOT_FOUND" {
		t.Errorf("another tenant: %v", err)
	}
}
