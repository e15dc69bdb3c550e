package editions_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// edition returns a small sound edition and its digest.
func edition(t testing.TB) (*procedurev1.Procedure, string) {
	t.Helper()
	p, err := procedure.Parse([]byte(`
code: small
edition: "1"
name: {en: Small}
numbering: {prefix: S, zone: Asia/Shanghai}
posts: [{key: clerk}]
flows:
  - key: main
    steps: [{key: answer, task: {assignee: {post: clerk}}, milestone: answered}]
closing: {on: [{milestone: answered}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return p, procedure.Digest(p)
}

// owner stands at intake's end of the call: it counts the calls and gives the same answer to each.
type owner struct {
	calls atomic.Int32
	p     *procedurev1.Procedure
	err   error
}

func (o *owner) fetch(context.Context, string) (*procedurev1.Procedure, error) {
	o.calls.Add(1)
	return o.p, o.err
}

func newPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return pgtest.New(t, "routing", editions.Migrations)
}

func count(t testing.TB, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM procedure_edition`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOwnerIsAskedOnce(t *testing.T) {
	t.Parallel()
	pool := newPool(t)
	p, digest := edition(t)
	intake := &owner{p: p}
	book := editions.New(pool, intake.fetch)
	var wg sync.WaitGroup
	for range 20 { // at once, then from memory
		wg.Go(func() {
			for range 5 {
				got, err := book.Get(t.Context(), digest)
				if err != nil || got.Code != "small" || got.Digest != digest {
					t.Errorf("got %+v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
	if n := intake.calls.Load(); n != 1 {
		t.Errorf("intake was asked %d times, want once", n)
	}

	down := &owner{err: errors.New("connection refused")}
	restarted := editions.New(pool, down.fetch)
	if got, err := restarted.Get(t.Context(), digest); err != nil || got.Code != "small" || down.calls.Load() != 0 {
		t.Errorf("after a restart without intake: %+v, %v, %d calls", got, err, down.calls.Load())
	}
	if n := count(t, pool); n != 1 {
		t.Errorf("the table holds %d editions, want 1", n)
	}
}

// What an event needs and intake does not have yet is asked for again when the event comes again.
func TestMissingEditionIsTriedAgain(t *testing.T) {
	t.Parallel()
	p, digest := edition(t)
	notFound := errors.New("not found")
	intake := &owner{err: notFound}
	book := editions.New(newPool(t), intake.fetch)
	if _, err := book.Get(t.Context(), digest); !errors.Is(err, notFound) {
		t.Errorf("an edition that intake does not have: %v", err)
	}
	intake.p, intake.err = p, nil
	if _, err := book.Get(t.Context(), digest); err != nil {
		t.Errorf("the edition is there now: %v", err)
	}
}

func TestOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	pool := newPool(t)
	p, digest := edition(t)
	other := proto.CloneOf(p)
	other.Edition = "2"
	book := editions.New(pool, (&owner{p: other}).fetch)
	if _, err := book.Get(t.Context(), digest); !errors.Is(err, editions.ErrWrongContent) {
		t.Errorf("another edition for the digest asked for: %v", err)
	}
	unsound := proto.CloneOf(p)
	unsound.Posts = nil
	book = editions.New(pool, (&owner{p: unsound}).fetch)
	var invalid *procedure.InvalidError
	if _, err := book.Get(t.Context(), procedure.Digest(unsound)); !errors.As(err, &invalid) {
		t.Errorf("an unsound edition: %v", err)
	}
	if n := count(t, pool); n != 0 {
		t.Errorf("the table holds %d editions that cannot be used", n)
	}
	if _, err := book.Get(t.Context(), strings.Repeat("z", 64)); err == nil {
		t.Error("a digest that is none has an edition")
	}
}

// Whatever keeps an edition away, the event that needs it must wait and not be parked: an answer that says "never" about this call,
// such as that the service's token has expired, says nothing about the next.
func TestEveryFailureIsPassing(t *testing.T) {
	t.Parallel()
	p, digest := edition(t)
	unsound := proto.CloneOf(p)
	unsound.Posts = nil
	for name, o := range map[string]*owner{
		digest:                    {err: status.Error(codes.Unauthenticated, "the token has expired")},
		procedure.Digest(unsound): {p: unsound},
	} {
		if _, err := editions.New(newPool(t), o.fetch).Get(t.Context(), name); status.Code(err) != codes.Unavailable {
			t.Errorf("edition %s: %v has the code %v", name, err, status.Code(err))
		}
	}
}

// A caller that gives up does not take the answer from the others.
func TestCallerMayGiveUp(t *testing.T) {
	t.Parallel()
	p, digest := edition(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	book := editions.New(newPool(t), func(ctx context.Context, _ string) (*procedurev1.Procedure, error) {
		close(asked)
		select {
		case <-answer:
			return p, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	impatient, giveUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := book.Get(impatient, digest)
		gone <- err
	}()
	<-asked
	giveUp()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller that gave up got %v", err)
	}
	got := make(chan error)
	go func() {
		_, err := book.Get(t.Context(), digest)
		got <- err
	}()
	close(answer)
	if err := <-got; err != nil {
		t.Errorf("the caller that waited got %v", err)
	}
}

// An edition that is slow to come is away for who must not wait, whose deadline has not passed; who may wait gets it.
func TestASlowEditionIsAwaited(t *testing.T) {
	t.Parallel()
	p, digest := edition(t)
	answer := make(chan struct{})
	book := editions.New(newPool(t), func(context.Context, string) (*procedurev1.Procedure, error) {
		<-answer
		return p, nil
	})
	got := make(chan error, 1)
	go func() {
		_, err := book.Await(t.Context(), digest)
		got <- err
	}()
	if _, err := book.Get(t.Context(), digest); status.Code(err) != codes.Unavailable || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who must not wait got %v", err)
	}
	close(answer)
	if err := <-got; err != nil {
		t.Errorf("who may wait got %v", err)
	}
}
