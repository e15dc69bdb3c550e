package rpc

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

// minDeadline is the least time that a call which writes must have left.
const minDeadline = 10 * time.Millisecond

// door is what every call passes on its way in and out.
type door struct {
	cfg   ServerConfig
	rules auth.Rules
}

func (d *door) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, err := d.admit(ctx, info.FullMethod)
	if err == nil && !d.rules.Open(info.FullMethod) {
		err = checkRequest(ctx, req)
	}
	var resp any
	if err == nil {
		resp, err = next(ctx, req)
	}
	return resp, d.leave(ctx, info.FullMethod, err)
}

// stream lets a stream in. Its frames are checked by its handler, which may answer for one without ending the stream.
func (d *door) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx, err := d.admit(ss.Context(), info.FullMethod)
	if err == nil {
		err = next(srv, admitted{ss, ctx})
	}
	return d.leave(ctx, info.FullMethod, err)
}

// admitted is a stream whose context knows its caller.
type admitted struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // grpc.ServerStream hands its context out by a method
}

func (a admitted) Context() context.Context { return a.ctx }

// admit verifies the caller's token and holds its roles against the method's rule.
func (d *door) admit(ctx context.Context, method string) (context.Context, error) {
	if d.rules.Open(method) {
		return ctx, nil
	}
	headers := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(headers) != 1 || !strings.HasPrefix(headers[0], "Bearer ") {
		return ctx, fault.New(fault.Unknown, "TOKEN_INVALID", `the call has no bearer token; send the metadata "authorization: Bearer <token>"`)
	}
	p, err := d.cfg.Verifier.Verify(ctx, strings.TrimPrefix(headers[0], "Bearer "))
	if err != nil {
		return ctx, err
	}
	if err := d.rules.Check(method, p); err != nil {
		return ctx, err
	}
	return auth.With(ctx, p), nil
}

// checkRequest holds a request against the contract. One that writes must have time left and no field unknown here: dropping
// what the caller meant would be half an answer.
func checkRequest(ctx context.Context, req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return nil
	}
	if _, writes := req.(interface{ GetRequestId() string }); writes {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) < minDeadline {
			return fault.New(fault.Invalid, "DEADLINE_REQUIRED", "a call that writes needs a deadline with at least %v left, so that both sides know when to give up", minDeadline)
		}
	}
	return Check(m)
}

// leave turns a handler's error into a status, and logs what callers are not shown.
func (d *door) leave(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	st := Status(err, d.cfg.Service)
	if isInternal(st) {
		d.cfg.Log.ErrorContext(ctx, "call failed", "method", method, "error", err)
	}
	return st.Err()
}
