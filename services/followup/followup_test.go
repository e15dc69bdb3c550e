package followup_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/apptest"
	"redress.dev/services/followup"
)

var service = apptest.Service[followup.Config]{
	Name: followup.Name, Load: followup.LoadConfig, Run: followup.Run, Peers: []string{"intake", "routing"},
	Allowed: optionsv1.Role_ROLE_SUPERVISOR, Denied: optionsv1.Role_ROLE_OPERATOR,
	Call: func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := followupv1.NewFollowupServiceClient(conn).ListVisits(ctx, &followupv1.ListVisitsRequest{})
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
