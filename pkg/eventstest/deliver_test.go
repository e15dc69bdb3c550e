package eventstest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

var tables = postgres.Migrations{Name: "applied", FS: fstest.MapFS{"0001_applied.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE applied (n bigint GENERATED ALWAYS AS IDENTITY, aggregate_id text, version bigint);")}}}

// record is a Fold that writes down what it sees and answers a withdrawal with an event of its own.
func record(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	for e := range batch.All() {
		if e.Actor == "person:poison" {
			return errors.New("cannot be applied")
		}
		if _, err := tx.Exec(ctx, `INSERT INTO applied (aggregate_id, version) VALUES ($1, $2)`, e.AggregateID, e.Version); err != nil {
			return err
		}
		if _, ok := must(e.Message()).(*intakev1.ComplaintWithdrawn); ok {
			err := events.Emit(ctx, tx, e.RecordTime, events.Draft{Tenant: e.Tenant, AggregateID: e.AggregateID, Version: 1,
				OccurTime: e.OccurTime, Message: &intakev1.PersonalDataRevealed{}, TraceParent: e.TraceParent})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func TestDeliverTwiceAndShuffledAppliesOnceInOrder(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", events.Migrations, tables)
	in := eventstest.Deliver(t, pool, record, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(7))
	var drafts []events.Draft
	for i := range 60 {
		drafts = append(drafts, draft(fmt.Sprint("complaint-", i%4), &intakev1.ContactRecorded{}))
	}
	in.Deliver(drafts[:20]...)
	in.Deliver(drafts[20:]...)
	for i := range 4 {
		var want []int64
		for v := range int64(15) {
			want = append(want, v+1)
		}
		if diff := cmp.Diff(want, versions(t, pool, fmt.Sprint("complaint-", i))); diff != "" {
			t.Errorf("versions of complaint %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestOutboxShowsWhatAFoldEmitted(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", events.Migrations, tables)
	eventstest.Deliver(t, pool, record, eventstest.Twice()).Deliver(draft("c", &intakev1.ComplaintWithdrawn{}))
	want := []proto.Message{&intakev1.PersonalDataRevealed{}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
}

func TestPoisonParksItsAggregateAlone(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", events.Migrations, tables)
	in := eventstest.Deliver(t, pool, record, eventstest.Parks())
	bad := draft("bad", &intakev1.ContactRecorded{})
	bad.Actor = "person:poison"
	good := draft("good", &intakev1.ContactRecorded{})
	in.Deliver(draft("bad", &intakev1.ContactRecorded{}), bad, draft("bad", &intakev1.ContactRecorded{}), good, good)
	if got := len(in.Parked()); got != 2 {
		t.Errorf("%d events are parked, want the bad one and the one behind it", got)
	}
	if diff := cmp.Diff([]int64{1}, versions(t, pool, "bad")); diff != "" {
		t.Errorf("versions of the bad complaint (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{1, 2}, versions(t, pool, "good")); diff != "" {
		t.Errorf("versions of the good complaint (-want +got):\n%s", diff)
	}
}

func draft(aggregate string, m proto.Message) events.Draft {
	return events.Draft{AggregateID: aggregate, Message: m, OccurTime: time.Date(2026, 3, 6, 9, 0, 0, 0, time.UTC)}
}

// versions returns what was applied of an aggregate, in the order of application.
func versions(t *testing.T, pool *pgxpool.Pool, aggregate string) []int64 {
	t.Helper()
	rows, _ := pool.Query(t.Context(), `SELECT version FROM applied WHERE aggregate_id = $1 ORDER BY n`, aggregate)
	got, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
