package reporting_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/apptest"
	"redress.dev/services/reporting"
)

var service = apptest.Service[reporting.Config]{
	Name: reporting.Name, Load: reporting.LoadConfig, Run: reporting.Run, Peers: []string{"intake", "routing", "slatimer", "followup"},
	Allowed: optionsv1.Role_ROLE_SUPERVISOR, Denied: optionsv1.Role_ROLE_HANDLER,
	Call: func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := reportingv1.NewReportingServiceClient(conn).GetTotals(ctx, &reportingv1.GetTotalsRequest{})
		return err
	},
}

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	service.ServesUntilStopped(t)
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	service.RefusesBadConfiguration(t)
}
