// Package app is what the five services' programs have in common: configuration from the environment, logs and telemetry, the
// connections that each needs, and an orderly stop.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/telemetry"
)

// flushTimeout is how long traces and metrics may take to leave at the end.
const flushTimeout = 3 * time.Second

// Runtime is what a service is given by the process that it runs in.
type Runtime struct {
	// Log takes the service's log.
	Log *slog.Logger
	// Clock is the business clock: the machine's, or a rehearsal's.
	Clock clock.Clock
	// NATSOptions are added to the service's NATS connection; a process with an embedded server connects within itself.
	NATSOptions []nats.Option
	// Ready, if set, is called with the address once the service listens.
	Ready func(addr string)
}

// Main runs a service until SIGINT or SIGTERM and returns the process's exit code.
func Main[C any](name string, load func(environ []string) (C, error), run func(context.Context, Runtime, C) error) int {
	if len(os.Args) > 1 {
		if err := Usage[C](os.Stderr, name); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg, err := load(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	log := telemetry.Logger(os.Stderr, name, slog.LevelInfo)
	flush, err := telemetry.Setup(ctx, name)
	if err != nil {
		log.ErrorContext(ctx, "telemetry", "error", err)
		return 1
	}
	err = run(ctx, Runtime{Log: log, Clock: clock.System{}}, cfg)
	if err != nil {
		log.ErrorContext(ctx, "stopped by an error", "error", err)
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	if ferr := flush(end); ferr != nil {
		log.WarnContext(end, "telemetry not flushed", "error", ferr)
	}
	if err != nil {
		return 1
	}
	return 0
}
