package domain_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// limits is the procedure for tests; packs is where the real ones are.
const (
	limits = "testdata/limits.yaml"
	packs  = "../../../../deploy/procedures/"
)

// loaded are the procedures by path: they never change, and compiling one takes longer than most tests.
var loaded sync.Map

func load(t testing.TB, path string) *procedure.Procedure {
	t.Helper()
	if p, ok := loaded.Load(path); ok {
		return p.(*procedure.Procedure)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := procedure.Parse(data)
	if err != nil {
		t.Fatalf("parse %s: %v", path, err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatalf("compile %s: %v", path, err)
	}
	loaded.Store(path, p)
	return p
}

// at reads "2026-03-06 10:00" on a clock in Shanghai.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("CST", 8*3600))
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// show writes a time as at reads it, without the year.
func show(t time.Time) string {
	return t.In(time.FixedZone("CST", 8*3600)).Format("01-02 15:04")
}

// story is one complaint in the course of a test.
type story struct {
	t     *testing.T
	p     *procedure.Procedure
	file  domain.File
	log   []string // what became of the clocks, since the last expect
	clock int
}

// begin registers a complaint, received and counted at the time.
func begin(t *testing.T, pack, flow, channel, when string, fields map[string]procedure.Value) *story {
	t.Helper()
	s := &story{t: t, p: load(t, pack)}
	h := procedure.Happening{
		Tenant: "default", ComplaintID: "c", OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: s.p.Digest, Flow: flow, Channel: channel, Fields: fields, CountTime: at(when)},
	}
	s.file = domain.Open(h, 0)
	s.happen(h)
	return s
}

// happen applies h.
func (s *story) happen(h procedure.Happening) {
	s.t.Helper()
	h.Tenant, h.ComplaintID, h.EventID = "default", "c", "e"
	next, evs, err := domain.Apply(s.file, h, s.p, s.newID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.file = next
	s.record(evs)
}

// fire lets the time of every clock come.
func (s *story) fire(now string) {
	s.t.Helper()
	var ids []string
	for _, c := range s.file.Clocks {
		ids = append(ids, c.ID)
	}
	next, evs := domain.Fire(s.file, ids, at(now))
	s.file = next
	s.record(evs)
}

func (s *story) newID() string {
	s.clock++
	return fmt.Sprint("clock-", s.clock)
}

func (s *story) record(evs []domain.Event) {
	s.t.Helper()
	for _, e := range evs {
		line := fmt.Sprintf("%s %s: ", show(e.OccurTime), e.Policy)
		switch d := e.Detail.(type) {
		case domain.Started:
			line += "started, due " + show(d.DueTime)
		case domain.Warned:
			line += fmt.Sprintf("warned, warning %d", d.Warning)
		case domain.Paused:
			line += "paused"
		case domain.Resumed:
			line += "resumed, due " + show(d.DueTime)
		case domain.Replaced:
			line += fmt.Sprintf("replaced %d, due %s instead of %s", d.Cause, show(d.DueTime), show(d.PreviousDueTime))
		case domain.Escalated:
			line += fmt.Sprintf("escalated, level %d", d.Level)
		case domain.Excused:
			line += "excused at " + show(d.ExcuseTime)
		case domain.Met:
			line += "met"
		case domain.Breached:
			line += "breached"
		case domain.Stopped:
			line += "stopped, late " + d.Late.String()
		case domain.Cancelled:
			line += "cancelled"
		}
		s.log = append(s.log, line)
	}
}

// expect compares what became of the clocks since the last time.
func (s *story) expect(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.log); diff != "" {
		s.t.Errorf("what became of the clocks (-want +got):\n%s", diff)
	}
	s.log = nil
}

// The happenings of stories; round 1 where nothing else is said.

func opened(step, work, when string) procedure.Happening {
	return procedure.Happening{
		OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.WorkOpened, Key: step},
		Work: &procedure.WorkHappening{ID: work, Step: step},
	}
}

func completed(step, work, when string, fields map[string]procedure.Value) procedure.Happening {
	return procedure.Happening{
		OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.WorkCompleted, Key: step},
		Work: &procedure.WorkHappening{ID: work, Step: step, Fields: fields},
	}
}

func workCancelled(step, work, when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Round: 1, Work: &procedure.WorkHappening{ID: work, Step: step}}
}

func milestone(name, when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Milestone, Key: name}}
}

func contact(purpose, when string, content ...string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Occurrence: procedure.Occurrence{Kind: procedure.Contact, Key: purpose, Content: content}}
}

func visited(plan, when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.VisitRecorded, Key: plan}}
}

func closed(when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Closed}}
}

func reopened(round int, when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Round: round, Occurrence: procedure.Occurrence{Kind: procedure.Reopened}}
}

func withdrawn(when string) procedure.Happening {
	return procedure.Happening{OccurTime: at(when), Withdrawn: true}
}

// inRound puts h into another round.
func inRound(round int, h procedure.Happening) procedure.Happening {
	h.Round = round
	return h
}
