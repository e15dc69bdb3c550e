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

// seal finds or makes the person of each complaint and seals what is known of them. People whom the company knows by a reference are kept, or
// found, at once; others, whom nobody can find again, with what is sealed. Keys are wrapped and unwrapped in memory.
func (r *registrar) seal(ctx context.Context, tx pgx.Tx, tenant string, now time.Time, taken []*candidate) (store.NewPeople, error) {
	var people store.NewPeople
	owners, err := r.owners(tenant, now, taken)
	if err != nil {
		return people, err
	}
	named := false
	for _, o := range owners {
		people.Subjects = append(people.Subjects, o.subject)
		named = named || o.subject.Reference != nil
	}
	var known map[string]domain.Subject
	if named {
		if known, err = store.TakeSubjects(ctx, tx, tenant, people.Subjects); err != nil {
			return people, err
		}
		people.Subjects = nil
	}
	for _, o := range owners {
		if s, ok := known[string(o.subject.Reference)]; ok {
			if o.key, err = r.keys.OpenSubject(tenant, s); err != nil {
				return people, err
			}
			o.subject = s
		}
		for _, c := range o.drafts {
			c.complaint.SubjectID = o.subject.ID
			s, err := r.keys.SealPersonal(o.key, c.complaint.ID, c.personal)
			if err != nil {
				return people, err
			}
			people.ComplaintIDs, people.Sealed = append(people.ComplaintIDs, c.complaint.ID), append(people.Sealed, s)
		}
	}
	return people, nil
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
