package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
)

// held takes the group's turn, so that callers gather until it is let go.
func (f fixture) held() (letGo func()) {
	f.group.turn <- struct{}{}
	return func() { <-f.group.turn }
}

// gathered waits until n calls wait.
func (f fixture) gathered(t *testing.T, n int) {
	t.Helper()
	for waiting := -1; waiting != n; {
		f.group.mu.Lock()
		waiting = len(f.group.waiting)
		f.group.mu.Unlock()
		if t.Context().Err() != nil {
			t.Fatal("the calls did not gather")
		}
	}
}

// Calls of several people and two tenants that come together: each gets what it would get alone, whatever became of the others.
func TestCallsThatAreRegisteredTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	elsewhere := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}})
	good := func(ctx context.Context) func() (*intakev1.RegisterComplaintResponse, error) {
		req := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
		return func() (*intakev1.RegisterComplaintResponse, error) { return f.RegisterComplaint(ctx, req) }
	}
	bad := func() (*intakev1.RegisterComplaintResponse, error) {
		d := draft()
		d.Procedure = "nothing"
		return f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	}
	before := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
	first, err := f.RegisterComplaint(f.ctx, before)
	if err != nil {
		t.Fatal(err)
	}
	letGo := f.held()
	twice := good(f.ctx)
	calls := []func() (*intakev1.RegisterComplaintResponse, error){
		good(f.ctx), good(as(f.ctx, "zhou.min", optionsv1.Role_ROLE_AGENT)), bad, twice, twice, good(elsewhere),
		func() (*intakev1.RegisterComplaintResponse, error) { return f.RegisterComplaint(f.ctx, before) },
		func() (*intakev1.RegisterComplaintResponse, error) {
			return f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: before.GetRequestId(), Draft: &intakev1.ComplaintDraft{Procedure: "furniture"}})
		},
	}
	answers, faults := make([]*intakev1.RegisterComplaintResponse, len(calls)), make([]error, len(calls))
	var wg sync.WaitGroup
	for i, call := range calls {
		wg.Go(func() { answers[i], faults[i] = call() })
	}
	f.gathered(t, len(calls))
	letGo()
	wg.Wait()

	reasons := make([]string, len(calls))
	for i, err := range faults {
		if err != nil {
			reasons[i] = fault.ReasonOf(err)
		}
	}
	want := []string{"", "", "PROCEDURE_UNKNOWN", "", "", "PROCEDURE_UNKNOWN", "", "REQUEST_ID_REUSED"}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(first, answers[6], protocmp.Transform()); diff != "" {
		t.Errorf("a request answered before gets another answer:\n%s", diff)
	}
	if diff := cmp.Diff(answers[3], answers[4], protocmp.Transform()); diff != "" {
		t.Errorf("one request sent twice gets two answers:\n%s", diff)
	}
	var numbers []string
	for _, i := range []int{0, 1, 3, 6} {
		numbers = append(numbers, answers[i].GetComplaint().GetNumber())
	}
	slices.Sort(numbers)
	if diff := cmp.Diff([]string{"FU-202603-000001", "FU-202603-000002", "FU-202603-000003", "FU-202603-000004"}, numbers); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	actors := map[string]int{}
	for _, e := range eventstest.Emitted(t, f.pool) {
		actors[e.Actor]++
	}
	if diff := cmp.Diff(map[string]int{"person:li.wei": 3, "person:zhou.min": 1}, actors); diff != "" {
		t.Errorf("who registered (-want +got):\n%s", diff)
	}
}

// A call that is given up before its group begins registers nothing; the others go on.
func TestACallThatIsGivenUpLeavesItsGroup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	letGo := f.held()
	ctx, cancel := context.WithCancel(f.ctx)
	errs := make(chan error, 2)
	call := func(ctx context.Context) {
		_, err := f.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
		errs <- err
	}
	go call(ctx)
	go call(f.ctx)
	f.gathered(t, 2)
	cancel()
	if err := <-errs; err == nil {
		t.Error("the call that was given up has succeeded")
	}
	f.gathered(t, 1)
	letGo()
	if err := <-errs; err != nil {
		t.Error(err)
	}
	if got := f.counts(t)["complaint"]; got != 1 {
		t.Errorf("%d complaints, want 1", got)
	}
}

// What cannot be done together is done one by one: here every statement for several rows fails.
func TestAGroupThatFailsIsRegisteredOneByOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.exec(t, `
		CREATE FUNCTION alone() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF (SELECT count(*) FROM added) > 1 THEN RAISE EXCEPTION 'one at a time'; END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER alone AFTER INSERT ON complaint REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION alone()`)
	letGo := f.held()
	var wg sync.WaitGroup
	numbers := make([]string, 5)
	for i := range numbers {
		wg.Go(func() {
			resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
			if err != nil {
				t.Error(err)
			}
			numbers[i] = resp.GetComplaint().GetNumber()
		})
	}
	f.gathered(t, len(numbers))
	letGo()
	wg.Wait()
	slices.Sort(numbers)
	for i, n := range numbers {
		if want := fmt.Sprintf("FU-202603-%06d", i+1); n != want {
			t.Errorf("got %s, want %s", n, want)
		}
	}
}

// One whose person is locked holds up the others of its group for a moment, and those who come later not at all.
func TestOneThatWaitsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	register := func(calls *errgroup.Group, d *intakev1.ComplaintDraft) {
		calls.Go(func() error {
			_, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
			return err
		})
	}
	var before, slow, quick errgroup.Group
	register(&before, of("C-1"))
	if err := before.Wait(); err != nil {
		t.Fatal(err)
	}
	lock, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), `SELECT FROM subject FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	letGo := f.held()
	register(&slow, of("C-1"))
	f.gathered(t, 1)
	for range 6 {
		register(&quick, draft())
	}
	f.gathered(t, 7)
	letGo()
	if err := quick.Wait(); err != nil {
		t.Error(err)
	}
	var late errgroup.Group
	register(&late, draft())
	if err := late.Wait(); err != nil {
		t.Error(err)
	}
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := slow.Wait(); err != nil {
		t.Error(err)
	}
}

// A panic ends its group, and no other.
func TestAPanicEndsItsGroupAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.InTx = func(context.Context, func(*pgx.Batch), func(context.Context, pgx.Tx) error) error { panic("a mistake") }
	broken := newGroup(New(f.cfg))
	call := func() (err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("it panics")
			}
		}()
		return broken.register(f.ctx, submit(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}))
	}
	broken.turn <- struct{}{}
	errs := make(chan error, 2)
	for range cap(errs) {
		go func() { errs <- call() }()
	}
	for n := 0; n < cap(errs); {
		broken.mu.Lock()
		n = len(broken.waiting)
		broken.mu.Unlock()
	}
	<-broken.turn
	for range cap(errs) {
		if err := <-errs; err == nil {
			t.Error("a call of the group has succeeded")
		}
	}
	broken.cfg.InTx = nil
	if err := call(); err != nil || broken.writing != 0 {
		t.Errorf("the next group: %v, %d are being written", err, broken.writing)
	}
}

// A panic of one that is tried by itself is that one's error: nobody else would catch it.
func TestAPanicByItselfIsAnError(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.InTx = func(context.Context, func(*pgx.Batch), func(context.Context, pgx.Tx) error) error {
		return errors.New("the group fails")
	}
	f.cfg.NewID = func() string { panic("a mistake") }
	s := submit(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
	if err := newGroup(New(f.cfg)).register(f.ctx, s); !errors.Is(err, errNotRegistered) {
		t.Errorf("got %v", err)
	}
}

// Streams and calls that come together share a transaction; a stream whose session another has opened meanwhile writes nothing in it.
func TestStreamsAndCallsShareATransaction(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	open := func(session string) *gateway {
		g := start(t, client)
		g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: session}}})
		g.recv()
		return g
	}
	letGo := f.held()
	one, other, overtaken := open("one"), open("other"), open("overtaken")
	requestID := uuid.NewString()
	one.item(1, nil)
	other.item(1, nil)
	overtaken.send(identified(1, requestID, draft()))
	f.gathered(t, 3)
	call := make(chan error, 1)
	go func() {
		_, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
		call <- err
	}()
	f.gathered(t, 4)
	open("overtaken")
	letGo()

	if results := append(one.results(1), other.results(1)...); results[0].GetNumber() == "" || results[1].GetNumber() == "" {
		t.Errorf("results: %v", results)
	}
	if err := <-call; err != nil {
		t.Errorf("the call ended with %v", err)
	}
	_, err := overtaken.stream.Recv()
	wantEnd(t, err, codes.Aborted, "SESSION_TAKEN")
	var transactions, complaints, kept int
	const q = `SELECT count(DISTINCT xmin::text), count(*), (SELECT count(*) FROM idempotency WHERE request_id = $1) FROM complaint`
	if err := f.pool.QueryRow(t.Context(), q, requestID).Scan(&transactions, &complaints, &kept); err != nil || transactions != 1 || complaints != 3 || kept != 0 {
		t.Errorf("%d transactions registered %d complaints and kept %d answers of the overtaken stream (%v); want 1, 3 and 0", transactions, complaints, kept, err)
	}
}

// While Postgres writes a group the next may begin, and what it brings of the same requests becomes the same complaints.
func TestALargeGroupBeginsBesideAnother(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.InTx = events.NewBus(events.Config{Service: Name, Pool: f.pool, NATS: eventstest.NATS(t).Conn(t), Log: slog.New(slog.DiscardHandler)}).InTx
	writes, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writes.Exec(t.Context(), `LOCK TABLE complaint IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	reqs := make([]*intakev1.RegisterComplaintRequest, largeGroup)
	var calls errgroup.Group
	register := func(req *intakev1.RegisterComplaintRequest) (resp *intakev1.RegisterComplaintResponse) {
		resp = &intakev1.RegisterComplaintResponse{}
		calls.Go(func() error {
			got, err := f.RegisterComplaint(f.ctx, req)
			proto.Merge(resp, got)
			return err
		})
		return resp
	}
	letGo := f.held()
	for i := range reqs {
		reqs[i] = &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
	}
	first := register(reqs[0])
	for _, req := range reqs[1:] {
		register(req)
	}
	f.gathered(t, largeGroup)
	letGo()
	f.gathered(t, 0)
	again := register(reqs[0])
	for _, req := range reqs[1:] {
		register(req)
	}
	f.gathered(t, largeGroup)
	f.gathered(t, 0) // before the first group has ended: it cannot
	other := register(&intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
	if err := writes.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := calls.Wait(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
		t.Errorf("the same request (-first +again):\n%s", diff)
	}
	if got, want := other.GetComplaint().GetNumber(), fmt.Sprintf("FU-202603-%06d", largeGroup+1); got != want {
		t.Errorf("the complaint behind the group has number %s, want %s", got, want)
	}
}

// When groups begin: what streams bring gathers for a moment after the last group, and a few calls while one is written; a call waits for no
// stream, and enough calls for nobody.
func TestWhenGroupsBegin(t *testing.T) {
	t.Parallel()
	const soon = groupGap / 4
	call, stream := &submission{}, &submission{collect: func() {}}
	tests := []struct {
		name    string
		waiting []*submission
		writing int
		news    func(*group) // come soon
		want    time.Duration
	}{
		{"nobody", nil, 1, nil, 0},
		{"a call", []*submission{call}, 0, nil, 0},
		{"a stream", []*submission{stream}, 0, nil, groupGap},
		{"a stream beside a group", []*submission{stream}, 1, nil, groupGap},
		{"a stream, then a call", []*submission{stream}, 0, func(g *group) { g.waiting = append(g.waiting, call) }, soon},
		{"a call beside a group that ends", []*submission{call}, 1, func(g *group) { g.writing-- }, soon},
		{"calls beside a group, then another", slices.Repeat([]*submission{call}, largeGroup-1), 1, func(g *group) { g.waiting = append(g.waiting, call) }, soon},
		{"a call beside a group, then a stream", []*submission{call}, 1, func(g *group) { g.waiting = append(g.waiting, stream) }, soon},
		{"many calls beside a group", slices.Repeat([]*submission{call}, largeGroup), 1, nil, 0},
		{"a call and a stream beside a group", []*submission{call, stream}, 1, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGroup(nil)
				begin := realTime.Now()
				g.waiting, g.writing, g.began = test.waiting, test.writing, begin
				if test.news != nil {
					time.AfterFunc(soon, func() {
						g.mu.Lock()
						test.news(g)
						g.mu.Unlock()
						g.tell()
					})
				}
				g.gather(t.Context())
				if got := realTime.Now().Sub(begin); got != test.want {
					t.Errorf("the next group begins after %v, want %v", got, test.want)
				}
			})
		})
	}
}

// Who is in a group that has let go of the turn waits for it, and leaves the turn to those who are in none.
func TestWhoIsInAGroupWaitsForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(nil)
		s := &submission{items: []*candidate{{}}}
		g.turn <- struct{}{}
		returned := make(chan error, 1)
		go func() { returned <- g.register(t.Context(), s) }()
		synctest.Wait()
		if n := len(g.next()); n != 1 {
			t.Errorf("the group has %d submissions, want 1", n)
		}
		<-g.turn
		synctest.Wait()
		if !g.began.IsZero() {
			t.Error("it has begun another group")
		}
		close(s.done)
		if err := <-returned; err != nil {
			t.Error(err)
		}
	})
}
