package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

func (b *bench) absent(person string, from, to time.Time) *routingv1.Absence {
	b.t.Helper()
	resp, err := b.RecordAbsence(supervisor, &routingv1.RecordAbsenceRequest{
		RequestId: newID(), Person: person, StartTime: timestamppb.New(from), EndTime: timestamppb.New(to),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.GetAbsence()
}

// deputy sets the deputy of a person, or of a post, in the procedure that wants deputies.
func (b *bench) deputy(post, person, deputy string) {
	b.t.Helper()
	_, err := b.SetDeputy(supervisor, &routingv1.SetDeputyRequest{
		RequestId: newID(), Procedure: "away", Post: post, Person: person, Deputy: deputy, StartTime: timestamppb.New(received.Add(-time.Hour)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// sit puts a person in a post of the procedure that wants deputies.
func (b *bench) sit(post, person string) {
	b.t.Helper()
	_, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{
		RequestId: newID(), Procedure: "away", Post: post, Person: person, StartTime: timestamppb.New(received.Add(-time.Hour)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// inAway makes a registration one of the procedure that wants deputies.
func inAway(t testing.TB) func(*intakev1.ComplaintRegistered) {
	digest := procedure.Digest(parse(t, awayPack))
	return func(m *intakev1.ComplaintRegistered) { m.Edition.Procedure, m.Edition.Digest = "away", digest }
}

// S1-20: a short leave changes no addressee where the procedure asks for no deputies.
func TestAShortLeaveChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "desk", "li.wei", received.Add(-time.Hour))
	a := b.absent("li.wei", received.Add(-time.Hour), received.Add(48*time.Hour))
	complaint := b.begin()
	if got := b.work(complaint, "plan", "desk"); got.GetPerson() != "li.wei" {
		t.Errorf("while li.wei is away the work goes to %q", got.GetPerson())
	}
	list, err := b.ListAbsences(supervisor, &routingv1.ListAbsencesRequest{Person: "li.wei"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "absences", []*routingv1.Absence{a}, list.GetAbsences())
	resp, err := b.ExplainDuty(supervisor, &routingv1.ExplainDutyRequest{WorkId: b.work(complaint, "plan", "desk").GetWorkId()})
	if err != nil {
		t.Fatal(err)
	}
	reasons := resp.GetExplanation().GetReasons()
	if last := reasons[len(reasons)-1]; last.GetOutcome() != routingv1.DutyOutcome_DUTY_OUTCOME_ABSENCE_CHANGES_NOTHING {
		t.Errorf("it ends with %v", last)
	}
	if n := len(b.emitted("absence/" + a.GetAbsenceId())); n != 0 {
		t.Error("the leave was told of")
	}
}

// Where the procedure wants deputies work that opens in an absence goes along the chain, by the fold and by a completion alike; who
// acts may complete it.
func TestWorkGoesToTheDeputy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sit("desk", "li.wei")
	b.sit("boss", "wu.gang")
	b.sit("audit", "xiao.hong")
	b.deputy("", "li.wei", "chen.lan")
	b.deputy("", "chen.lan", "ma.jun")
	b.deputy("boss", "", "vice")
	all := received.Add(48 * time.Hour)
	b.absent("li.wei", received, all)
	chen := b.absent("chen.lan", received, all)
	b.absent("wu.gang", received, all)
	start := func() *routingv1.Work {
		id := newID()
		b.in.Deliver(b.registered(id, inAway(t)))
		return b.work(id, "plan", "desk")
	}
	w := start()
	if w.GetPerson() != "ma.jun" {
		t.Errorf("the work goes to %q, want the deputy's deputy", w.GetPerson())
	}
	handler := func(subject string) context.Context { return as(subject, optionsv1.Role_ROLE_HANDLER) }
	req := &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: w.GetWorkId(), Fields: cost()}
	_, err := b.CompleteWork(handler("chen.lan"), req)
	wantFault(t, err, fault.Denied, domain.ReasonNotOnDuty, "")
	b.complete(handler("ma.jun"), req)
	if got := b.work(w.GetComplaintId(), "decide", "boss").GetPerson(); got != "vice" {
		t.Errorf("the approval goes to %q, want the deputy of the post", got)
	}
	if got := b.work(w.GetComplaintId(), "decide", "audit").GetPerson(); got != "xiao.hong" {
		t.Errorf("the other approval goes to %q, who is there", got)
	}

	if _, err := b.CancelAbsence(supervisor, &routingv1.CancelAbsenceRequest{RequestId: newID(), AbsenceId: chen.GetAbsenceId()}); err != nil {
		t.Fatal(err)
	}
	if got := start().GetPerson(); got != "chen.lan" {
		t.Errorf("back, chen.lan acts; the work goes to %q", got)
	}
	b.absent("ma.jun", received, all)
	b.absent("chen.lan", received, all)
	if got := start().GetPerson(); got != "li.wei" {
		t.Errorf("with everybody away the work goes to %q, want the post's holder", got)
	}
}

// Who acts for the head decides in its place where the procedure wants deputies.
func TestTheDeputyOfTheHeadDecides(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sit("boss", "wu.gang")
	b.sit("sales", "li.wei")
	b.deputy("boss", "", "vice")
	resp, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{RequestId: newID(), Procedure: "away", Post: "sales", Person: "hu.bin"})
	if err != nil {
		t.Fatal(err)
	}
	decide := func() error {
		_, err := b.DecideDutyChange(as("vice"), &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: resp.GetChange().GetChangeId(), Approve: true})
		return err
	}
	wantFault(t, decide(), fault.Denied, domain.ReasonNotOnDuty, "") // wu.gang is there
	b.absent("wu.gang", received, received.Add(time.Hour))
	if err := decide(); err != nil {
		t.Error(err)
	}
}

func TestRefusedAbsencesAndDeputiesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.deputy("", "li.wei", "chen.lan")
	gone := b.absent("li.wei", received, received.Add(time.Hour))
	record := func(by context.Context, person string, end time.Time) func() error {
		return func() error {
			_, err := b.RecordAbsence(by, &routingv1.RecordAbsenceRequest{RequestId: newID(), Person: person, StartTime: timestamppb.New(received), EndTime: timestamppb.New(end)})
			return err
		}
	}
	cancel := func(by context.Context, id string) func() error {
		return func() error {
			_, err := b.CancelAbsence(by, &routingv1.CancelAbsenceRequest{RequestId: newID(), AbsenceId: id})
			return err
		}
	}
	set := func(by context.Context, code, post, person, deputy string) func() error {
		return func() error {
			_, err := b.SetDeputy(by, &routingv1.SetDeputyRequest{RequestId: newID(), Procedure: code, Post: post, Person: person, Deputy: deputy})
			return err
		}
	}
	tests := []struct {
		name          string
		call          func() error
		kind          fault.Kind
		reason, field string
	}{
		{"somebody else's leave", record(asker, "chen.lan", received.Add(1000)), fault.Denied, domain.ReasonNotOneself, ""},
		{"a leave that ends as it begins", record(asker, "li.wei", received), fault.Invalid, domain.ReasonTimeInvalid, "end_time"},
		{"no such leave", cancel(asker, newID()), fault.NotFound, domain.ReasonAbsenceNotFound, "absence_id"},
		{"taking back somebody else's", cancel(head, gone.GetAbsenceId()), fault.Denied, domain.ReasonNotOneself, ""},
		{"deputies unwanted", set(supervisor, "test", "desk", "", "x"), fault.Precondition, domain.ReasonDeputiesNotUsed, "procedure"},
		{"no procedure", set(supervisor, "none", "desk", "", "x"), fault.Invalid, domain.ReasonPostUnknown, "procedure"},
		{"no post", set(supervisor, "away", "king", "", "x"), fault.Invalid, domain.ReasonPostUnknown, "post"},
		{"a post's, by a handler", set(asker, "away", "desk", "", "x"), fault.Denied, domain.ReasonNotOneself, ""},
		{"somebody else's", set(asker, "away", "", "chen.lan", "x"), fault.Denied, domain.ReasonNotOneself, ""},
		{"a circle", set(supervisor, "away", "", "chen.lan", "li.wei"), fault.Precondition, domain.ReasonDeputyCycle, "deputy"},
	}
	before := b.rows()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFault(t, tt.call(), tt.kind, tt.reason, tt.field) })
	}
	if diff := cmp.Diff(before, b.rows()); diff != "" {
		t.Errorf("refusals changed rows (-before +after):\n%s", diff)
	}
	if err := record(asker, "li.wei", received.Add(time.Hour))(); err != nil {
		t.Errorf("one's own leave: %v", err)
	}
	if err := set(asker, "away", "", "li.wei", "hu.bin")(); err != nil {
		t.Errorf("one's own deputy: %v", err)
	}
}

// Deputies that would make a circle together, set at the same time: all but the one that would close it are kept.
func TestDeputiesThatRace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ring := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	start, done := make(chan struct{}), make(chan error, len(ring))
	for i, person := range ring {
		go func() {
			<-start
			_, err := b.SetDeputy(supervisor, &routingv1.SetDeputyRequest{
				RequestId: newID(), Procedure: "away", Person: person, Deputy: ring[(i+1)%len(ring)], StartTime: timestamppb.New(received),
			})
			done <- err
		}()
	}
	close(start)
	refused := 0
	for range ring {
		if err := <-done; err != nil {
			refused++
			if fault.ReasonOf(err) != domain.ReasonDeputyCycle {
				t.Error(err)
			}
		}
	}
	list, err := b.ListDeputies(supervisor, &routingv1.ListDeputiesRequest{Procedure: "away"})
	if err != nil || refused != 1 || len(list.GetDeputies()) != len(ring)-1 {
		t.Errorf("%d refused; kept %v, %v", refused, list, err)
	}
	for i, d := range list.GetDeputies() {
		if d.GetVersion() != int64(i+1) {
			t.Errorf("the versions have a gap: %v", list)
		}
	}
}

func TestAbsencesTwiceAreOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	req := &routingv1.RecordAbsenceRequest{RequestId: newID(), Person: "li.wei", EndTime: timestamppb.New(received.Add(time.Hour))}
	first, err := b.RecordAbsence(asker, req)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Minute)
	second, err := b.RecordAbsence(asker, req)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the retry's answer", first, second)
	id := first.GetAbsence().GetAbsenceId()
	for range 2 { // a second taking back finds it taken back
		resp, err := b.CancelAbsence(asker, &routingv1.CancelAbsenceRequest{RequestId: newID(), AbsenceId: id})
		if err != nil || !resp.GetAbsence().GetCancelTime().AsTime().Equal(received.Add(2*time.Minute)) {
			t.Errorf("taken back %v, %v", resp, err)
		}
		b.clock.Advance(time.Minute)
	}
	if list, err := b.ListAbsences(asker, &routingv1.ListAbsencesRequest{AtTime: timestamppb.New(received.Add(90 * time.Second))}); err != nil || len(list.GetAbsences()) != 0 {
		t.Errorf("still listed: %v, %v", list, err)
	}
}
