package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

func TestAPersonIsFoundAgainByTheirReferenceAlone(t *testing.T) {
	t.Parallel()
	pool := open(t)
	newSubject := func(reference string) domain.Subject {
		s := domain.Subject{ID: uuid.NewString(), WrappedKey: []byte("key of " + reference), KeyVersion: 7, CreateTime: now}
		if reference != "" {
			s.Reference = []byte(reference)
		}
		return s
	}
	take := func(tenant string, subjects ...domain.Subject) (found map[string]domain.Subject) {
		inTx(t, pool, func(tx pgx.Tx) (err error) {
			found, err = store.TakeSubjects(t.Context(), tx, tenant, subjects)
			return err
		})
		return found
	}
	first := newSubject("b")
	if found := take("default", newSubject(""), newSubject(""), newSubject("a"), first); len(found) != 0 {
		t.Errorf("found %v among new people", found)
	}
	found := take("default", newSubject(""), newSubject("b"), newSubject("c"))
	if diff := cmp.Diff(map[string]domain.Subject{"b": first}, found); diff != "" {
		t.Errorf("found again (-want +got):\n%s", diff)
	}
	if found := take("other", newSubject("b")); len(found) != 0 {
		t.Errorf("another tenant finds %v", found)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM subject`).Scan(&n); err != nil || n != 7 {
		t.Errorf("%d people, %v; want 7", n, err)
	}
}
