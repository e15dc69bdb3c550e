package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

var start = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// id returns the n-th UUID.
func id(n int) string { return fmt.Sprintf("0190c1de-0000-7000-8000-%012d", n) }

func open(t *testing.T) *pgxpool.Pool {
	t.Helper()
	return pgtest.New(t, "reporting", editions.Migrations, store.Migrations)
}

func inTx(t *testing.T, pool *pgxpool.Pool, f func(tx pgx.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), pool, f); err != nil {
		t.Fatal(err)
	}
}

// fact is one with everything in it.
func fact(n int) *domain.Fact {
	f := &domain.Fact{
		Tenant: "default", ComplaintID: id(n), Number: fmt.Sprint("F-", n), Procedure: "figures", Edition: "new", Month: "2026-03", RouteTime: start.Add(time.Hour),
		CloseTime: start.Add(2 * time.Hour), Late: []string{id(77)}, Entries: 9,
		Seen: procedure.MetricFacts{
			Facts: procedure.Facts{
				Channel: "web", Flow: "direct", Round: 2, Received: start, Values: map[string]string{"grade": "high"},
				Fields: map[string]procedure.Value{"line": procedure.Code("door"), "cost": procedure.Number(2.5)},
			}.Complete("check", "yes", nil),
			Clocks:     map[string]procedure.ClockCounts{"reply": {Started: 3, Met: 1, Breached: 1, Cancelled: 1}},
			Visits:     map[string]procedure.VisitCounts{"main": {Satisfied: 1, Dissatisfied: 2, Unreached: 3}},
			Milestones: map[string]int{"answered": 2}, Actions: map[string]procedure.ActionCounts{"capa": {Opened: 3, Closed: 1, Cancelled: 1}}, Charges: map[string]procedure.ChargeCounts{"deduction": {Proposed: 3, Signed: 2, Voided: 1, Amount: 35_001}}, Contacts: 4, Rounds: 2, Closed: true,
		},
	}
	return f
}

func save(t *testing.T, pool *pgxpool.Pool, facts ...*domain.Fact) {
	t.Helper()
	inTx(t, pool, func(tx pgx.Tx) error { return store.SaveFacts(t.Context(), tx, facts, nil) })
}

func TestAFactComesBack(t *testing.T) {
	t.Parallel()
	pool := open(t)
	one, two := fact(1), fact(2)
	two.CloseTime, two.Seen.Closed, two.RouteTime, two.Late = time.Time{}, false, time.Time{}, nil
	one.Shares = []domain.Share{{Numerator: 1, Denominator: 2}, {Failed: true}}
	save(t, pool, one, two)
	one.Entries, one.WithdrawTime, one.Seen.Withdrawn, one.Seen.Contacts, one.Edition = 10, start, true, 5, "moved"
	one.Seen.Values, one.Seen.Milestones = map[string]string{"grade": "other"}, map[string]int{"closed": 1}
	three := fact(3)
	inTx(t, pool, func(tx pgx.Tx) error {
		return store.SaveFacts(t.Context(), tx, []*domain.Fact{three}, []*domain.Fact{one})
	})

	one.Shares, three.Shares = nil, nil // they are worked out anew
	want := map[store.Key]*domain.Fact{
		{Tenant: "default", ComplaintID: id(1)}: one, {Tenant: "default", ComplaintID: id(2)}: two, {Tenant: "default", ComplaintID: id(3)}: three,
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		got, err := store.LockFacts(t.Context(), tx, []store.Key{
			{Tenant: "default", ComplaintID: id(1)}, {Tenant: "default", ComplaintID: id(2)}, {Tenant: "default", ComplaintID: id(3)}, {Tenant: "other", ComplaintID: id(1)},
			{Tenant: "default", ComplaintID: id(4)},
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("facts (-want +got):\n%s", diff)
		}
		return err
	})
}

// A plan is kept from when the table was empty: what is there by now is found by its key all the same.
func TestFactsAreFoundByTheirKeys(t *testing.T) {
	t.Parallel()
	const n = 50
	facts, keys := make([]*domain.Fact, n), make([]store.Key, n)
	for i := range facts {
		facts[i] = fact(i)
		keys[i] = store.Key{Tenant: facts[i].Tenant, ComplaintID: facts[i].ComplaintID}
	}
	inTx(t, open(t), func(tx pgx.Tx) error {
		pgtest.KeepPlans(t, tx)
		lock := func() error {
			_, err := store.LockFacts(t.Context(), tx, keys)
			return err
		}
		if err := lock(); err != nil {
			return err
		}
		if err := store.SaveFacts(t.Context(), tx, facts, nil); err != nil {
			return err
		}
		if read := pgtest.Fetched(t, tx, "complaint_fact", lock); read > 2*n { // a row that is locked is read again
			t.Errorf("%d facts were read for %d", read, n)
		}
		return nil
	})
}

func TestTimelineIsInTheOrderOfOccurrence(t *testing.T) {
	t.Parallel()
	pool := open(t)
	entry := func(n, hour int) domain.Entry {
		return domain.Entry{
			Tenant: "default", ComplaintID: id(1), Order: n, EventID: id(100 + n), Type: "redress.routing.v1.WorkOpened", OccurTime: start.Add(time.Duration(hour) * time.Hour),
			RecordTime: start.Add(9 * time.Hour), Actor: "person:li", Round: 1, Subject: "check", Detail: "agent",
		}
	}
	visit, moved := entry(2, 3), entry(1, 5)
	visit.VisitOutcome, moved.Steps = procedure.Unreached, map[string]string{"check": "look"}
	other := entry(1, 1)
	other.ComplaintID, other.EventID = id(2), id(201)
	inTx(t, pool, func(tx pgx.Tx) error {
		return store.InsertEntries(t.Context(), tx, []domain.Entry{moved, visit, entry(3, 5), other, entry(4, 1)})
	})
	got, err := store.Timeline(t.Context(), pool, "default", id(1), 3)
	if diff := cmp.Diff([]domain.Entry{entry(4, 1), visit, moved}, got); diff != "" || err != nil {
		t.Errorf("error %v, entries (-want +got):\n%s", err, diff)
	}
	if got, err := store.Timeline(t.Context(), pool, "other", id(1), 3); len(got) > 0 || err != nil {
		t.Errorf("another tenant sees %v, error %v", got, err)
	}
}

func TestEditionsAreKnownOnce(t *testing.T) {
	t.Parallel()
	pool := open(t)
	known := func(digest string) store.KnownEdition {
		return store.KnownEdition{Tenant: "default", Procedure: "figures", Edition: digest}
	}
	looks := func(when string, hour int, want ...string) {
		t.Helper()
		got, err := store.Editions(t.Context(), pool, "default", "figures", start.Add(time.Duration(hour)*time.Hour))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, editions (-want +got):\n%s", when, err, diff)
		}
	}
	told := func(list ...store.EditionTold) {
		t.Helper()
		inTx(t, pool, func(tx pgx.Tx) error { return store.SaveEditions(t.Context(), tx, list) })
	}
	published := func(digest string, hour int) store.EditionTold {
		return store.EditionTold{KnownEdition: known(digest), PublishTime: start.Add(time.Duration(hour) * time.Hour)}
	}
	activated := func(digest string, hour int) store.EditionTold {
		return store.EditionTold{KnownEdition: known(digest), ActivateTime: start.Add(time.Duration(hour) * time.Hour)}
	}
	told(published("draft", -2), published("old", -3))
	looks("before any use", 0, "draft", "old")
	for _, first := range []map[store.KnownEdition]time.Time{
		{known("old"): start}, {known("old"): start.Add(time.Hour), known("new"): start.Add(time.Minute)}, {},
	} {
		inTx(t, pool, func(tx pgx.Tx) error { return store.InsertEditions(t.Context(), tx, first) })
	}
	looks("by their first complaints", 1, "new", "old")
	told(activated("old", 5), activated("next", 8)) // taken back to the old one
	looks("before the time", 4, "new", "old")
	looks("from the time on", 5, "old", "new")
	looks("the next one's", 8, "next", "old", "new")
	told(published("next", -1), activated("new", 9))
	looks("again", 9, "new", "next", "old")
}

func TestFigures(t *testing.T) {
	t.Parallel()
	pool := open(t)
	var facts []*domain.Fact
	for n := range 6 {
		f := fact(n)
		f.Month = []string{"2026-03", "2026-04"}[n%2]
		f.Seen.Received = start.Add(time.Duration(n) * time.Hour)
		f.Shares = []domain.Share{{Numerator: int64(n), Denominator: 1}, {Failed: n == 4, Numerator: 10}}
		facts = append(facts, f)
	}
	facts[5].Edition, facts[5].Shares = "old", []domain.Share{{Numerator: 100}}
	delete(facts[0].Seen.Fields, "line")
	for n, f := range facts { // closed on the last evening of March in UTC, which is April in Shanghai, or open
		f.CloseTime = time.Time{}
		if n < 2 {
			f.CloseTime = time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC)
		}
		f.Seen.Answers = map[string]map[string]procedure.Value{"check": {"outcome": procedure.Code([]string{"yes", "no"}[n%2])}}
	}
	facts[1].Work = []domain.Work{{Key: "check", Post: "agent", Person: "li"}, {Key: "answer", Post: "head", Person: "wu"}}
	facts[2].Work = []domain.Work{{Key: "answer", Post: "agent", Person: "li"}}
	stranger := fact(9)
	stranger.Tenant = "other"
	save(t, pool, append(facts, stranger)...)

	all := store.Selection{Tenant: "default", Procedure: "figures", Editions: []string{"new", "old"}, Positions: []int{0, 1}}
	with := func(change func(*store.Selection)) store.Selection { s := all; change(&s); return s }
	tests := []struct {
		name      string
		selection store.Selection
		want      []domain.Figures
	}{
		{"one total for each edition", all, []domain.Figures{
			{Edition: "new", Group: []string{}, Complaints: 5, Shares: map[int]domain.Share{0: {Numerator: 10, Denominator: 5}, 1: {Numerator: 40}}},
			{Edition: "old", Group: []string{}, Complaints: 1, Shares: map[int]domain.Share{0: {Numerator: 100}, 1: {}}},
		}},
		{"from and to, which is excluded", with(func(s *store.Selection) {
			s.From, s.To, s.Positions = start.Add(time.Hour), start.Add(3*time.Hour), []int{0}
		}), []domain.Figures{{Edition: "new", Group: []string{}, Complaints: 2, Shares: map[int]domain.Share{0: {Numerator: 3, Denominator: 2}}}}},
		{"of one edition", with(func(s *store.Selection) { s.Editions, s.Positions = []string{"old"}, nil }), []domain.Figures{
			{Edition: "old", Group: []string{}, Complaints: 1, Shares: map[int]domain.Share{}},
		}},
		{"by month, field and value", with(func(s *store.Selection) {
			s.GroupBy, s.Positions, s.To = []string{"month", "fields.line", "values.grade", "channel", "flow"}, nil, start.Add(3*time.Hour)
		}), []domain.Figures{
			{Edition: "new", Group: []string{"2026-03", "", "high", "web", "direct"}, Complaints: 1, Shares: map[int]domain.Share{}},
			{Edition: "new", Group: []string{"2026-03", "door", "high", "web", "direct"}, Complaints: 1, Shares: map[int]domain.Share{}},
			{Edition: "new", Group: []string{"2026-04", "door", "high", "web", "direct"}, Complaints: 1, Shares: map[int]domain.Share{}},
		}},
		{"by closing, in the month of the zone", with(func(s *store.Selection) {
			s.Basis, s.Zone, s.GroupBy, s.Positions = procedure.ByClosing, time.FixedZone("Asia/Shanghai", 8*3600), []string{"month", "answers.check.outcome"}, []int{0}
			s.From = time.Date(2026, 3, 31, 16, 0, 0, 0, time.UTC)
		}), []domain.Figures{
			{Edition: "new", Basis: procedure.ByClosing, Group: []string{"2026-04", "yes"}, Complaints: 1, Shares: map[int]domain.Share{0: {Denominator: 1}}},
			{Edition: "new", Basis: procedure.ByClosing, Group: []string{"2026-04", "no"}, Complaints: 1, Shares: map[int]domain.Share{0: {Numerator: 1, Denominator: 1}}},
		}},
		{"of a person", with(func(s *store.Selection) { s.Of.Work, s.Positions = []domain.Work{{Person: "li"}}, []int{0} }), []domain.Figures{
			{Edition: "new", Group: []string{}, Complaints: 2, Shares: map[int]domain.Share{0: {Numerator: 3, Denominator: 2}}},
		}},
		{"of a person, by one step", with(func(s *store.Selection) {
			s.Of.Work, s.Positions = []domain.Work{{Key: "answer", Person: "li"}}, []int{0}
		}), []domain.Figures{
			{Edition: "new", Group: []string{}, Complaints: 1, Shares: map[int]domain.Share{0: {Numerator: 2, Denominator: 1}}},
		}},
		{"of posts", with(func(s *store.Selection) {
			s.Of.Work, s.Positions = []domain.Work{{Post: "head"}, {Post: "none"}}, []int{0}
		}), []domain.Figures{
			{Edition: "new", Group: []string{}, Complaints: 1, Shares: map[int]domain.Share{0: {Numerator: 1, Denominator: 1}}},
		}},
		{"of a code", with(func(s *store.Selection) {
			s.Of.Group, s.Of.Code, s.Positions, s.Editions = "fields.line", "door", []int{0}, []string{"new"}
		}), []domain.Figures{
			{Edition: "new", Group: []string{}, Complaints: 4, Shares: map[int]domain.Share{0: {Numerator: 10, Denominator: 4}}},
		}},
		{"a name is never part of the statement", with(func(s *store.Selection) {
			s.GroupBy, s.Positions = []string{"fields.x' || pg_sleep(9) || '", "values.'); DROP TABLE complaint_fact; --"}, nil
		}), []domain.Figures{
			{Edition: "new", Group: []string{"", ""}, Complaints: 5, Shares: map[int]domain.Share{}}, {Edition: "old", Group: []string{"", ""}, Complaints: 1, Shares: map[int]domain.Share{}},
		}},
	}
	for _, tt := range tests {
		got, err := store.Figures(t.Context(), pool, tt.selection)
		byGroup := cmp.Transformer("sorted", func(list []domain.Figures) map[string]domain.Figures {
			m := map[string]domain.Figures{}
			for _, f := range list {
				m[fmt.Sprint(f.Edition, f.Group)] = f
			}
			return m
		})
		if diff := cmp.Diff(tt.want, got, byGroup); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestSumTotals(t *testing.T) {
	t.Parallel()
	pool := open(t)
	one, two, stranger := fact(1), fact(2), fact(3)
	two.Procedure, two.CloseTime, two.RouteTime, two.WithdrawTime = "other", time.Time{}, time.Time{}, start
	stranger.Tenant = "other"
	save(t, pool, one, two, stranger)
	tests := []struct {
		procedure string
		want      store.Totals
	}{
		{"", store.Totals{Registered: 2, Routed: 1, Closed: 1, Withdrawn: 1, Reopened: 2, ClockStarted: 6, ClockMet: 2, ClockBreached: 2, ClockCancelled: 2, Visits: 12}},
		{"figures", store.Totals{Registered: 1, Routed: 1, Closed: 1, Reopened: 1, ClockStarted: 3, ClockMet: 1, ClockBreached: 1, ClockCancelled: 1, Visits: 6}},
		{"none", store.Totals{}},
	}
	for _, tt := range tests {
		got, err := store.SumTotals(t.Context(), pool, "default", tt.procedure)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("procedure %q: error %v (-want +got):\n%s", tt.procedure, err, diff)
		}
	}
}

func TestPostsHeldAndHolds(t *testing.T) {
	t.Parallel()
	pool := open(t)
	duty := func(n, hour int, post, person string) store.Duty {
		return store.Duty{Tenant: "default", ID: id(n), Procedure: "figures", Post: post, Person: person, StartTime: start.Add(time.Duration(hour) * time.Hour)}
	}
	stranger := duty(9, 0, "agent", "li")
	stranger.Tenant = "other"
	list := []store.Duty{duty(1, 0, "agent", "li"), duty(2, 10, "agent", "wu"), duty(3, 0, "head", "li"), duty(4, 0, "office", "li"), duty(5, 0, "office", "sun"), stranger}
	for range 2 { // delivered twice
		inTx(t, pool, func(tx pgx.Tx) error { return store.SaveDuties(t.Context(), tx, list) })
	}
	for _, tt := range []struct {
		person string
		hour   int
		want   []string
	}{
		{"li", -1, []string{}}, {"li", 9, []string{"agent", "head"}}, {"li", 10, []string{"head"}}, {"wu", 10, []string{"agent"}}, {"sun", 0, []string{"office"}},
	} {
		inTx(t, pool, func(tx pgx.Tx) error {
			got, err := store.PostsHeld(t.Context(), tx, "default", "figures", tt.person, start.Add(time.Duration(tt.hour)*time.Hour))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s at %d (-want +got):\n%s", tt.person, tt.hour, diff)
			}
			return err
		})
	}
	for _, tt := range []struct {
		person   string
		posts    []string
		from, to int
		want     bool
	}{
		{"li", []string{"agent"}, 5, 6, true}, {"li", []string{"agent"}, 9, 11, true}, {"li", []string{"agent"}, 10, 12, false},
		{"wu", []string{"agent"}, 5, 10, false}, {"wu", []string{"agent"}, 5, 11, true}, {"li", nil, 20, 30, true}, {"none", nil, 0, 99, false},
		{"li", []string{"office"}, 0, 99, false},
	} {
		got, err := store.Holds(t.Context(), pool, duty(0, 0, "", tt.person), tt.posts, start.Add(time.Duration(tt.from)*time.Hour), start.Add(time.Duration(tt.to)*time.Hour))
		if got != tt.want || err != nil {
			t.Errorf("%+v: %v, error %v", tt, got, err)
		}
	}
}

func TestScoreEntries(t *testing.T) {
	t.Parallel()
	pool := open(t)
	entry := func(n int, subject string) domain.ScoreEntry {
		return domain.ScoreEntry{
			ID: id(n), Tenant: "default", Procedure: "figures", Card: "staff", Row: "skill", Subject: subject, Month: "2026-03", Amount: 25_000,
			Reason: "spot_check", Posts: []string{"head"}, Person: "qian", RecordTime: start.Add(time.Duration(n) * time.Hour),
		}
	}
	one, two := entry(1, "li"), entry(2, "wu")
	inTx(t, pool, func(tx pgx.Tx) error {
		return errors.Join(store.InsertEntry(t.Context(), tx, two), store.InsertEntry(t.Context(), tx, one))
	})
	one.Posts, one.WithdrawTime = []string{"head", "office"}, start.Add(9*time.Hour)
	inTx(t, pool, func(tx pgx.Tx) error { return store.UpdateEntry(t.Context(), tx, one) })
	inTx(t, pool, func(tx pgx.Tx) error {
		got, found, err := store.LockEntry(t.Context(), tx, "default", id(1))
		if diff := cmp.Diff(one, got, cmpopts.EquateApproxTime(0)); diff != "" || !found {
			t.Errorf("found %v (-want +got):\n%s", found, diff)
		}
		return err
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		_, found, err := store.LockEntry(t.Context(), tx, "other", id(1))
		if found {
			t.Error("another tenant finds the entry")
		}
		return err
	})
	k := store.EntryKey{Tenant: "default", Procedure: "figures", Card: "staff", Month: "2026-03"}
	for subject, want := range map[string][]domain.ScoreEntry{"": {one, two}, "wu": {two}, "none": nil} {
		k.Subject = subject
		got, err := store.Entries(t.Context(), pool, k, 10)
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("of %q: error %v (-want +got):\n%s", subject, err, diff)
		}
	}
}
