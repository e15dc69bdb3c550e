package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/server"
)

func TestTheServerSubscribesAndRegisters(t *testing.T) {
	t.Parallel()
	srv := server.New(server.Config{})
	want := map[string][]string{
		"intake": {"redress.intake.v1.ComplaintRegistered", "redress.intake.v1.ComplaintAmended", "redress.intake.v1.ComplaintWithdrawn", "redress.intake.v1.ComplaintLinked"},
		"followup": {"redress.followup.v1.VisitRecorded", "redress.followup.v1.ComplaintClosed", "redress.followup.v1.ComplaintReopened",
			"redress.followup.v1.ActionOpened", "redress.followup.v1.ActionClosed", "redress.followup.v1.ActionCancelled"},
		"slatimer": {"redress.slatimer.v1.ClockWarned", "redress.slatimer.v1.ClockBreached", "redress.slatimer.v1.ClockEscalated"},
	}
	if diff := cmp.Diff(want, srv.Subscription().Producers); diff != "" {
		t.Errorf("subscription (-want +got):\n%s", diff)
	}
	g := grpc.NewServer()
	srv.Register(g)
	rules, err := auth.RulesOf(g.GetServiceInfo())
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for method := range rules {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	const absences, directory = "/redress.routing.v1.AbsenceService/", "/redress.routing.v1.DirectoryService/"
	if diff := cmp.Diff([]string{
		absences + "CancelAbsence", absences + "ListAbsences", absences + "ListDeputies", absences + "RecordAbsence", absences + "SetDeputy",
		"/redress.routing.v1.ChargeService/ListCharges",
		directory + "AssignDuties", directory + "AssignDuty", directory + "BeginDutyRenewal", directory + "CompleteDutyRenewal", directory + "ConfirmDuty",
		directory + "DecideDutyChange", directory + "ExplainDuty", directory + "ListDuties", directory + "ListDutyChanges",
		directory + "ListDutyRenewals", directory + "RequestDutyChange",
		"/redress.routing.v1.MigrationService/MigrateComplaints",
		"/redress.routing.v1.RoutingService/CheckAssignment",
		"/redress.routing.v1.RoutingService/CompleteWork", "/redress.routing.v1.RoutingService/GetCase", "/redress.routing.v1.RoutingService/ListWork",
	}, methods); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}
