package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

var edition = domain.Edition{Procedure: "furniture", Name: "2026-01", Digest: "d1"}

// open returns a database with one edition published.
func open(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, "intake", events.Migrations, store.Migrations)
	inTx(t, pool, func(tx pgx.Tx) error {
		if _, err := store.LockProcedure(t.Context(), tx, "default", "furniture"); err != nil {
			return err
		}
		return store.InsertEdition(t.Context(), tx, store.Published{Edition: edition, Tenant: "default", PublishTime: now, Content: []byte("content")})
	})
	return pool
}

func inTx(t *testing.T, pool *pgxpool.Pool, f func(tx pgx.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), pool, f); err != nil {
		t.Fatal(err)
	}
}

// complaint returns the n-th complaint of a test.
func complaint(n int) domain.Complaint {
	return domain.Complaint{
		Tenant: "default", ID: uuid.Must(uuid.NewV7()).String(), SubjectID: uuid.NewString(), Number: fmt.Sprintf("FU-%d", n), Edition: edition, Flow: "direct",
		Channel: "hotline", ComplainantKind: "end_user",
		Fields: map[string]procedure.Value{
			"category": procedure.Code("质量"), "amount": procedure.Number(12.5), "again": procedure.Flag(true), "bought": procedure.Time(now),
		},
		ReceiveTime: now.Add(-time.Hour), CountTime: now, RegisterTime: now, State: domain.Open, Version: 1, EventVersion: 1,
		ExternalReference: fmt.Sprintf("crm-%d", n),
	}
}

func insertComplaints(t *testing.T, tx pgx.Tx, complaints ...domain.Complaint) error {
	t.Helper()
	var b pgx.Batch
	if err := store.QueueComplaints(&b, "default", complaints); err != nil {
		return err
	}
	return tx.SendBatch(t.Context(), &b).Close()
}

func TestWhatIsKeptOfAComplaintIsRead(t *testing.T) {
	t.Parallel()
	pool := open(t)
	a, b := complaint(1), complaint(2)
	b.Fields, b.ExternalReference = nil, ""
	sealed := domain.Sealed{Ciphertext: []byte("text"), PhoneIndex: []byte("phone")}
	who, other := domain.Subject{ID: a.SubjectID, WrappedKey: []byte("key"), KeyVersion: 1<<32 - 1, CreateTime: now},
		domain.Subject{ID: b.SubjectID, WrappedKey: []byte("other"), CreateTime: now}
	inTx(t, pool, func(tx pgx.Tx) error {
		_, err := store.KeepPeople(t.Context(), tx, "default", store.NewPeople{
			Subjects: []domain.Subject{who, other}, ComplaintIDs: []string{a.ID}, Sealed: []domain.Sealed{sealed},
		}, nil)
		return errors.Join(err, insertComplaints(t, tx, a, b))
	})
	got, err := store.ComplaintByID(t.Context(), pool, "default", a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Kept{Complaint: a, Subject: who, Sealed: domain.Sealed{Ciphertext: []byte("text")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by id (-want +got):\n%s", diff)
	}
	got, err = store.ComplaintByNumber(t.Context(), pool, "default", "FU-2")
	if diff := cmp.Diff(store.Kept{Complaint: b, Subject: other}, got); diff != "" || err != nil {
		t.Errorf("by number: %v (-want +got):\n%s", err, diff)
	}
	for _, tenant := range []string{"default", "other"} {
		if _, err := store.ComplaintByNumber(t.Context(), pool, tenant, "FU-3"); fault.ReasonOf(err) != "COMPLAINT_NOT_FOUND" {
			t.Errorf("got %v", err)
		}
	}
	list, err := store.Complaints(t.Context(), pool, "default", store.Filter{After: &store.Position{ID: b.ID}, State: domain.Open}, 10)
	if err != nil || len(list) != 1 || list[0].Complaint.ID != a.ID {
		t.Errorf("list is %v, %v", list, err)
	}
}

func TestSavedComplaints(t *testing.T) {
	t.Parallel()
	pool := open(t)
	a, b := complaint(1), complaint(2)
	inTx(t, pool, func(tx pgx.Tx) error {
		return insertComplaints(t, tx, a, b)
	})
	a.State, a.CloseTime, a.Version, a.EventVersion = domain.Closed, now, 2, 3
	b.State, b.Version = domain.Withdrawn, 2
	inTx(t, pool, func(tx pgx.Tx) error { return store.SaveComplaints(t.Context(), tx, a, b) })
	inTx(t, pool, func(tx pgx.Tx) error {
		one, err := store.LockComplaint(t.Context(), tx, "default", a.ID)
		if diff := cmp.Diff(a, one); diff != "" {
			t.Errorf("saved (-want +got):\n%s", diff)
		}
		return err
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		many, err := store.LockComplaints(t.Context(), tx, []string{"default", "default", "other"}, []string{b.ID, b.ID, a.ID})
		if diff := cmp.Diff(map[string]domain.Complaint{b.ID: b}, many); diff != "" {
			t.Errorf("locked (-want +got):\n%s", diff)
		}
		return err
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		_, err := store.LockComplaint(t.Context(), tx, "other", a.ID)
		if fault.ReasonOf(err) != "COMPLAINT_NOT_FOUND" {
			t.Errorf("another tenant locks it: %v", err)
		}
		return nil
	})
}

func TestSeries(t *testing.T) {
	t.Parallel()
	pool := open(t)
	take := func(counts map[string]int64) (first map[string]int64) {
		inTx(t, pool, func(tx pgx.Tx) (err error) {
			first, err = store.KeepPeople(t.Context(), tx, "default", store.NewPeople{}, counts)
			return err
		})
		return first
	}
	if diff := cmp.Diff(map[string]int64{"A": 1, "B": 1}, take(map[string]int64{"B": 3, "A": 1})); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	failed := errors.New("later in the transaction")
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := store.KeepPeople(t.Context(), tx, "default", store.NewPeople{}, map[string]int64{"B": 7})
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"B": 4, "C": 1}, take(map[string]int64{"B": 1, "C": 1})); diff != "" {
		t.Errorf("after a transaction that failed (-want +got):\n%s", diff)
	}
}

// A replay reads its own results, however many came behind them.
func TestAReplayReadsItsOwnResults(t *testing.T) {
	t.Parallel()
	pool := open(t)
	inTx(t, pool, func(tx pgx.Tx) error {
		pgtest.KeepPlans(t, tx)
		const q = `
			INSERT INTO intake_result (tenant, session_key, last_sequence, first_sequence, results, commit_time)
			SELECT 'default', 1, 2 * n, 2 * n - 1, 'x', now() FROM generate_series(1, 5000) n`
		if _, err := tx.Exec(t.Context(), q); err != nil {
			return err
		}
		s := store.Session{Tenant: "default", Key: 1}
		fetched := pgtest.Fetched(t, tx, "intake_result", func() error {
			got, err := store.Results(t.Context(), tx, s, 1, 2)
			if len(got) != 1 {
				t.Errorf("%d results, want 1", len(got))
			}
			return err
		})
		if fetched > store.MaxCommitItems {
			t.Errorf("%d rows are read, want %d at most", fetched, store.MaxCommitItems)
		}
		return nil
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	pool := open(t)
	openSession := func() (s store.Session) {
		inTx(t, pool, func(tx pgx.Tx) (err error) {
			s, _, err = store.OpenSession(t.Context(), tx, "default", "g", "s", "system:g", now)
			return err
		})
		return s
	}
	advance := func(s store.Session, last int64) (ours bool) {
		inTx(t, pool, func(tx pgx.Tx) (err error) {
			a := store.Advance{Session: s, To: last}
			var b pgx.Batch
			store.QueueAdvances(&b, []*store.Advance{&a})
			if err := tx.SendBatch(t.Context(), &b).Close(); err != nil || !a.Ours {
				return err
			}
			ours, b = true, pgx.Batch{}
			store.QueueResults(&b, s, s.Acked+1, last, fmt.Appendf(nil, "to %d", last), now)
			return tx.SendBatch(t.Context(), &b).Close()
		})
		return ours
	}
	old := openSession()
	if old.Epoch != 1 || old.Acked != 0 || !advance(old, 3) {
		t.Errorf("at first: %+v", old)
	}
	if advance(old, 5) {
		t.Error("the watermark moved from where it no longer was")
	}
	young := openSession()
	if young.Epoch != 2 || young.Acked != 3 || young.Key != old.Key {
		t.Errorf("reopened: %+v", young)
	}
	if old.Acked = 3; advance(old, 4) {
		t.Error("the older stream moved the watermark")
	}
	if !advance(young, 6) {
		t.Error("the younger stream cannot move the watermark")
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		_, ours, err := store.OpenSession(t.Context(), tx, "default", "g", "s", "system:another", now)
		if ours {
			t.Error("another caller took the session")
		}
		return err
	})
	young.Acked = 6
	if !advance(young, 7) {
		t.Error("another caller's attempt disturbed the stream")
	}
	if _, err := pool.Exec(t.Context(), `UPDATE intake_session SET opener = ''`); err != nil { // as before there were openers
		t.Fatal(err)
	}
	if old := openSession(); old.Epoch != 3 || old.Acked != 7 {
		t.Errorf("a session of the time before: %+v", old)
	}
	for _, test := range []struct {
		first, last int64
		want        string
	}{{1, 1, "[to 3]"}, {3, 4, "[to 3 to 6]"}, {6, 6, "[to 6]"}, {8, 9, "[]"}} {
		got, err := store.Results(t.Context(), pool, young, test.first, test.last)
		if fmt.Sprintf("%s", got) != test.want || err != nil {
			t.Errorf("results of %d to %d: %s, %v; want %s", test.first, test.last, got, err, test.want)
		}
	}
}

func TestEditions(t *testing.T) {
	t.Parallel()
	pool := open(t)
	second := store.Published{Edition: domain.Edition{Procedure: "furniture", Name: "2026-02", Digest: "d2"}, Tenant: "default",
		PublishTime: now.Add(time.Hour), Content: []byte("more")}
	inTx(t, pool, func(tx pgx.Tx) error { return store.InsertEdition(t.Context(), tx, second) })
	first := store.Published{Edition: edition, Tenant: "default", PublishTime: now, Content: []byte("content")}
	read := func(name string, want store.Published, find func(ctx context.Context) (store.Published, error)) {
		got, err := find(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	read("by digest", first, func(ctx context.Context) (store.Published, error) {
		return store.EditionByDigest(ctx, pool, "default", "d1")
	})
	read("by name", first, func(ctx context.Context) (store.Published, error) {
		return store.EditionByName(ctx, pool, "default", "furniture", "2026-01")
	})
	first.Content, second.Content = nil, nil
	list, err := store.Editions(t.Context(), pool, "default", "")
	if diff := cmp.Diff([]store.Published{second, first}, list); diff != "" || err != nil {
		t.Errorf("list: %v (-want +got):\n%s", err, diff)
	}
	for procedure, want := range map[string]int{"furniture": 2, "other": 0} {
		if list, err := store.Editions(t.Context(), pool, "default", procedure); len(list) != want || err != nil {
			t.Errorf("of %s: %v, %v; want %d", procedure, list, err, want)
		}
	}
	if _, err := store.EditionByDigest(t.Context(), pool, "other", "d1"); !errors.Is(err, store.ErrNoEdition) {
		t.Errorf("another tenant's: %v", err)
	}
}

func TestActsOfEditions(t *testing.T) {
	t.Parallel()
	pool := open(t)
	acts := domain.Life{
		{Digest: "d1", Kind: domain.ActPublished, Actor: "person:li", Time: now},
		{Digest: "d1", Kind: domain.ActApproved, Actor: "person:chen", Time: now, Effective: now.Add(time.Hour), Reason: "read"},
		{Digest: "d2", Kind: domain.ActApproved, Actor: "person:chen", Time: now, Effective: now.Add(time.Hour)}, // the same time, recorded later
		{Digest: "d2", Kind: domain.ActRetired, Actor: "person:chen", Time: now, Effective: now.Add(2 * time.Hour)},
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		for i, a := range acts {
			if err := store.InsertAct(t.Context(), tx, "default", "furniture", a, int64(i+1)); err != nil {
				return err
			}
		}
		version, err := store.LockProcedure(t.Context(), tx, "default", "furniture")
		if version != int64(len(acts)) {
			t.Errorf("event version %d, want %d", version, len(acts))
		}
		return err
	})
	for _, of := range []string{"furniture", ""} {
		got, err := store.Acts(t.Context(), pool, "default", of)
		if diff := cmp.Diff(map[string]domain.Life{"furniture": acts}, got); diff != "" || err != nil {
			t.Errorf("acts of %q: %v (-want +got):\n%s", of, err, diff)
		}
	}
	// The database and the domain look for the same: what took effect last.
	for hours := range 4 {
		at := now.Add(time.Duration(hours) * time.Hour)
		decisions, err := store.Decisions(t.Context(), pool, "default", []string{"furniture", "gardens"}, at)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]store.Decision{}
		if a, ok := acts.Current(at); ok {
			want["furniture"] = store.Decision{Digest: a.Digest, Retired: a.Kind == domain.ActRetired, Since: a.Effective}
		}
		if diff := cmp.Diff(want, decisions); diff != "" {
			t.Errorf("after %d hours (-want +got):\n%s", hours, diff)
		}
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		return insertComplaints(t, tx, complaint(1), complaint(2))
	})
	open, err := store.OpenComplaints(t.Context(), pool, "default")
	if diff := cmp.Diff(map[string]int64{"d1": 2}, open); diff != "" || err != nil {
		t.Errorf("open complaints: %v (-want +got):\n%s", err, diff)
	}
}

func TestContactsAndAccesses(t *testing.T) {
	t.Parallel()
	pool := open(t)
	c := complaint(1)
	late := domain.Contact{ID: uuid.NewString(), ComplaintID: c.ID, Medium: "phone", Purpose: "progress", Content: []string{"progress"}, OccurTime: now, RecordTime: now}
	early := domain.Contact{ID: uuid.NewString(), ComplaintID: c.ID, Outbound: true, Medium: "sms", Purpose: "response", OccurTime: now.Add(-time.Hour), RecordTime: now}
	inTx(t, pool, func(tx pgx.Tx) error {
		return errors.Join(
			store.InsertContact(t.Context(), tx, "default", late, []byte("sealed")),
			store.InsertContact(t.Context(), tx, "default", early, nil),
			store.InsertAccess(t.Context(), tx, "default", access(c, now.Add(-time.Minute), true)),
			store.InsertAccess(t.Context(), tx, "default", access(c, now, true)),
			store.InsertAccess(t.Context(), tx, "default", access(c, now, false)))
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		for n, want := range map[int]time.Time{1: now, 2: now.Add(-time.Minute), 3: {}} {
			got, err := store.LastOf(t.Context(), tx, "default", "person:zhao", domain.AccessReveal, now.Add(-time.Hour), n)
			if !got.Equal(want) || err != nil {
				t.Errorf("access %d from the end is at %v, %v; want %v", n, got, err, want)
			}
		}
		return nil
	})
	if list, err := store.AccessesOf(t.Context(), pool, "default", c.SubjectID); len(list) != 2 || err != nil || list[0].ComplaintID != c.ID {
		t.Errorf("accesses %v, %v", list, err)
	}
	notes, err := store.Notes(t.Context(), pool, "default", c.ID)
	if diff := cmp.Diff([]store.Note{{ContactID: late.ID, Sealed: []byte("sealed")}}, notes); diff != "" || err != nil {
		t.Errorf("notes: %v (-want +got):\n%s", err, diff)
	}
	got, err := store.Contacts(t.Context(), pool, "default", c.ID)
	early.Content = []string{}
	if diff := cmp.Diff([]domain.Contact{early, late}, got); diff != "" || err != nil {
		t.Errorf("contacts: %v (-want +got):\n%s", err, diff)
	}
}

func access(c domain.Complaint, at time.Time, granted bool) domain.Access {
	return domain.Access{
		ID: uuid.NewString(), Kind: domain.AccessReveal, ComplaintID: c.ID, SubjectID: c.SubjectID, Actor: "person:zhao", Purpose: "answer", Time: at, Granted: granted,
	}
}

func TestOutboxDeeper(t *testing.T) {
	t.Parallel()
	pool := open(t)
	const q = `
		INSERT INTO outbox_pending (part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent)
		SELECT 0, gen_random_uuid(), 'default', 'a', n, 't', '', 'x', now(), now(), '' FROM generate_series(1, 5) AS n`
	if _, err := pool.Exec(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]bool{4: true, 5: false, 6: false} {
		if got, err := store.OutboxDeeper(t.Context(), pool, limit); got != want || err != nil {
			t.Errorf("five are more than %d: %v, %v", limit, got, err)
		}
	}
}
