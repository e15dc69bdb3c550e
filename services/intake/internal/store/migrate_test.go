package store_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/store"
)

// TestPeopleAreCarriedOver migrates a database of before there were subjects.
func TestPeopleAreCarriedOver(t *testing.T) {
	t.Parallel()
	before := fstest.MapFS{}
	for _, name := range []string{"0001_intake.sql", "0002_edition_acts.sql", "0003_complaint_link.sql"} {
		data, err := fs.ReadFile(store.Migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = &fstest.MapFile{Data: data}
	}
	pool := pgtest.New(t, "intake", events.Migrations, postgres.Migrations{Name: store.Migrations.Name, FS: before})
	known, erased := uuid.NewString(), uuid.NewString()
	const complaint = `
		INSERT INTO complaint (tenant, complaint_id, number, digest, flow, channel, complainant_kind, receive_time, count_time, register_time,
			state, version, event_version, external_reference)
		VALUES ('default', $1::uuid, $1::text, 'd1', 'direct', 'hotline', '', $2, $2, $2, 1, 1, 1, '')`
	for _, id := range []string{known, erased} {
		if _, err := pool.Exec(t.Context(), complaint, id, now); err != nil {
			t.Fatal(err)
		}
	}
	const vault = `INSERT INTO vault (tenant, complaint_id, wrapped_key, ciphertext) VALUES ('default', $1, '\x01fedcba98ffff', 'text')`
	if _, err := pool.Exec(t.Context(), vault, known); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(t.Context(), pool, "intake", store.Migrations); err != nil {
		t.Fatal(err)
	}
	for id, wantVersion := range map[string]int64{known: 0xfedcba98, erased: 0} {
		var subject string
		var version int64
		var gone bool
		const q = `
			SELECT s.subject_id::text, s.key_version, s.erase_time IS NOT NULL
			FROM complaint c JOIN subject s USING (tenant, subject_id) WHERE c.complaint_id = $1`
		if err := pool.QueryRow(t.Context(), q, id).Scan(&subject, &version, &gone); err != nil {
			t.Fatal(err)
		}
		if subject != id || version != wantVersion || gone != (id == erased) {
			t.Errorf("complaint %s has subject %s under key %x, erased %v", id, subject, version, gone)
		}
	}
}
