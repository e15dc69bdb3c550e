package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"redress.dev/pkg/pgtest"
)

func TestStringsTravelAsUUIDs(t *testing.T) {
	pool := pgtest.New(t, "intake")
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	ids := []string{uuid.NewString(), uuid.NewString()}
	type textual string
	for _, list := range []any{ids, []textual{textual(ids[0])}, []*string{&ids[1], nil}} {
		if _, err := conn.Conn().TypeMap().Encode(pgtype.UUIDArrayOID, pgtype.BinaryFormatCode, list, nil); err != nil {
			t.Errorf("%T is not sent in binary: %v", list, err)
		}
	}

	var back []string
	var one, word string
	const q = `SELECT array(SELECT u::text FROM unnest($1::uuid[]) AS u), $2::uuid::text, $3::text`
	if err := conn.QueryRow(t.Context(), q, ids, ids[0], "no uuid").Scan(&back, &one, &word); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(ids, ids[0], "no uuid"), append(back, one, word)); diff != "" {
		t.Errorf("sent and received (-want +got):\n%s", diff)
	}

	const invalidText = "22P02"
	var refused *pgconn.PgError
	if err := conn.QueryRow(t.Context(), q, []string{"no uuid"}, ids[0], "").Scan(&back, &one, &word); !errors.As(err, &refused) || refused.Code != invalidText {
		t.Errorf("of what is no uuid Postgres says %v", err)
	}
}
