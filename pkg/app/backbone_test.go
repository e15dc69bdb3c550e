package app_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc"

	"redress.dev/pkg/app"
	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
)

// A service that serves deletes its old answers, by the business clock.
func TestAServiceDeletesOldAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	issuer, err := auth.OpenIssuer(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := app.Config{Listen: "127.0.0.1:0", DatabaseURL: pgtest.NewDSN(t), NATSURL: eventstest.NATS(t).URL(), Auth: issuer.Config(dir)}
	now := time.Date(2026, 3, 6, 10, 0, 0, 0, time.UTC)
	ctx, stop := context.WithCancel(t.Context())
	b, err := app.Open(ctx, "followup", app.Runtime{Log: slog.New(slog.DiscardHandler), Clock: clock.NewManual(now)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	const q = `
		INSERT INTO idempotency (tenant, caller, method, request_id, request_hash, response, create_time)
		SELECT 'default', 'li.wei', 'RecordVisit', gen_random_uuid(), '', '', unnest($1::timestamptz[])`
	end := now.Add(-idempotency.Life)
	if _, err := b.Pool.Exec(t.Context(), q, []time.Time{end.Add(-time.Second), end}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, func(grpc.ServiceRegistrar) {}, nil) }()
	for left := 2; left != 1; {
		if err := b.Pool.QueryRow(t.Context(), `SELECT count(*) FROM idempotency`).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("it stopped with %v", err)
	}
}
