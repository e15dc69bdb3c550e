package server

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
)

// TestGuessedNumbersAreTheRightOnes has two replicas register by turns, and transactions fail: whatever a replica had guessed, there is no gap and
// no twin, and a complaint's event has the number of its row.
func TestGuessedNumbersAreTheRightOnes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f
	other.Server = New(f.cfg)
	failed := errors.New("the transaction fails")
	register := func(by fixture, n int, then error) {
		t.Helper()
		batch := make([]*candidate, n)
		for i := range batch {
			batch[i] = &candidate{draft: draft(), by: auth.From(f.ctx)}
		}
		err := postgres.InTx(f.ctx, f.pool, func(tx pgx.Tx) error {
			return errors.Join(by.registerBatch(f.ctx, tx, batch), then)
		})
		if !errors.Is(err, then) {
			t.Fatal(err)
		}
	}
	guesses, total := 0, 0
	for i, by := range []fixture{f, f, f, f, other, f, f, f, other, other, other, f, other} {
		counts := map[string]int64{"FU-202603": 1}
		if guess := by.registrar.numbers.guess("default", counts); guess != nil && guess["FU-202603"] == int64(total+1) {
			guesses++
		}
		if i%3 == 2 {
			register(by, 2, failed)
		}
		register(by, 1+i%2, nil)
		total += 1 + i%2
	}
	if guesses < 3 {
		t.Errorf("%d guesses were right: this tests nothing", guesses)
	}

	const q = `
		SELECT c.number, o.payload FROM complaint c JOIN outbox_pending o ON o.aggregate_id = c.complaint_id::text ORDER BY c.number`
	rows, _ := f.pool.Query(t.Context(), q) // ForEachRow returns the error
	var number string
	var payload []byte
	n := 0
	if _, err := pgx.ForEachRow(rows, []any{&number, &payload}, func() error {
		n++
		if want := fmt.Sprintf("FU-202603-%06d", n); number != want {
			t.Errorf("number %d is %s, want %s", n, number, want)
		}
		var told intakev1.ComplaintRegistered
		if err := proto.Unmarshal(payload, &told); err != nil {
			return err
		}
		if told.GetNumber() != number {
			t.Errorf("the event of %s says %s", number, told.GetNumber())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != total {
		t.Errorf("%d complaints with their events, want %d", n, total)
	}
}
