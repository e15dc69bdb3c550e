package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

// neighbourPatience bounds one question to a neighbour: somebody waits for the answer.
const neighbourPatience = 5 * time.Second

// AskRouting returns a function that asks routing whether a person may act on open work of a complaint. It is asked when somebody wants to
// see personal data, and nothing of it is kept here: open work moves with its post, whose holder changes and is stood in for, so that
// only routing knows; and its events are several times as many as intake needs.
func AskRouting(routing grpc.ClientConnInterface) func(ctx context.Context, tenant, complaintID, person string) (bool, error) {
	api := routingv1.NewRoutingServiceClient(routing)
	return func(ctx context.Context, tenant, complaintID, person string) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, neighbourPatience)
		defer cancel()
		resp, err := api.CheckAssignment(ctx, &routingv1.CheckAssignmentRequest{Tenant: tenant, ComplaintId: complaintID, Person: person})
		return resp.GetAssigned(), err
	}
}

// AskFollowup returns a function that asks followup whether a return visit to a complainant is due.
func AskFollowup(followup grpc.ClientConnInterface) func(ctx context.Context, tenant, complaintID string) (bool, error) {
	api := followupv1.NewFollowupServiceClient(followup)
	return func(ctx context.Context, tenant, complaintID string) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, neighbourPatience)
		defer cancel()
		resp, err := api.ListVisits(ctx, &followupv1.ListVisitsRequest{Tenant: tenant, ComplaintId: complaintID, PageSize: 1})
		return len(resp.GetVisits()) > 0, err
	}
}
