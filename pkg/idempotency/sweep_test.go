package idempotency_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
)

func TestAnswersAreKeptForTheirLife(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "followup", idempotency.Migrations)
	const old = 12_000 // some batches
	_, err := pool.Exec(t.Context(), `
		INSERT INTO idempotency (tenant, caller, method, request_id, request_hash, response, create_time)
		SELECT 'default', 'li.wei', 'RecordVisit', gen_random_uuid(), ''::bytea, ''::bytea, $1::timestamptz - n * interval '1 millisecond'
		FROM generate_series(1, $2::integer) n
		UNION ALL
		SELECT 'default', 'li.wei', 'RecordVisit', $3, ''::bytea, ''::bytea, '2000-01-01'`, now, old, uuid.NewSHA1(uuid.Nil, []byte("a name")))
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	run := func(at time.Time) {
		t.Helper()
		_, err := idempotency.Do(t.Context(), pool, at, by, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
			runs++
			return &followupv1.RecordVisitResponse{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(at time.Time, want int) {
		t.Helper()
		if err := idempotency.SweepOnce(t.Context(), pool, at); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM idempotency`).Scan(&left); err != nil || left != want {
			t.Errorf("%d answers are left, %v; want %d", left, err, want)
		}
	}
	run(now)
	sweep(now, 1+old+1)
	end := now.Add(idempotency.Life)
	sweep(end, 1+1)
	if run(end); runs != 1 {
		t.Error("a retry at the end of an answer's life ran again")
	}
	sweep(end.Add(time.Microsecond), 1) // the one that is made of a name
	if run(end); runs != 2 {
		t.Error("a request whose answer is gone did not run")
	}
}
