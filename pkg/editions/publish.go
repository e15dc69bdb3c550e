package editions

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Publish publishes an edition and makes it the one that new complaints begin on, for programs that set up an installation: author
// and approver are connections to intake with the tokens of two people, as nobody approves what they published themselves. An edition
// that is active already stays as it is.
func Publish(ctx context.Context, author, approver grpc.ClientConnInterface, p *procedurev1.Procedure) (*intakev1.PublishedEdition, error) {
	const reason = "set up by a program"
	publishes, approves := intakev1.NewProcedureServiceClient(author), intakev1.NewProcedureServiceClient(approver)
	published, err := publishes.PublishProcedure(ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: p})
	if err != nil {
		return nil, fmt.Errorf("publish %s %s: %w", p.GetCode(), p.GetEdition(), err)
	}
	edition := published.GetEdition()
	if edition.GetActive() {
		return edition, nil
	}
	digest := edition.GetEdition().GetDigest()
	if edition.GetState() != intakev1.EditionState_EDITION_STATE_ACTIVATION_REQUESTED {
		_, err := publishes.RequestActivation(ctx, &intakev1.RequestActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: reason})
		if err != nil {
			return nil, fmt.Errorf("request activation of %s %s: %w", p.GetCode(), p.GetEdition(), err)
		}
	}
	approved, err := approves.ApproveActivation(ctx, &intakev1.ApproveActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: reason})
	if err != nil {
		return nil, fmt.Errorf("approve activation of %s %s: %w", p.GetCode(), p.GetEdition(), err)
	}
	return approved.GetEdition(), nil
}
