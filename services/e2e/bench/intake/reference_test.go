package intake

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

const (
	// rawRows is how many rows one statement of the reference inserts, rawConns how many connections it uses.
	rawRows  = 500
	rawConns = 2
)

// rawInserts inserts the same complaints into a plain table of the same columns, key and unique number, with multi-row inserts
// through pgx on the same server, and returns how long that took.
func rawInserts(b *testing.B, dsn string, items []*intakev1.IntakeItem) time.Duration {
	b.Helper()
	const table = `
		CREATE TABLE raw_complaint (
			tenant text NOT NULL, complaint_id uuid NOT NULL, number text NOT NULL, digest text NOT NULL, flow text NOT NULL,
			channel text NOT NULL, complainant_kind text NOT NULL, fields jsonb, receive_time timestamptz NOT NULL, register_time timestamptz NOT NULL,
			external_reference text NOT NULL, PRIMARY KEY (tenant, complaint_id));
		CREATE UNIQUE INDEX ON raw_complaint (tenant, number)`
	setup, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer setup.Close(b.Context())
	if _, err := setup.Exec(b.Context(), `CREATE SCHEMA bench; SET search_path = bench; `+table); err != nil {
		b.Fatal(err)
	}
	batches := make(chan [][]any)
	g, ctx := errgroup.WithContext(b.Context())
	for range rawConns {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(b.Context())
		g.Go(func() error { return insertAll(ctx, conn, batches) })
	}
	columns := columnsOf(b, items)
	start := time.Now()
	g.Go(func() error {
		defer close(batches)
		for _, batch := range columns {
			select {
			case batches <- batch:
			case <-ctx.Done():
				return nil // an insert says why
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func insertAll(ctx context.Context, conn *pgx.Conn, batches <-chan [][]any) error {
	const q = `
		INSERT INTO bench.raw_complaint
		SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
			$9::timestamptz[], $10::timestamptz[], $11::text[])`
	for columns := range batches {
		args := make([]any, len(columns))
		for i, c := range columns {
			args[i] = c
		}
		if _, err := conn.Exec(ctx, q, args...); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf returns the rows in batches, each as its columns.
func columnsOf(b *testing.B, items []*intakev1.IntakeItem) [][][]any {
	b.Helper()
	now := time.Now()
	var batches [][][]any
	for len(items) > 0 {
		n := min(rawRows, len(items))
		columns := make([][]any, 11)
		for _, item := range items[:n] {
			d := item.GetDraft()
			id := uuid.Must(uuid.NewV7())
			fields, err := protojson.Marshal(d)
			if err != nil {
				b.Fatal(err)
			}
			for i, v := range []any{
				"default", id, id.String(), "digest", "complaint", d.GetChannel(), d.GetComplainant().GetKind(), string(fields), now, now, d.GetExternalReference(),
			} {
				columns[i] = append(columns[i], v)
			}
		}
		batches, items = append(batches, columns), items[n:]
	}
	return batches
}
