package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
	"redress.dev/services/intake/internal/vault"
)

// owner is the person of one complaint or more of a batch.
type owner struct {
	subject domain.Subject
	key     vault.SubjectKey
	drafts  []*candidate
}

// seal finds or makes the person of each complaint and keeps what is known of them, sealed: one statement for all people, one for all
// that is sealed. Keys are wrapped and unwrapped in memory.
func (r *registrar) seal(ctx context.Context, tx pgx.Tx, tenant string, now time.Time, taken []*candidate) error {
	owners, err := r.owners(tenant, now, taken)
	if err != nil {
		return err
	}
	subjects := make([]domain.Subject, len(owners))
	for i, o := range owners {
		subjects[i] = o.subject
	}
	known, err := store.TakeSubjects(ctx, tx, tenant, subjects)
	if err != nil {
		return err
	}
	ids, sealed := make([]string, 0, len(taken)), make([]domain.Sealed, 0, len(taken))
	for _, o := range owners {
		if s, ok := known[string(o.subject.Reference)]; ok {
			if o.key, err = r.keys.OpenSubject(tenant, s); err != nil {
				return err
			}
			o.subject = s
		}
		for _, c := range o.drafts {
			c.complaint.SubjectID = o.subject.ID
			s, err := r.keys.SealPersonal(o.key, c.complaint.ID, c.personal)
			if err != nil {
				return err
			}
			ids, sealed = append(ids, c.complaint.ID), append(sealed, s)
		}
	}
	return store.InsertVault(ctx, tx, tenant, ids, sealed)
}

// owners returns a new person for each complaint, and one for those that name the same reference; by reference, as they are locked. A
// new person has the id of their first complaint, so that most complaints need no index to be found by their person.
func (r *registrar) owners(tenant string, now time.Time, taken []*candidate) ([]*owner, error) {
	var owners []*owner
	named := map[string]*owner{}
	for _, c := range taken {
		reference, err := r.keys.ReferenceIndex(tenant, c.personal.Reference)
		if err != nil {
			return nil, err
		}
		o := named[string(reference)]
		if o == nil {
			o = &owner{}
			if o.key, o.subject, err = r.keys.NewSubject(tenant, c.complaint.ID); err != nil {
				return nil, err
			}
			o.subject.Reference, o.subject.CreateTime = reference, now
			owners = append(owners, o)
			if reference != nil {
				named[string(reference)] = o
			}
		}
		o.drafts = append(o.drafts, c)
	}
	slices.SortStableFunc(owners, func(a, b *owner) int {
		return strings.Compare(string(a.subject.Reference), string(b.subject.Reference))
	})
	return owners, nil
}
