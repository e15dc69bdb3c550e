package editions

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Person calls intake as somebody.
type Person struct {
	api     intakev1.ProcedureServiceClient
	options []grpc.CallOption
}

// As returns who holds a connection, or whose token is among the options.
func As(intake grpc.ClientConnInterface, options ...grpc.CallOption) Person {
	return Person{intakev1.NewProcedureServiceClient(intake), options}
}

// Publish publishes an edition and makes it the one that new complaints begin on, for programs that set up an installation. Author and
// approver are two people, as nobody approves what they published themselves. An edition that is active already stays as it is.
func Publish(ctx context.Context, author, approver Person, p *procedurev1.Procedure) (*intakev1.PublishedEdition, error) {
	const reason = "set up by a program"
	published, err := author.api.PublishProcedure(ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: p}, author.options...)
	if err != nil {
		return nil, fmt.Errorf("publish %s %s: %w", p.GetCode(), p.GetEdition(), err)
	}
	edition := published.GetEdition()
	if edition.GetActive() {
		return edition, nil
	}
	digest := edition.GetEdition().GetDigest()
	if edition.GetState() != intakev1.EditionState_EDITION_STATE_ACTIVATION_REQUESTED {
		ask := &intakev1.RequestActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: reason}
		_, err := author.api.RequestActivation(ctx, ask, author.options...)
		if err != nil {
			return nil, fmt.Errorf("request activation of %s %s: %w", p.GetCode(), p.GetEdition(), err)
		}
	}
	grant := &intakev1.ApproveActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: reason}
	approved, err := approver.api.ApproveActivation(ctx, grant, approver.options...)
	if err != nil {
		return nil, fmt.Errorf("approve activation of %s %s: %w", p.GetCode(), p.GetEdition(), err)
	}
	return approved.GetEdition(), nil
}
