package server_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/events"
)

// A scorecard is entered and read from the publication of its procedure on; no complaint has to come first.
func TestAScorecardNeedsNoComplaint(t *testing.T) {
	t.Parallel()
	h := open(t)
	told := func(m proto.Message) events.Event {
		e := event(t, 1, 0, m)
		e.AggregateID = "figures"
		return e
	}
	older, newer := registered(h.older, 1, "web", "door").GetEdition(), registered(h.newer, 1, "web", "door").GetEdition()
	h.fold(t, []events.Event{
		duty(t, 1, -100, "agent", "li"), duty(t, 2, -100, "head", "qian"),
		told(&intakev1.ProcedurePublished{Edition: older}),
	}, 5)
	if got, want := h.points(t, "staff", "li"), "speed 0, truth 0, skill 0, notices 0, praise 0, total 100, complete false"; got != want {
		t.Errorf("a draft's card is %q, want %q", got, want)
	}
	if _, err := h.enter(t, "qian", "li", "skill", ""); err != nil {
		t.Fatal(err)
	}
	if got, want := h.points(t, "staff", "li"), "speed 0, truth 0, skill 2, notices 0, praise 0, total 98, complete false"; got != want {
		t.Errorf("with an entry it is %q, want %q", got, want)
	}
	// Another tenant has published nothing.
	_, err := h.GetScorecard(caller(t, "other"), &reportingv1.GetScorecardRequest{Procedure: "figures", Card: "staff", Subject: "li", Month: "2026-03"})
	if reasonOf(err) != "PROCEDURE_UNKNOWN" {
		t.Errorf("another tenant's card gives %v", err)
	}
	// What is active decides from its time on, though an older edition has the complaints.
	h.fold(t, []events.Event{
		event(t, 1, 0, registered(h.older, 1, "web", "door")),
		told(&intakev1.ProcedurePublished{Edition: newer}),
		told(&intakev1.ProcedureActivated{Edition: newer, ActivateTime: timestamppb.New(at(1))}),
	}, 5)
	rows := h.query(t, &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"rounds", "complaints"}}).GetRows()
	if len(rows) != 1 || rows[0].GetValues()[1].GetNumerator() != 1 {
		t.Errorf("with an active edition that no complaint has, the figures are %v", rows)
	}
}
