// Package standalone runs the five services of Redress in one process: an embedded NATS server, a private Postgres server, a
// role and a schema for each service, and tokens that the installation issues to itself. It serves one machine, on loopback:
// `make run`, the stories of services/e2e, and the benchmarks.
package standalone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/pgserver"
)

// readyTimeout bounds the start of the services, their migrations included.
const readyTimeout = 2 * time.Minute

// Options say where a suite keeps its data and what time it is there.
type Options struct {
	// Dir keeps everything; it is made if missing, and belongs to one suite at a time.
	Dir string
	// Clock is the business clock of every service; nil is the machine's.
	Clock clock.Clock
	// Clocks are the clocks of services that have another, by name.
	Clocks map[string]clock.Clock
	// Only names the services that run; without it all five do. The others are as if they were down.
	Only []string
	// Durable makes a commit survive the machine's crash; without it Postgres is faster: right for tests.
	Durable bool
	// SyncAlways makes NATS write to the disk before it acknowledges. Nothing is lost without it: Postgres is the truth.
	SyncAlways bool
	// FirstPort is the loopback port of intake; the other four follow. 0 takes free ones.
	FirstPort int
	// Environ holds further variables of the services ("INTAKE_REFLECTION=true"); they win over those of this package.
	Environ []string
	// Log returns the logger of a service; nil discards.
	Log func(service string) *slog.Logger
}

// Suite is the five services, running. Stop it.
type Suite struct {
	opts      Options
	lock      *os.File
	addresses map[string]string
	issuer    *auth.Issuer
	postgres  *pgserver.Server
	watch     *pgxpool.Pool // looks whether the services have settled
	nats      *natsServer

	cancel context.CancelFunc
	done   chan struct{} // closed when every service has ended
	err    error         // why they ended; read after done
}

// Start starts a suite and returns when the services serve. ctx bounds the start alone.
//
// The errors say what is wrong: no Postgres binaries (pgserver.ErrNoBinaries), a folder that cannot be written or that another
// suite uses (ErrFolderInUse), a port that is taken (syscall.EADDRINUSE), a service that does not start.
func Start(ctx context.Context, opts Options) (_ *Suite, err error) {
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, fmt.Errorf("find folder %s: %w", opts.Dir, err)
	}
	if opts.Log == nil {
		opts.Log = func(string) *slog.Logger { return slog.New(slog.DiscardHandler) }
	}
	s := &Suite{opts: opts, done: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if s.lock, err = lockFolder(opts.Dir); err != nil {
		return nil, err
	}
	if s.addresses, err = reservePorts(opts.FirstPort); err != nil {
		return nil, err
	}
	if err := s.openSecrets(); err != nil {
		return nil, err
	}
	if s.postgres, err = startPostgres(ctx, opts); err != nil {
		return nil, err
	}
	if s.watch, err = pgxpool.New(ctx, s.DatabaseURL()); err != nil {
		return nil, fmt.Errorf("look at the database: %w", err)
	}
	if s.nats, err = startNATS(opts); err != nil {
		return nil, err
	}
	return s, s.startServices(ctx)
}

// startServices starts the five, one after the other, and returns when the last is ready, or why one is not. They would find
// each other in any order; in this one, that in which complaints meet them, none has to try twice.
func (s *Suite) startServices(start context.Context) error {
	start, cancelStart := context.WithTimeout(start, readyTimeout)
	defer cancelStart()
	ctx, cancel := context.WithCancel(context.WithoutCancel(start))
	s.cancel = cancel
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.renewTokens(ctx) })
	g.Go(func() error { return s.watchPostgres(ctx) })
	defer func() {
		go func() {
			s.err = g.Wait()
			close(s.done)
		}()
	}()
	for _, svc := range services {
		if len(s.opts.Only) > 0 && !slices.Contains(s.opts.Only, svc.name) {
			continue
		}
		ready := make(chan string, 1)
		rt := app.Runtime{
			Log: s.opts.Log(svc.name), Clock: s.clockOf(svc.name),
			NATSOptions: []nats.Option{nats.InProcessServer(s.nats.server)},
			Ready:       func(addr string) { ready <- addr },
		}
		g.Go(func() error {
			if err := svc.run(ctx, rt, s.environ(svc.name)); err != nil {
				return fmt.Errorf("%s: %w", svc.name, err)
			}
			return nil
		})
		select {
		case <-ready:
		case <-ctx.Done():
			return errors.New("the services did not start") // Stop, which follows, says why
		case <-start.Done():
			return fmt.Errorf("%s did not become ready: %w", svc.name, start.Err())
		}
	}
	return nil
}

// watchPostgres fails when Postgres ends before the services do.
func (s *Suite) watchPostgres(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.postgres.Done():
		return fmt.Errorf("postgres ended by itself; its log is %s", filepath.Join(s.opts.Dir, postgresFolder, "postgres.log"))
	}
}

func (s *Suite) clockOf(service string) clock.Clock {
	if c := s.opts.Clocks[service]; c != nil {
		return c
	}
	if s.opts.Clock != nil {
		return s.opts.Clock
	}
	return clock.System{}
}

// Address returns the host:port that a service listens on.
func (s *Suite) Address(service string) string { return s.addresses[service] }

// Done is closed when the services have ended: after Stop, or because one of them failed, which Err then says.
func (s *Suite) Done() <-chan struct{} { return s.done }

// Err returns why the services ended; nil after an orderly stop. It may be called once Done is closed.
func (s *Suite) Err() error { return s.err }

// Stop stops the services in order, then NATS, then Postgres, and returns what went wrong, also before. It may be called
// again.
func (s *Suite) Stop() error {
	var errs []error
	if s.cancel != nil {
		s.cancel()
		<-s.done
		errs = append(errs, s.err)
	}
	if s.nats != nil {
		s.nats.stop()
	}
	if s.watch != nil {
		s.watch.Close()
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Stop())
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
	return errors.Join(errs...)
}
