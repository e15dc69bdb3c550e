// Package rpc is the door of every service: it serves gRPC, lets in who may come in, holds requests against the contract, and
// turns errors into what a caller can act on.
//
// Hostile callers are refused before they cost much. What is counted is refused beyond its limit with RESOURCE_EXHAUSTED, a
// reason (CALLER_BUSY for one caller, SERVER_BUSY for the replica) and a RetryInfo; before anything is read of the call:
//
//	                       one caller  begun in a second                       replica
//	calls at once                  64  200 by a system (CALL_RATE), 20 by a person     256
//	streams that send               8  5 (a fortieth)                                  256
//	streams that receive           64  5 (a fortieth)                                  256
//	connections                    64                                                1,024, of which the oldest without a caller makes room
//	probes (by address)            32                                                  256
//
// After a pause as many may begin at once as in a second, or as there are places. Who is refused is told after how long to try again, and
// gRPC clients do so by themselves (grpc-retry-pushback-ms). What is spent on a stream's refused items (Charge) is a tenth of a processor for
// each caller; then the stream is read more slowly.
//
// Other bounds: a request or frame 256 KiB, compressed or not (RESOURCE_EXHAUSTED, without a reason); headers 16 KiB; messages in each
// other 64; 128 calls on one connection; 256 KiB of one stream and 5 s for a connection's first words; 15 minutes for one on which nothing
// runs, 30 for any; 64 KiB a second, 256 at once, from one address without a token. What cannot be read (no protobuf, text that is not UTF-8,
// nested 10,000 deep) is INVALID_ARGUMENT, REQUEST_INVALID. A call that is not let in is answered 100 ms later, so that calling over and over gets
// nobody more; a caller with more than 1,000 of them a second loses the connection on which they come, of which nothing is read in its last 5 s. All
// of this is counted as redress.rpc.refused, by service and reason.
package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"redress.dev/pkg/auth"
)

// Limits of the door.
const (
	maxRequestBytes  = 256 << 10
	maxResponseBytes = 4 << 20
	maxHeaderBytes   = 16 << 10
	maxStreams       = 128 // concurrent calls of one connection
	connectTimeout   = 5 * time.Second
	drainTimeout     = 20 * time.Second

	// workers are goroutines that are kept for calls: that of a call alone would copy its stack, as this grows, a few times. When all are at
	// work, a call has one of its own.
	workers = 64

	// What a caller may have sent on one stream, and one connection, before it is read. Both are fixed: gRPC would let them grow to 16 MiB.
	streamWindow = maxRequestBytes
	connWindow   = 1 << 20

	// A connection ends when nothing runs on it, and at the latest after connAge (more or less a tenth) and connGrace: what hangs on it ends
	// with it, and a client that cannot reconnect is found out every day.
	connIdle  = 15 * time.Minute
	connAge   = 30 * time.Minute
	connGrace = time.Minute
)

// ServerConfig says how a service is served.
type ServerConfig struct {
	// Service is its name: the domain of its errors is "<service>.redress".
	Service string
	// Listen is host:port; port 0 takes a free one.
	Listen string
	// HealthListen is host:port of a second listener, in the clear, that serves health alone: Kubernetes' probes speak gRPC
	// without TLS. Empty serves none.
	HealthListen string
	// TLS is the server's side of mutual TLS; nil serves in the clear.
	TLS *tls.Config
	// Verifier verifies bearer tokens.
	Verifier *auth.Verifier
	// LocalTokens is true when the installation issues its own tokens: then only loopback is served.
	LocalTokens bool
	// Reflection switches gRPC reflection on.
	Reflection bool
	// Log takes the errors that callers are not shown.
	Log *slog.Logger
	// Ready, if set, is called with the address once the service listens.
	Ready func(addr string)
	// CallRate is how many calls a second a system may begin; a person may begin a tenth, and either a fortieth of streams. 0 is no limit.
	CallRate int
	// DrainDelay is how long it goes on serving after it has said that it is not ready, so that load balancers learn of it.
	DrainDelay time.Duration
	// Draining, if set, is called when the service begins to stop: streams then ask their clients to go elsewhere.
	Draining func()
}

// Serve serves what register registers until ctx ends, then drains: not ready, no new calls, the running ones finished, at most
// 20 s long. It fails at once when the address is taken or when a registered method says nothing about who may call it.
func Serve(ctx context.Context, cfg ServerConfig, register func(grpc.ServiceRegistrar)) error {
	lis, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	probe := health.NewServer()
	stopHealth, err := serveHealth(ctx, cfg, probe)
	if err != nil {
		return errors.Join(err, lis.Close())
	}
	defer stopHealth()
	door := newDoor(cfg)
	srv := grpc.NewServer(options(cfg, door)...)
	guarded := registrar{srv, door}
	healthv1.RegisterHealthServer(guarded, probe)
	if cfg.Reflection {
		reflection.Register(srv) // streams alone: they pass the door without it
	}
	register(guarded)
	if door.rules, err = auth.RulesOf(srv.GetServiceInfo()); err != nil {
		return errors.Join(fmt.Errorf("%s does not start: %w", cfg.Service, err), lis.Close())
	}

	served := make(chan error, 1)
	go func() { served <- srv.Serve(newHall(lis, func() { door.count(ctx, "CONNECTION_SHED") })) }()
	cfg.Log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "tls", cfg.TLS != nil)
	if cfg.Ready != nil {
		cfg.Ready(lis.Addr().String())
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", cfg.Service, err)
	case <-ctx.Done():
	}
	probe.Shutdown()
	time.Sleep(cfg.DrainDelay) // nothing to wait for but other machines' knowledge
	if cfg.Draining != nil {
		cfg.Draining()
	}
	stop := time.AfterFunc(drainTimeout, srv.Stop)
	defer stop.Stop()
	srv.GracefulStop()
	return nil
}

// serveHealth serves probe on the health listener, if there is one, until the returned function is called.
func serveHealth(ctx context.Context, cfg ServerConfig, probe *health.Server) (stop func(), err error) {
	if cfg.HealthListen == "" {
		return func() {}, nil
	}
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.HealthListen)
	if err != nil {
		return nil, fmt.Errorf("%s cannot listen on %s for probes (is the port taken?): %w", cfg.Service, cfg.HealthListen, err)
	}
	srv := grpc.NewServer(grpc.ConnectionTimeout(connectTimeout), grpc.MaxConcurrentStreams(maxStreams))
	healthv1.RegisterHealthServer(srv, probe)
	go func() { _ = srv.Serve(newHall(lis, func() {})) }() // ends with Stop
	return srv.Stop, nil
}

// listen binds the address. Tokens that the installation issues itself are for one machine only.
func listen(ctx context.Context, cfg ServerConfig) (net.Listener, error) {
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen address of %s: %q is not host:port: %w", cfg.Service, cfg.Listen, err)
	}
	if ip := net.ParseIP(host); cfg.LocalTokens && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s refuses to listen on %s: its tokens are issued on this machine and hold on loopback only; "+
			"listen on 127.0.0.1, or name an OIDC issuer", cfg.Service, cfg.Listen)
	}
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("%s cannot listen on %s (is the port taken?): %w", cfg.Service, cfg.Listen, err)
	}
	return lis, nil
}

func options(cfg ServerConfig, door *door) []grpc.ServerOption {
	rescue := recovery.WithRecoveryHandlerContext(func(_ context.Context, p any) error {
		return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	})
	opts := []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()),
		grpc.StatsHandler(otelgrpc.NewServerHandler()),
		grpc.ChainUnaryInterceptor(door.unary, recovery.UnaryServerInterceptor(rescue)),
		grpc.ChainStreamInterceptor(door.stream, recovery.StreamServerInterceptor(rescue)), grpc.UnknownServiceHandler(noMethod),
		grpc.MaxRecvMsgSize(maxRequestBytes), grpc.MaxSendMsgSize(maxResponseBytes), grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.MaxConcurrentStreams(maxStreams), grpc.ConnectionTimeout(connectTimeout), grpc.WaitForHandlers(true),
		grpc.NumStreamWorkers(workers), grpc.StaticStreamWindowSize(streamWindow), grpc.StaticConnWindowSize(connWindow),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time: 30 * time.Second, Timeout: 10 * time.Second,
			MaxConnectionIdle: connIdle, MaxConnectionAge: connAge, MaxConnectionAgeGrace: connGrace,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second}),
	}
	if cfg.TLS != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(cfg.TLS)))
	}
	return opts
}
