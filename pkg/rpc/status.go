package rpc

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"redress.dev/pkg/fault"
)

// kindCodes maps kinds of faults to gRPC codes.
var kindCodes = map[fault.Kind]codes.Code{
	fault.Invalid: codes.InvalidArgument, fault.Precondition: codes.FailedPrecondition, fault.NotFound: codes.NotFound,
	fault.Exists: codes.AlreadyExists, fault.Conflict: codes.Aborted, fault.OutOfRange: codes.OutOfRange,
	fault.Denied: codes.PermissionDenied, fault.Unknown: codes.Unauthenticated, fault.Exhausted: codes.ResourceExhausted,
	fault.Unavailable: codes.Unavailable,
}

// doorReasons are the reasons of redress.type.v1.ErrorReason, which every service answers alike: their domain is "redress".
var doorReasons = map[string]bool{
	"REQUEST_INVALID": true, "FIELD_NUMBER_UNKNOWN": true, "TOKEN_INVALID": true, "ROLE_REQUIRED": true, "DEADLINE_REQUIRED": true, "INTERNAL": true,
	"CALLER_BUSY": true, "SERVER_BUSY": true,
	"INCARNATION": true, "NO_CONSUMER": true, "PART_BUSY": true,
}

// Status returns err as a caller of service sees it: a fault with its ErrorInfo and field violations, the end of the caller's
// own context as such, and everything else as INTERNAL without its details.
func Status(err error, service string) *status.Status {
	var f *fault.Error
	if errors.As(err, &f) {
		return faultStatus(f, service)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "the call's deadline passed; whether it took effect is unknown: retry with the same request_id")
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the caller went away")
	}
	if st, ok := status.FromError(err); ok && st.Code() != codes.Unknown {
		return st // a neighbour's answer, or gRPC's own
	}
	return withDetails(status.New(codes.Internal, "something failed inside; the service's log has it under this call's trace"),
		&errdetails.ErrorInfo{Reason: "INTERNAL", Domain: "redress"})
}

func faultStatus(f *fault.Error, service string) *status.Status {
	domain := service + ".redress"
	if doorReasons[f.Reason] {
		domain = "redress"
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: f.Reason, Domain: domain, Metadata: f.Meta}}
	violations := f.Violations
	if field := f.Meta["field"]; field != "" && len(violations) == 0 {
		violations = []fault.Violation{{Field: field, Detail: f.Detail}}
	}
	if len(violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range violations {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Detail, Reason: f.Reason})
		}
		details = append(details, bad)
	}
	if f.RetryDelay > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(f.RetryDelay)})
	}
	return withDetails(status.New(kindCodes[f.Kind], f.Detail), details...)
}

func withDetails(st *status.Status, details ...protoadapt.MessageV1) *status.Status {
	if with, err := st.WithDetails(details...); err == nil {
		return with
	}
	return st
}

func isInternal(st *status.Status) bool {
	return st.Code() == codes.Internal || st.Code() == codes.Unknown
}
