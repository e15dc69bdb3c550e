package editions

import (
	"context"

	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// FromIntake fetches editions from intake, who owns them.
func FromIntake(intake grpc.ClientConnInterface) Fetch {
	procedures := intakev1.NewProcedureServiceClient(intake)
	return func(ctx context.Context, digest string) (*procedurev1.Procedure, error) {
		resp, err := procedures.GetProcedure(ctx, &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Digest{Digest: digest}})
		return resp.GetProcedure(), err
	}
}

// Standing asks where an edition of a tenant stands. Its errors are intake's statuses.
type Standing func(ctx context.Context, tenant, digest string) (*intakev1.PublishedEdition, error)

// StandingAtIntake asks intake.
func StandingAtIntake(intake grpc.ClientConnInterface) Standing {
	procedures := intakev1.NewProcedureServiceClient(intake)
	return func(ctx context.Context, tenant, digest string) (*intakev1.PublishedEdition, error) {
		resp, err := procedures.GetProcedure(ctx, &intakev1.GetProcedureRequest{
			Key: &intakev1.GetProcedureRequest_Digest{Digest: digest}, Tenant: tenant,
		})
		return resp.GetEdition(), err
	}
}
