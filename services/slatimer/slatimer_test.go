package slatimer_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/apptest"
	"redress.dev/services/slatimer"
)

var service = apptest.Service[slatimer.Config]{
	Name: slatimer.Name, Load: slatimer.LoadConfig, Run: slatimer.Run, Peers: []string{"intake", "routing", "followup"},
	Allowed: optionsv1.Role_ROLE_AGENT, Denied: optionsv1.Role_ROLE_SERVICE,
	Call: func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := slatimerv1.NewSlatimerServiceClient(conn).ListClocks(ctx, &slatimerv1.ListClocksRequest{})
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
