package routing_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/apptest"
	"redress.dev/services/routing"
)

var service = apptest.Service[routing.Config]{
	Name: routing.Name, Load: routing.LoadConfig, Run: routing.Run, Peers: []string{"intake", "slatimer", "followup"},
	Allowed: optionsv1.Role_ROLE_HANDLER, Denied: optionsv1.Role_ROLE_OPERATOR,
	Call: func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := routingv1.NewRoutingServiceClient(conn).ListWork(ctx, &routingv1.ListWorkRequest{})
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
