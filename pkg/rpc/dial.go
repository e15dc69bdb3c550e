package rpc

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"redress.dev/pkg/auth"
)

// defaultDeadline is given to calls that have none.
const defaultDeadline = 10 * time.Second

// retryPolicy retries what never reached a handler, or what the server asks to try again, as where the caller has begun too much; calls that
// write are safe to retry by their request id.
const retryPolicy = `{"methodConfig": [{"name": [{}], "retryPolicy": {
	"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]}}]}`

// reconnect is how a connection comes back: within five seconds of its server. gRPC's own two minutes would keep a gateway's complaints
// waiting for as long after every outage.
var reconnect = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
	MinConnectTimeout: 5 * time.Second,
}

// Dial returns a connection to target that shows token with every call. It connects in the background: services start in any
// order. tlsConfig nil connects in the clear.
func Dial(target string, token auth.Token, tlsConfig *tls.Config) (*grpc.ClientConn, error) {
	creds := insecure.NewCredentials()
	if tlsConfig != nil {
		creds = credentials.NewTLS(tlsConfig)
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(creds), grpc.WithPerRPCCredentials(token),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(newCodec())), grpc.WithUnaryInterceptor(withDeadline), grpc.WithDefaultServiceConfig(retryPolicy),
		grpc.WithConnectParams(reconnect), grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", target, err)
	}
	return conn, nil
}

func withDeadline(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultDeadline)
		defer cancel()
	}
	return call(ctx, method, req, reply, cc, opts...)
}
