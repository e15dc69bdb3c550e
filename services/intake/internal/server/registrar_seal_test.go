package server

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/store"
)

// of returns a draft of the person that the company knows by reference.
func of(reference string) *intakev1.ComplaintDraft {
	d := draft()
	d.Complainant.CustomerReference = reference
	return d
}

func (f fixture) registerAll(ctx context.Context, drafts ...*intakev1.ComplaintDraft) ([]*candidate, error) {
	batch := make([]*candidate, len(drafts))
	for i, d := range drafts {
		batch[i] = &candidate{draft: d, by: auth.From(ctx)}
	}
	return batch, postgres.InTx(ctx, f.pool, func(tx pgx.Tx) error { return f.registerBatch(ctx, tx, batch) })
}

func TestComplaintsOfOneReferenceAreOnePersons(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	batch, err := f.registerAll(f.ctx, of("C-2"), of("C-1"), of(""), of("C-2"), of(""))
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.registerAll(f.ctx, of(" C-1 "), of("C-3"))
	if err != nil {
		t.Fatal(err)
	}
	batch = append(batch, again...)
	who := func(i int) string { return batch[i].complaint.SubjectID }
	if who(0) != who(3) || who(1) != who(5) {
		t.Error("one reference gave two people")
	}
	different := map[string]bool{who(0): true, who(1): true, who(2): true, who(4): true, who(6): true} // the same telephone number, and yet
	if len(different) != 5 || f.count(t, "subject") != 5 {
		t.Errorf("%d people, %d kept; want 5", len(different), f.count(t, "subject"))
	}
	for _, c := range batch { // whichever key it was, it opens
		kept, err := store.ComplaintByID(t.Context(), f.pool, "default", c.complaint.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := f.person(kept); err != nil || p.Name != "王小明" {
			t.Errorf("kept %v, %v", p, err)
		}
	}
}

func TestTwoStreamsMeetANewPersonAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			_, err := f.registerAll(f.ctx, of("C-2"), of("C-1"), of(""), of("C-3"))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := f.count(t, "subject"); n != 3+8 {
		t.Errorf("%d people, want three with a reference and eight without", n)
	}
}

func TestAReferenceIsPersonal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: of("C-1")})
	if err != nil || resp.GetComplaint().GetComplainant().GetCustomerReference() != "" {
		t.Errorf("an answer shows %v, %v", resp, err)
	}
	_, err = f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: of("C-\x071")})
	wantReason(t, err, "FIELD_INVALID", "draft.complainant.customer_reference")
}
