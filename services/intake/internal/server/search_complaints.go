package server

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/search"
	"redress.dev/services/intake/internal/store"
)

// searchPosition is the last hit of a page, and what the page is one of.
type searchPosition struct {
	store.Hit
	Of string `json:"f"`
}

// SearchComplaints implements the RPC; its contract is in the .proto file. The index knows hashes alone: whether a phrase stands in what
// was written is seen once that is unsealed, for the complaints of one page.
func (s *Server) SearchComplaints(ctx context.Context, req *intakev1.SearchComplaintsRequest) (*intakev1.SearchComplaintsResponse, error) {
	tenant := auth.From(ctx).Tenant
	if s.cfg.Search == SearchOff {
		return nil, fault.New(fault.Precondition, "SEARCH_OFF", "searching is switched off here (INTAKE_SEARCH=off); list complaints by their fields instead")
	}
	query := search.Parse(req.GetQuery())
	sought, err := s.sought(tenant, query)
	if err != nil {
		return nil, err
	}
	filter, of, after, err := s.searchFilter(ctx, tenant, req)
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize())
	hits, err := store.Search(ctx, s.cfg.Pool, tenant, filter, sought, after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.SearchComplaintsResponse{}
	if len(hits) > size {
		hits = hits[:size]
		resp.NextPageToken = rpc.PageToken(searchPosition{hits[size-1], of})
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ComplaintID
	}
	kept, err := store.ComplaintsByIDs(ctx, s.cfg.Pool, tenant, ids)
	if err != nil {
		return nil, err
	}
	if err := s.recordSought(ctx, sought, hits, kept); err != nil {
		return nil, err
	}
	resp.Hits, err = s.hits(ctx, tenant, query, hits, kept)
	return resp, err
}

// recordSought records that somebody was looked for by a telephone number or e-mail address, whether anybody was found or not. A person may do so
// only so often; a system asks for each of its calls.
func (s *Server) recordSought(ctx context.Context, sought store.Sought, hits []store.Hit, kept map[string]store.Kept) error {
	purpose := findByPhone
	switch {
	case sought.Phone == nil && sought.Email == nil:
		return nil
	case sought.Phone == nil:
		purpose = findByEmail
	}
	people := map[string]bool{}
	for _, h := range hits {
		if h.ByContact {
			people[kept[h.ComplaintID].Subject.ID] = true
		}
	}
	var refused error
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) (err error) {
		refused, err = s.recordLook(ctx, tx, purpose, slices.Collect(maps.Keys(people)), auth.From(ctx).Person())
		return err
	})
	return cmp.Or(err, refused)
}

// sought returns what the index is asked for. At least half of the words must be there, and all that stand in quotation marks.
func (s *Server) sought(tenant string, query search.Query) (store.Sought, error) {
	var out store.Sought
	if len(query.Words) == 0 {
		return out, fault.New(fault.Invalid, "SEARCH_EMPTY",
			"query holds nothing to look for; it wants a word, a number or two Chinese characters that stand together").At("query")
	}
	key, err := s.searchKey(tenant)
	if err != nil {
		return out, err
	}
	out = store.Sought{Words: key.Words(query.Words), Least: (len(query.Words) + 1) / 2, Whole: key.Name(query.Text)}
	for _, phrase := range query.Phrases {
		out.Required = append(out.Required, key.Words(search.Words(phrase))...)
	}
	if out.Phone, err = s.cfg.Keys.PhoneIndex(tenant, query.Text); err != nil {
		return out, err
	}
	out.Email, err = s.cfg.Keys.EmailIndex(tenant, query.Text)
	return out, err
}

func (s *Server) searchFilter(ctx context.Context, tenant string, req *intakev1.SearchComplaintsRequest) (f store.Filter, of string, after *store.Hit, err error) {
	f = store.Filter{Procedure: req.GetProcedure(), State: domain.State(req.GetState())}
	if f.ReceiveFrom, f.ReceiveTo, err = received(req); err != nil {
		return f, "", nil, err
	}
	if err := printable("procedure", f.Procedure); err != nil {
		return f, "", nil, err
	}
	if err := s.knownProcedure(ctx, tenant, f.Procedure); err != nil {
		return f, "", nil, err
	}
	at := proto.CloneOf(req)
	at.PageSize, at.PageToken = 0, ""
	of = fingerprint(tenant, at)
	last, ok, err := rpc.ParsePageToken[searchPosition](req.GetPageToken())
	if err != nil || !ok {
		return f, of, nil, err
	}
	if last.Of != of || !isID(last.ComplaintID) {
		return f, of, nil, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID",
			"page_token is not one of this query; repeat that of the last page, or leave it empty for the first page").At("page_token")
	}
	return f, of, &last.Hit, nil
}

// hits returns what was found as it is shown, without what lacks a phrase. A hash may belong to two words, by a chance of 2^-64.
func (s *Server) hits(ctx context.Context, tenant string, query search.Query, found []store.Hit, kept map[string]store.Kept) ([]*intakev1.SearchHit, error) {
	var out []*intakev1.SearchHit
	for _, h := range found {
		k, ok := kept[h.ComplaintID]
		if !ok {
			continue
		}
		who, err := s.person(k)
		if err != nil {
			return nil, err
		}
		text := ""
		if s.cfg.Search == SearchText {
			p, err := s.editions.get(ctx, s.cfg.Pool, tenant, k.Complaint.Edition.Digest)
			if err != nil {
				return nil, err
			}
			text = textOf(p, who)
		}
		if !query.In(text) {
			continue
		}
		out = append(out, &intakev1.SearchHit{
			Complaint: complaintProto(k.Complaint, who), Score: float64(h.Matched) / float64(len(query.Words)), Exact: search.Contains(text, query.Text),
		})
	}
	return out, nil
}
