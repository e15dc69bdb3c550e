package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/rpc"
)

// Backbone is what a service stands on: its database, its event bus, its door and its neighbours.
type Backbone struct {
	// Pool is the service's database, migrated.
	Pool *pgxpool.Pool
	// Bus publishes and consumes events.
	Bus *events.Bus

	name   string
	rt     Runtime
	cfg    Config
	nats   *nats.Conn
	verify *auth.Verifier
	server *tls.Config
	peers  map[string]*grpc.ClientConn
}

// Open connects a service and migrates its schema: the tables of events, that of kept answers, and its own. Neighbours and NATS may still be
// down: they are retried for ever. The database may be starting; without one Open fails.
func Open(ctx context.Context, name string, rt Runtime, cfg Config, migrations ...postgres.Migrations) (_ *Backbone, err error) {
	b := &Backbone{name: name, rt: rt, cfg: cfg, peers: map[string]*grpc.ClientConn{}}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	url, err := cfg.database(name)
	if err != nil {
		return nil, err
	}
	server, client, err := cfg.tls()
	if err != nil {
		return nil, err
	}
	b.server = server
	if b.verify, err = auth.NewVerifier(cfg.Auth, clock.System{}.Now); err != nil {
		return nil, err
	}
	for peer, target := range cfg.Peers {
		if b.peers[peer], err = rpc.Dial(target, auth.Token{File: cfg.TokenFile}, client); err != nil {
			return nil, err
		}
	}
	if b.Pool, err = postgres.Open(ctx, url, name); err != nil {
		return nil, err
	}
	migrations = append([]postgres.Migrations{events.Migrations, idempotency.Migrations}, migrations...)
	if err := postgres.Migrate(ctx, b.Pool, name, migrations...); err != nil {
		return nil, err
	}
	if b.nats, err = connect(name, rt, cfg); err != nil {
		return nil, err
	}
	b.Bus = events.NewBus(events.Config{
		Service: name, Pool: b.Pool, NATS: b.nats, Log: rt.Log, Feed: b.Feed, Replicas: cfg.StreamReplicas, Now: rt.Clock.Now,
	})
	return b, nil
}

func connect(name string, rt Runtime, cfg Config) (*nats.Conn, error) {
	opts := append([]nats.Option{
		nats.Name(name), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
	}, rt.NATSOptions...)
	if cfg.NATSCredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.NATSCredentialsFile))
	}
	nc, err := nats.Connect(cfg.NATSURL, opts...)
	if err != nil {
		return nil, fmt.Errorf("NATS of %s at %s: %w", name, cfg.NATSURL, err)
	}
	return nc, nil
}

// Peer returns the connection to a neighbour, or an error that names the variable to set.
func (b *Backbone) Peer(service string) (*grpc.ClientConn, error) {
	if conn := b.peers[service]; conn != nil {
		return conn, nil
	}
	return nil, fmt.Errorf("%s needs the address of %s: set %sPEERS=%s=host:port", b.name, service, Prefix(b.name), service)
}

// Feed returns the event feed of a producer; nil when its address is not known.
func (b *Backbone) Feed(producer string) eventsv1.EventFeedServiceClient {
	if conn := b.peers[producer]; conn != nil {
		return eventsv1.NewEventFeedServiceClient(conn)
	}
	return nil
}

// Serve serves the service's RPCs, and its event feed, and deletes old answers to them, until ctx ends. draining, if not nil, is called when it
// begins to stop.
func (b *Backbone) Serve(ctx context.Context, register func(grpc.ServiceRegistrar), draining func()) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return idempotency.Sweep(ctx, b.Pool, b.rt.Clock.Now, b.rt.Log) })
	g.Go(func() error {
		return rpc.Serve(ctx, rpc.ServerConfig{
			Service: b.name, Listen: b.cfg.Listen, HealthListen: b.cfg.HealthListen, TLS: b.server, Verifier: b.verify,
			LocalTokens: b.cfg.Auth.Issuer == auth.LocalIssuer, Reflection: b.cfg.Reflection, CallRate: b.cfg.CallRate,
			Log: b.rt.Log, Ready: b.rt.Ready, DrainDelay: b.cfg.DrainDelay, Draining: draining,
		}, func(r grpc.ServiceRegistrar) {
			register(r)
			eventsv1.RegisterEventFeedServiceServer(r, b.Bus.Feed())
		})
	})
	return g.Wait()
}

// Close closes the connections.
func (b *Backbone) Close() {
	for _, conn := range b.peers {
		_ = conn.Close()
	}
	if b.nats != nil {
		b.nats.Close()
	}
	if b.Pool != nil {
		b.Pool.Close()
	}
}
