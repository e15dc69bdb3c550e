package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

func TestClocksAreAllOfTheComplaints(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	one, two := full(7), full(7)
	one.Clocks[1].EndTime, one.Clocks[1].EndEventID = begin.Add(2*time.Hour), uuid.NewString() // one that has ended counts too
	save(t, pool, one, two)
	stranger := domain.Key{Tenant: "other", ComplaintID: one.ComplaintID}
	var got map[domain.Key][]domain.Clock
	inTx(t, pool, func(tx pgx.Tx) (err error) {
		got, err = store.Clocks(t.Context(), tx, []domain.Key{one.Key, stranger})
		return err
	})
	if diff := cmp.Diff(map[domain.Key][]domain.Clock{one.Key: one.Clocks}, got); diff != "" {
		t.Errorf("clocks (-want +got):\n%s", diff)
	}
}

// Any change of any row shows in the digest; the order in which rows lie does not; work is counted apart.
func TestTheDigestOfTheLiveTablesShowsEveryChange(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", events.Migrations, store.Migrations)
	read := func() (live store.LiveTables) {
		t.Helper()
		inTx(t, pool, func(tx pgx.Tx) (err error) {
			live, err = store.ReadLiveTables(t.Context(), tx)
			return err
		})
		return live
	}
	seen := map[string]string{read().Digest: "nothing"}
	save(t, pool, full(7))
	seen[read().Digest] = "a file"
	for _, q := range []string{
		`UPDATE clock SET warned = warned + 1 WHERE policy = 'long'`, `UPDATE clock_file SET end_time = NULL`, `DELETE FROM timer_armed`,
	} {
		if _, err := pool.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if was, ok := seen[read().Digest]; ok {
			t.Errorf("after %s the digest is that of %s", q, was)
		}
		seen[read().Digest] = q
	}
	before := read()
	if _, err := pool.Exec(t.Context(), `UPDATE clock SET warned = warned`); err != nil { // the rows lie elsewhere now
		t.Fatal(err)
	}
	if after := read(); after != before {
		t.Errorf("%+v has become %+v", before, after)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE producer_head SET seq = seq + 2 WHERE part = 3`); err != nil {
		t.Fatal(err)
	}
	if after := read(); after.Work != before.Work+2 || after.Digest != before.Digest {
		t.Errorf("two events more: %+v has become %+v", before, after)
	}
}
