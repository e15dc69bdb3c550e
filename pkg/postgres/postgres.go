// Package postgres opens a service's database, runs its migrations and its transactions.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits that every session of a service has, so that one stuck statement cannot hold up the rest.
const (
	statementTimeout = 30 * time.Second
	lockTimeout      = 10 * time.Second
	idleInTxTimeout  = 30 * time.Second
	connectPatience  = 30 * time.Second

	// A statement whose caller has gone may end by itself for cancelDelay; then the server is asked to end it, and after hangUpDelay the
	// connection is closed. pgx would close it at once: callers that come and go would have Postgres open connections and do little else.
	cancelDelay = time.Second
	hangUpDelay = 5 * time.Second
)

// Open returns a pool whose sessions work in the schema named service.
//
// url is a Postgres URL or key=value string. The server may still be starting: Open tries for 30 s before it gives up, and
// its error names the host it tried.
func Open(ctx context.Context, url, service string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database address of %s: %w", service, err)
	}
	rp := cfg.ConnConfig.RuntimeParams
	rp["application_name"] = service
	rp["search_path"] = service
	rp["timezone"] = "UTC"
	rp["statement_timeout"] = ms(statementTimeout)
	rp["lock_timeout"] = ms(lockTimeout)
	rp["idle_in_transaction_session_timeout"] = ms(idleInTxTimeout)
	cfg.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithDisableSQLStatementInAttributes())
	cfg.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, CancelRequestDelay: cancelDelay, DeadlineDelay: hangUpDelay}
	}
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		for _, extend := range []func(*pgtype.Map){uuidsInBinary, documents, arrays} {
			extend(conn.TypeMap())
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database of %s: %w", service, err)
	}
	if err := awaitServer(ctx, pool); err != nil {
		pool.Close()
		c := cfg.ConnConfig
		return nil, fmt.Errorf("no Postgres for %s at %s:%d, database %q, user %q (is it running, and is the address right?): %w",
			service, c.Host, c.Port, c.Database, c.User, err)
	}
	return pool, nil
}

func ms(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

// awaitServer pings until the server answers. A server that refuses the user or the database is final.
func awaitServer(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := pool.Ping(ctx)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // 57P03: starting up
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(connectPatience))
	return err
}

// InTx runs f in one transaction at READ COMMITTED and commits it when f returns nil.
//
// It runs f again, at most three times in all, when Postgres asks for that (serialization failure, deadlock, lock timeout):
// f must have no effect outside the transaction.
func InTx(ctx context.Context, pool *pgxpool.Pool, f func(tx pgx.Tx) error) error {
	return again(func() error { return inTx(ctx, pool, f) })
}

// Pipelined runs a transaction as InTx does, in two round trips less: the statements that first queues, which is nil where there are none, go with
// BEGIN, and those that f leaves in last go with COMMIT. On a busy machine each round trip waits for its turn.
//
// What a statement of last returns comes too late to change anything: they decide by themselves.
func Pipelined(ctx context.Context, pool *pgxpool.Pool, first func(b *pgx.Batch), f func(tx pgx.Tx, last *pgx.Batch) error) error {
	return again(func() error { return pipelined(ctx, pool, first, f) })
}

// again runs a transaction up to three times, as long as Postgres asks for that.
func again(run func() error) error {
	var err error
	for range 3 {
		err = run()
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || (pg.Code != "40001" && pg.Code != "40P01" && pg.Code != "55P03") {
			return err
		}
	}
	return err
}

// inTx runs f in one transaction, once.
func inTx(ctx context.Context, pool *pgxpool.Pool, f func(tx pgx.Tx) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollBack(ctx, tx)
	if err := f(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// rollBack rolls tx back even when ctx has ended, so that its connection stays good. It does nothing after a commit; a connection that
// cannot is closed.
func rollBack(ctx context.Context, tx pgx.Tx) {
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), hangUpDelay)
	defer cancel()
	_ = tx.Rollback(rest)
}

func pipelined(ctx context.Context, pool *pgxpool.Pool, first func(b *pgx.Batch), f func(tx pgx.Tx, last *pgx.Batch) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var b, last pgx.Batch
	b.BeginTx(pgx.TxOptions{})
	if first != nil {
		first(&b)
	}
	begun := conn.SendBatch(ctx, &b)
	tx := begun.Tx()
	committed := false
	defer func() {
		if !committed {
			rollBack(ctx, tx)
		}
	}()
	if err := begun.Close(); err != nil {
		return Lost(conn.Conn(), err)
	}
	if err := f(tx, &last); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	last.Queue("commit")
	err = tx.SendBatch(ctx, &last).Close()
	committed = err == nil
	return Lost(conn.Conn(), err)
}

// ErrConnectionLost says that the connection ended under a transaction: nothing is wrong with what it did.
var ErrConnectionLost = errors.New("the database connection was lost")

// Lost returns err, as an ErrConnectionLost where conn has ended.
func Lost(conn *pgx.Conn, err error) error {
	if err != nil && conn.IsClosed() {
		return fmt.Errorf("%w: %w", ErrConnectionLost, err)
	}
	return err
}
