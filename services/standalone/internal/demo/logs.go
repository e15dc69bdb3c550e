package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"redress.dev/pkg/telemetry"
	"redress.dev/services/standalone"
)

// logs are the services' logs, a file each, so that the terminal stays readable.
type logs struct {
	dir              string
	files            []*os.File
	loggers          map[string]*slog.Logger
	warnings, errors atomic.Int64
}

// openLogs opens dir/<service>.log of each service, to append.
func openLogs(dir string) (*logs, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder of logs: %w", err)
	}
	l := &logs{dir: dir, loggers: map[string]*slog.Logger{}}
	for _, name := range standalone.Names() {
		f, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open log: %w", err), l.close())
		}
		l.files = append(l.files, f)
		l.loggers[name] = slog.New(counting{telemetry.Logger(f, name, slog.LevelInfo).Handler(), l})
	}
	return l, nil
}

func (l *logs) logger(service string) *slog.Logger { return l.loggers[service] }

// summary says whether there is something to read; empty when there is not.
func (l *logs) summary() string {
	w, e := l.warnings.Load(), l.errors.Load()
	if w+e == 0 {
		return ""
	}
	return fmt.Sprintf("The services logged %d warnings and %d errors: see %s", w, e, l.dir)
}

func (l *logs) close() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// counting counts what somebody should look at.
type counting struct {
	slog.Handler
	logs *logs
}

// Handle counts the record and passes it on.
func (c counting) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case r.Level >= slog.LevelError:
		c.logs.errors.Add(1)
	case r.Level >= slog.LevelWarn:
		c.logs.warnings.Add(1)
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that counts too.
func (c counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{c.Handler.WithAttrs(attrs), c.logs}
}

// WithGroup returns a handler that counts too.
func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.Handler.WithGroup(name), c.logs}
}
