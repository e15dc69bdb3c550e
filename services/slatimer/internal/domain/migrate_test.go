package domain_test

import (
	"os"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// edited returns the procedure of changing with text replaced: another edition of it.
func edited(t *testing.T, oldnew ...string) *procedure.Procedure {
	t.Helper()
	data, err := os.ReadFile(changing)
	if err != nil {
		t.Fatal(err)
	}
	in, err := procedure.Parse([]byte(strings.NewReplacer(oldnew...).Replace(string(data))))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A clock that runs is derived again from its own start, with what its pauses earned; the move is on record.
func TestMigrationDerivesAgainFromTheOwnStart(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.happen(contact("wait", "2026-03-06 12:00"))
	s.happen(contact("go", "2026-03-06 14:00"))
	s.log = nil
	longer := edited(t, "limit: {hours: 36}", "limit: {hours: 48}")
	s.follow(longer, "2026-03-06 15:00")
	s.expect("03-06 15:00 hours: replaced 3, due 03-08 12:00 instead of 03-08 00:00")
	c := s.file.Clocks[0]
	r := c.Revisions[len(c.Revisions)-1]
	if r.Kind != domain.RevisionMigrated || r.Actor != "person:li" || r.Reason != "corrected" || r.EditionBefore == "" || c.Edition != longer.Digest {
		t.Errorf("revision %+v of clock %+v", r, c)
	}
	if e := s.explain(); !e.Verified {
		t.Errorf("the account of a migrated clock is not verified: %+v", e)
	}
	s.happen(milestone("answered", "2026-03-08 11:00")) // in time by the new edition alone
	s.expect("03-08 11:00 hours: met")
}

// Lesson 3 and lesson 19: a breach stays a fact under every edition, and a clock that the new one does not have ends with a record.
func TestMigrationAfterTheBreach(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	s.fire("2026-03-06 18:00")
	s.log = nil
	s.follow(edited(t, "limit: {working_hours: 8}", "limit: {working_hours: 80}"), "2026-03-06 19:00")
	s.expect()
	s.fire("2026-03-09 12:00")
	s.expect("03-09 11:00 climbing: escalated, level 1")
	if c := s.file.Clocks[0]; c.State != domain.StateBreached || !c.DueTime.Equal(at("2026-03-06 18:00")) {
		t.Errorf("the breach is gone: %+v", c)
	}
}

func TestMigrationToAnEditionWithoutTheClock(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.log = nil
	s.follow(edited(t, "key: hours,", "key: night_hours,"), "2026-03-06 15:00")
	s.expect("03-06 15:00 hours: cancelled")
	s.happen(milestone("answered", "2026-03-06 16:00")) // nothing is left that the edition would have to know
	s.expect()
}

// A shorter limit that has run out already is breached at its own moment, and what starts later starts by the new edition.
func TestMigrationToAShorterLimit(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.log = nil
	s.follow(edited(t, "limit: {hours: 36}", "limit: {hours: 2}"), "2026-03-06 15:00")
	s.fire("2026-03-06 15:00")
	s.expect("03-06 15:00 hours: replaced 3, due 03-06 12:00 instead of 03-07 22:00", "03-06 12:00 hours: breached")
	if s.file.ClocksBy() != s.p.Digest || s.file.Edition != s.p.Digest {
		t.Errorf("clocks by %s, pinned to %s", s.file.ClocksBy(), s.file.Edition)
	}
}

func TestMigrationLeavesAgreedMomentsAlone(t *testing.T) {
	s := begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.happen(completed("check", "w", "2026-03-02 10:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))}))
	s.log = nil
	s.follow(edited(t, "limit: {working_hours: 2}", "limit: {working_hours: 4}"), "2026-03-02 11:00")
	s.expect()
}

// follow lets the story's complaint go over to another edition.
func (s *story) follow(to *procedure.Procedure, when string) {
	s.t.Helper()
	h := procedure.Happening{EventID: "m", Actor: "person:li", OccurTime: at(when), Values: map[string]string{"kind": "new"}, Migration: &procedure.Migration{To: to.Digest, Reason: "corrected"}}
	next, evs := domain.Follow(s.file, h, s.p, to)
	s.file, s.p = next, to
	s.record(evs)
}

// A complaint that was moved takes its clocks along, and so again when it is moved once more.
func TestClocksFollowTheirComplaint(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.follow(edited(t, "limit: {hours: 36}", "limit: {hours: 40}"), "2026-03-06 11:00")
	s.log = nil
	longer := edited(t, "limit: {hours: 36}", "limit: {hours: 48}")
	s.follow(longer, "2026-03-06 15:00")
	s.expect("03-06 15:00 hours: replaced 3, due 03-08 10:00 instead of 03-08 02:00")
	if s.file.Edition != longer.Digest || s.file.ClockEdition != "" || s.file.Facts.Values["kind"] != "new" {
		t.Errorf("the file is pinned to %s, its clocks to %q, its values are %v", s.file.Edition, s.file.ClockEdition, s.file.Facts.Values)
	}
}

// Nobody may refuse what routing has decided: where an edition fails to say how long a clock runs, the clocks stay with the old one.
func TestClocksStayWhereTheEditionFails(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.log = nil
	from := s.p
	failing := edited(t, "limit: {hours: 36}", "cases: [{when: '10 / (round - 1) > 2', limit: {hours: 48}}], limit: {hours: 36}")
	s.follow(failing, "2026-03-06 15:00")
	s.expect()
	if s.file.Edition != failing.Digest || s.file.ClocksBy() != from.Digest {
		t.Errorf("the file is pinned to %s, its clocks count by %s", s.file.Edition, s.file.ClocksBy())
	}
}
