package idempotency_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
)

func TestAForgottenAnswerIsGoneAndItsRequestDoesNotRunAgain(t *testing.T) {
	pool := pgtest.New(t, "followup", idempotency.Migrations)
	runs := 0
	run := func(caller idempotency.Caller) error {
		_, err := idempotency.Do(t.Context(), pool, now, caller, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
			runs++
			return &followupv1.RecordVisitResponse{Visit: &followupv1.Visit{VisitId: "v", ComplaintId: "of-" + caller.Tenant}}, nil
		})
		return err
	}
	other := idempotency.Caller{Tenant: "other", Subject: by.Subject}
	if err := errors.Join(run(by), run(other)); err != nil {
		t.Fatal(err)
	}
	words := append(slices.Repeat([]string{"of-nobody"}, 100), "of-default", "of-other") // more than one statement looks for
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return idempotency.Forget(t.Context(), tx, "default", words...) })
	if err != nil {
		t.Fatal(err)
	}
	if err := run(by); !errors.Is(err, idempotency.ErrReused) {
		t.Errorf("the retry of what is forgotten gives %v", err)
	}
	if err := run(other); err != nil || runs != 2 {
		t.Errorf("another tenant's retry gives %v after %d runs", err, runs)
	}
	var left int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM idempotency WHERE response <> ''`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d answers are left, %v; want the other tenant's", left, err)
	}
}
