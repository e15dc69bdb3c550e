package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgtest"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// Of thousands of complaints those of the group are read, and no others.
func TestLinkedComplaintsAreFoundByTheirKeys(t *testing.T) {
	t.Parallel()
	const kind, n = domain.LinkKind(1), 3000
	pool := open(t)
	complaints := make([]domain.Complaint, n)
	for i := range complaints {
		complaints[i] = complaint(i)
	}
	one, other, alone := complaints[10].ID, complaints[2000].ID, complaints[500].ID
	group := uuid.NewString()
	inTx(t, pool, func(tx pgx.Tx) error {
		if err := insertComplaints(t, tx, complaints...); err != nil {
			return err
		}
		return store.SaveLinks(t.Context(), tx, "default", kind, []domain.Linked{
			{ComplaintID: one, GroupID: group, LinkTime: now}, {ComplaintID: other, GroupID: group, LinkTime: now},
		})
	})
	for _, tt := range []struct {
		name, id string
		want     []string
	}{
		{"one of a group", other, []string{other, one}},
		{"linked with none", alone, []string{alone}},
		{"no complaint", uuid.NewString(), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inTx(t, pool, func(tx pgx.Tx) error {
				pgtest.KeepPlans(t, tx)
				var got []string
				read := pgtest.Fetched(t, tx, "complaint", func() error {
					list, err := store.Linked(t.Context(), tx, "default", kind, tt.id)
					for _, l := range list {
						got = append(got, l.ComplaintID)
					}
					return err
				})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("linked (-want +got):\n%s", diff)
				}
				if read > len(tt.want) {
					t.Errorf("%d complaints were read for %d", read, len(tt.want))
				}
				return nil
			})
		})
	}
}
