package events

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
)

// transient tells whether a failure may be over at the next try: something is away, busy or slow. All others are the event's
// fault, and will be the same for ever.
func transient(err error) bool {
	var (
		pg   *pgconn.PgError
		open *pgconn.ConnectError
		nerr net.Error
		f    *fault.Error
	)
	for _, passing := range []error{
		errMoved, errBusy, postgres.ErrConnectionLost, errFeed, context.Canceled, context.DeadlineExceeded, pgx.ErrTxClosed,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	switch {
	case errors.As(err, &pg):
		return transientCode(pg.Code)
	case errors.As(err, &open), errors.As(err, &nerr), pgconn.SafeToRetry(err), pgconn.Timeout(err):
		return true
	case errors.As(err, &f):
		// Every other kind is a rule that the event breaks: a Fold holds its locks, so that nobody else was first.
		return f.Kind == fault.Unavailable
	}
	switch status.Code(err) { // of a wrapped status too; Unknown for anything else
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted, codes.Aborted:
		return true
	default:
		return false
	}
}

// transientCode does the same for what Postgres answered.
func transientCode(code string) bool {
	switch code[:2] {
	case "08", "40", "53", "57", "58": // connection, serialization and deadlock, resources, operator and timeouts, system
		return true
	}
	switch code {
	case "55P03", "25P03": // lock timeout, idle too long in a transaction
		return true
	case "42P01", "42703", "42883", "42501": // a schema that does not fit the program: a roll-out under way, not the event
		return true
	}
	return false
}

// panicked is a panic in a Fold: a failure like any other, with the place where it happened.
type panicked struct {
	value any
	stack []byte
}

// Error tells the panic with its stack: it is kept with the parked event.
func (p panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// guarded calls fold and turns its panic into an error, so that one event cannot end the process.
func guarded(ctx context.Context, fold Fold, tx pgx.Tx, batch *Batch) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked{v, debug.Stack()}
		}
	}()
	return fold(ctx, tx, batch)
}
