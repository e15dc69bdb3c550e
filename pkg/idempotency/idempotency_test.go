package idempotency_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
)

var (
	now = time.Date(2026, 3, 6, 10, 0, 0, 0, time.UTC)
	by  = idempotency.Caller{Tenant: "default", Subject: "li.wei"}
)

func request(visit string) *followupv1.RecordVisitRequest {
	return &followupv1.RecordVisitRequest{RequestId: "0190c1de-0000-7000-8000-000000000001", VisitId: visit}
}

func TestARequestRunsOnce(t *testing.T) {
	pool := pgtest.New(t, "followup", idempotency.Migrations)
	var runs atomic.Int32
	run := func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
		runs.Add(1)
		return &followupv1.RecordVisitResponse{Visit: &followupv1.Visit{VisitId: "v"}}, nil
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			answer, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), run)
			if err != nil || answer.GetVisit().GetVisitId() != "v" {
				t.Errorf("answer %v, error %v", answer, err)
			}
		})
	}
	wg.Wait()
	// Requests that ran side by side may each have run, but all but one were rolled back: only one answer is kept.
	var kept int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM idempotency").Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d answers kept, want 1 (%v)", kept, err)
	}
	before := runs.Load()
	if _, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), run); err != nil || runs.Load() != before {
		t.Errorf("a retry ran again (%v)", err)
	}
	_, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("w"), run)
	if !errors.Is(err, idempotency.ErrReused) {
		t.Errorf("other content under the same id gives %v", err)
	}
	other := idempotency.Caller{Tenant: "default", Subject: "zhou.min"}
	if _, err := idempotency.Do(t.Context(), pool, now, other, "RecordVisit", request("w"), run); err != nil {
		t.Errorf("another caller's id is refused: %v", err)
	}
}

func TestAFailureIsNotKept(t *testing.T) {
	pool := pgtest.New(t, "followup", idempotency.Migrations)
	broken := errors.New("disk")
	_, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
		return nil, broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	_, err = idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
		return &followupv1.RecordVisitResponse{}, nil
	})
	if err != nil {
		t.Errorf("the retry after a failure: %v", err)
	}
}

// A retry that comes while the first call is still running sees what the first call has done, and must not be refused for that.
func TestARetryBesideTheFirstCallGetsItsAnswer(t *testing.T) {
	pool := pgtest.New(t, "followup", idempotency.Migrations)
	ended := errors.New("the visit has ended")
	waiting, answered := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		answer, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
			close(waiting)
			<-answered // as for the lock that the first call holds
			return nil, ended
		})
		if err != nil || answer.GetVisit().GetVisitId() != "v" {
			t.Errorf("the retry gets %v, error %v; want the first call's answer", answer, err)
		}
	})
	<-waiting
	_, err := idempotency.Do(t.Context(), pool, now, by, "RecordVisit", request("v"), func(pgx.Tx) (*followupv1.RecordVisitResponse, error) {
		return &followupv1.RecordVisitResponse{Visit: &followupv1.Visit{VisitId: "v"}}, nil
	})
	if err != nil {
		t.Errorf("the first call: %v", err)
	}
	close(answered)
	wg.Wait()
}
