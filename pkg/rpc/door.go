package rpc

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

// minDeadline is the least time that a call which writes must have left.
const minDeadline = 10 * time.Millisecond

// door is what every call passes on its way in and out.
type door struct {
	cfg                         ServerConfig
	rules                       auth.Rules
	refused                     metric.Int64Counter
	calls, feeds, views, probes *room
}

func newDoor(cfg ServerConfig) *door {
	share := func(part rate.Limit) rate.Limit {
		if cfg.CallRate == 0 {
			return rate.Inf
		}
		return rate.Limit(cfg.CallRate) * part
	}
	return &door{
		cfg: cfg, refused: refusals(),
		calls:  newRoom("calls", maxCalls, maxCallsOfOne, share(1), share(peoplesShare)),
		feeds:  newRoom("sending streams", maxFeeds, maxFeedsOfOne, share(streamsShare), share(streamsShare)),
		views:  newRoom("receiving streams", maxViews, maxViewsOfOne, share(streamsShare), share(streamsShare)),
		probes: newRoom("probes", maxProbes, maxProbesOfOne, rate.Inf, rate.Inf),
	}
}

// registrar registers services so that each single call passes the door before its request is read: gRPC's interceptors come after that.
type registrar struct {
	grpc.ServiceRegistrar
	door *door
}

// RegisterService registers a service whose single calls pass the door.
func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	guarded := *desc
	guarded.Methods = slices.Clone(desc.Methods)
	for i, m := range guarded.Methods {
		method := "/" + desc.ServiceName + "/" + m.MethodName
		guarded.Methods[i].Handler = func(srv any, ctx context.Context, receive func(any) error, next grpc.UnaryServerInterceptor) (any, error) {
			ctx, leave, err := r.door.enter(ctx, method, r.door.calls)
			if err != nil {
				return nil, r.door.leave(ctx, method, err)
			}
			defer leave()
			return m.Handler(srv, ctx, func(req any) error { return r.door.leave(ctx, method, read(req, receive)) }, next)
		}
	}
	r.ServiceRegistrar.RegisterService(&guarded, impl)
}

// unary holds the request of a call that has been let in against the contract.
func (d *door) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	var err error
	if !d.rules.Open(info.FullMethod) {
		err = checkRequest(ctx, req)
	}
	var resp any
	if err == nil {
		resp, err = next(ctx, req)
	}
	return resp, d.leave(ctx, info.FullMethod, err)
}

// stream lets a stream in. Frames of a caller's stream are checked by its handler, which may answer for one without ending the stream. Calls of
// methods that nobody has come here as well.
func (d *door) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if _, ok := d.rules[info.FullMethod]; !ok {
		holdBack(ss.Context())
		return next(srv, ss)
	}
	room := d.views
	if info.IsClientStream {
		room = d.feeds
	}
	ctx, leave, err := d.enter(ss.Context(), info.FullMethod, room)
	if err == nil {
		defer leave()
		err = next(srv, admitted{ss, ctx, info.IsClientStream})
	}
	return d.leave(ctx, info.FullMethod, err)
}

// noMethod answers calls of methods that nobody has.
func noMethod(_ any, ss grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(ss)
	return status.Errorf(codes.Unimplemented, "there is no method %s here", method)
}

// admitted is a stream whose context knows its caller.
type admitted struct {
	grpc.ServerStream
	ctx  context.Context //nolint:containedctx // grpc.ServerStream hands its context out by a method
	feed bool            // the caller sends frames; otherwise one request
}

// Context returns the context that knows the caller.
func (a admitted) Context() context.Context { return a.ctx }

// RecvMsg receives a frame, or the one request, and holds that against the contract; what cannot be read is the sender's mistake.
func (a admitted) RecvMsg(m any) error {
	err := read(m, a.ServerStream.RecvMsg)
	if req, ok := m.(proto.Message); ok && err == nil && !a.feed {
		err = Check(req)
	}
	return err
}

// enter lets a call in: its caller is known, may call the method, and has a place in room, which leave gives back.
//
// Who is not let in is answered a little later, even when it has gone meanwhile: gRPC reads no more of a connection on which maxStreams
// calls are under way, so that whoever calls as fast as it can, over and over, is slowed down, and its neighbours are not.
func (d *door) enter(ctx context.Context, method string, room *room) (_ context.Context, leave func(), err error) {
	ctx, leave, err = d.admit(ctx, method, room)
	if err != nil {
		holdBack(ctx)
	}
	return ctx, leave, err
}

func (d *door) admit(ctx context.Context, method string, room *room) (_ context.Context, leave func(), err error) {
	if d.rules.Open(method) {
		_, leave, err = d.probes.enter(host(ctx), false)
		return ctx, leave, err
	}
	p, err := d.verify(ctx)
	if err != nil {
		return ctx, nil, err
	}
	if err := d.rules.Check(method, p); err != nil {
		return ctx, nil, err
	}
	caller := p.Tenant + "/" + p.Actor()
	if err := known(ctx, caller); err != nil {
		return ctx, nil, err
	}
	guest, leave, err := room.enter(caller, p.Person())
	return context.WithValue(auth.With(ctx, p), guestKey{}, guest), leave, err
}

// verify returns who the caller's token says it is.
func (d *door) verify(ctx context.Context) (auth.Principal, error) {
	headers := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(headers) != 1 || !strings.HasPrefix(headers[0], "Bearer ") {
		return auth.Principal{}, fault.New(fault.Unknown, "TOKEN_INVALID", `the call has no bearer token; send the metadata "authorization: Bearer <token>"`)
	}
	return d.cfg.Verifier.Verify(ctx, strings.TrimPrefix(headers[0], "Bearer "))
}

// host returns the address that a call comes from, without its port.
func host(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	at, _, _ := net.SplitHostPort(p.Addr.String()) // whoever has no port is one caller
	return at
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
	if ended := ctx.Err(); ended != nil && isInternal(st) {
		st = Status(ended, d.cfg.Service) // what fails once the caller has gone fails because it has gone
	}
	if reason := fault.ReasonOf(err); doorReasons[reason] {
		d.count(ctx, reason)
	}
	if st.Code() == codes.ResourceExhausted {
		pushBack(ctx, err)
	}
	if isInternal(st) {
		d.cfg.Log.ErrorContext(ctx, "call failed", "method", method, "error", err)
	}
	return st.Err()
}

// pushBack tells gRPC clients after how long to try again by themselves: where there was no place or too much begun. What else is exhausted,
// as a quota, is not tried again.
func pushBack(ctx context.Context, err error) {
	delay := "-1"
	var f *fault.Error
	if errors.As(err, &f) && (f.Reason == "CALLER_BUSY" || f.Reason == "SERVER_BUSY") {
		delay = strconv.FormatInt(f.RetryDelay.Milliseconds(), 10)
	}
	_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", delay)) // only advice: who does not get it decides for itself
}

// count counts what is refused here, by reason.
func (d *door) count(ctx context.Context, reason string) {
	d.refused.Add(ctx, 1, metric.WithAttributes(attribute.String("service", d.cfg.Service), attribute.String("reason", reason)))
}

func refusals() metric.Int64Counter {
	c, err := otel.Meter("redress.dev/pkg/rpc").Int64Counter("redress.rpc.refused", metric.WithUnit("{call}"),
		metric.WithDescription("Calls refused at the door, by reason; CONNECTION_SHED counts connections closed because there were too many, or too many refused calls on them"))
	if err != nil {
		otel.Handle(err) // the name is a constant: only a typing error gets here, and c still counts nothing harmlessly
	}
	return c
}
