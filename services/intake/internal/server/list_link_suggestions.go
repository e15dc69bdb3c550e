package server

import (
	"cmp"
	"context"
	"slices"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/search"
	"redress.dev/services/intake/internal/store"
)

const (
	// maxCandidates is how many complaints are compared with one; a third of them may come of each way in which they are found.
	maxCandidates = 200
	// maxSuggestions is how many are returned.
	maxSuggestions = 20
)

// ListLinkSuggestions implements the RPC; its contract is in the .proto file. The index finds candidates, which are compared by what
// they really say.
func (s *Server) ListLinkSuggestions(ctx context.Context, req *intakev1.ListLinkSuggestionsRequest) (*intakev1.ListLinkSuggestionsResponse, error) {
	tenant := auth.From(ctx).Tenant
	own, err := store.ComplaintByID(ctx, s.cfg.Pool, tenant, req.GetComplaintId())
	if err != nil {
		return nil, err
	}
	one, text, err := s.matter(ctx, own)
	if err != nil {
		return nil, err
	}
	candidates, sharing, err := s.candidates(ctx, one, text)
	if err != nil {
		return nil, err
	}
	leave, err := store.LinkedIDs(ctx, s.cfg.Pool, tenant, own.Complaint.ID)
	if err != nil {
		return nil, err
	}
	dismissed, err := store.Dismissals(ctx, s.cfg.Pool, tenant, own.Complaint.ID)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListLinkSuggestionsResponse{}
	for id, k := range candidates {
		d, set := dismissed[id]
		if slices.Contains(leave, id) || set && !req.GetIncludeDismissed() {
			continue
		}
		other, otherText, err := s.matter(ctx, k)
		if err != nil {
			return nil, err
		}
		if found, ok := domain.Suggest(one, other, sharing, search.Similarity(text, otherText)); ok {
			resp.Suggestions = append(resp.Suggestions, suggestionProto(other, found, d))
		}
	}
	slices.SortFunc(resp.GetSuggestions(), func(a, b *intakev1.LinkSuggestion) int {
		return cmp.Or(cmp.Compare(b.GetScore(), a.GetScore()), cmp.Compare(b.GetComplaint().GetComplaintId(), a.GetComplaint().GetComplaintId()))
	})
	resp.Suggestions = resp.GetSuggestions()[:min(len(resp.GetSuggestions()), maxSuggestions)]
	return resp, nil
}

// matter returns what a complaint is compared by, and what was written about it.
func (s *Server) matter(ctx context.Context, k store.Kept) (domain.Matter, string, error) {
	who, err := s.person(k)
	if err != nil {
		return domain.Matter{}, "", err
	}
	p, err := s.editions.get(ctx, s.cfg.Pool, k.Complaint.Tenant, k.Complaint.Edition.Digest)
	if err != nil {
		return domain.Matter{}, "", err
	}
	return domain.Matter{Complaint: k.Complaint, Personal: who}, textOf(p, who), nil
}

// candidates returns the complaints that are worth comparing, at most maxCandidates, and how many share each of its codes. While
// searching is off, people are all that they are found by.
func (s *Server) candidates(ctx context.Context, one domain.Matter, text string) (map[string]store.Kept, map[string]int, error) {
	c := one.Complaint
	like, err := s.likeness(ctx, c, text)
	if err != nil {
		return nil, nil, err
	}
	const each = maxCandidates / 3
	ids, err := store.PeopleAlike(ctx, s.cfg.Pool, c.Tenant, like, each)
	if err != nil {
		return nil, nil, err
	}
	texts, err := store.TextsAlike(ctx, s.cfg.Pool, c.Tenant, like, each)
	if err != nil {
		return nil, nil, err
	}
	sharing, err := store.Sharing(ctx, s.cfg.Pool, c.Tenant, like)
	if err != nil {
		return nil, nil, err
	}
	ids = append(ids, texts...)
	counts := make(map[string]int, len(sharing))
	for field, others := range sharing {
		counts[field] = len(others) + 1
		if len(others) < store.MaxSharing { // a code that so many share says nothing by itself
			ids = append(ids, others[:min(len(others), maxCandidates-min(len(ids), maxCandidates))]...)
		}
	}
	slices.Sort(ids)
	kept, err := store.ComplaintsByIDs(ctx, s.cfg.Pool, c.Tenant, slices.Compact(ids))
	return kept, counts, err
}

// likeness returns what complaints that are like c are found by.
func (s *Server) likeness(ctx context.Context, c domain.Complaint, text string) (store.Likeness, error) {
	like := store.Likeness{ComplaintID: c.ID, SubjectID: c.SubjectID, Codes: map[string]int64{}}
	key, err := s.searchKey(c.Tenant)
	if err != nil {
		return like, err
	}
	p, err := s.editions.get(ctx, s.cfg.Pool, c.Tenant, c.Edition.Digest)
	if err != nil {
		return like, err
	}
	for field, v := range c.Fields {
		if f, ok := p.Field(field); ok && v.Kind == procedure.KindCode && !f.Listed() {
			like.Codes[field] = key.Code(field, v.Code)
		}
	}
	like.Sketch = search.Sketch(key.Words(search.Words(text)))
	return like, nil
}

func suggestionProto(m domain.Matter, s domain.Suggestion, d store.Dismissal) *intakev1.LinkSuggestion {
	out := &intakev1.LinkSuggestion{
		Complaint: complaintProto(m.Complaint, m.Personal), Score: s.Score, Kind: typev1.LinkKind(s.Kind), Dismisser: d.Actor, DismissTime: timeProto(d.Time),
	}
	for _, r := range s.Reasons {
		out.Reasons = append(out.Reasons, &intakev1.SuggestionReason{
			Kind: intakev1.SuggestionReasonKind(r.Kind), Score: r.Score, Field: r.Field,
		})
	}
	return out
}
