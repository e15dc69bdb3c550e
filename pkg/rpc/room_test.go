package rpc

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"redress.dev/pkg/fault"
)

// begin enters and leaves n times and returns how often it was let in, and the last refusal.
func begin(r *room, caller string, person bool, n int) (in int, refusal error) {
	for range n {
		_, leave, err := r.enter(caller, person)
		if err != nil {
			refusal = err
			continue
		}
		in++
		leave()
	}
	return in, refusal
}

func TestCallsBegunInASecondAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom("calls", 256, 64, 200, 20)
		tests := []struct {
			caller         string
			person         bool
			atOnce, second int
		}{{"system", false, 200, 200}, {"person", true, 64, 20}}
		for _, tt := range tests {
			in, err := begin(r, tt.caller, tt.person, 500)
			var f *fault.Error
			if in != tt.atOnce || !errors.As(err, &f) || f.Reason != "CALLER_BUSY" || f.Meta["limit"] != fmt.Sprint(tt.second) || f.RetryDelay <= 0 {
				t.Errorf("the %s begins %d at once, want %d; then %+v", tt.caller, in, tt.atOnce, f)
			}
		}
		time.Sleep(time.Second)
		for _, tt := range tests {
			if in, _ := begin(r, tt.caller, tt.person, 500); in != tt.second {
				t.Errorf("the %s begins %d in the next second, want %d", tt.caller, in, tt.second)
			}
		}
		if in, err := begin(newRoom("calls", 256, 64, rate.Inf, rate.Inf), "anybody", false, 10_000); in != 10_000 {
			t.Errorf("without a limit %d of 10,000 begin: %v", in, err)
		}
	})
}

func TestARoomForgetsWhoHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom("calls", 256, 64, 200, 20)
		if _, _, err := r.enter("stays", false); err != nil {
			t.Fatal(err)
		}
		begin(r, "greedy", false, 500)
		for i := range manyVisitors - 2 {
			begin(r, fmt.Sprint("passes-", i), false, 1)
		}
		time.Sleep(100 * time.Millisecond) // those who passed may begin as much as newcomers again, the greedy may not
		begin(r, "late", false, 1)
		if len(r.guests.by) != 3 || r.guests.by["stays"] == nil || r.guests.by["greedy"] == nil {
			t.Errorf("%d guests are known, want who stays, who is greedy, and the last", len(r.guests.by))
		}
	})
}

func TestRefusedItemsAreCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom("sending streams", 256, 8, 5, 5)
		of := func(caller string) context.Context {
			g, _, err := r.enter(caller, false)
			if err != nil {
				t.Fatal(err)
			}
			return context.WithValue(t.Context(), guestKey{}, g)
		}
		one, other, neighbour := of("hostile"), of("hostile"), of("neighbour")
		began := time.Now()
		for range 100 {
			for _, ctx := range []context.Context{one, other} {
				if err := Charge(ctx, time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
		}
		if took := time.Since(began); took != 1900*time.Millisecond { // all but the first 10 ms at a tenth of the speed
			t.Errorf("200 ms of refused items on two streams took %v", took)
		}
		began = time.Now()
		if err := Charge(neighbour, time.Millisecond); err != nil || time.Since(began) != 0 {
			t.Errorf("a neighbour's item waits %v, %v", time.Since(began), err)
		}
		gone, leave := context.WithCancel(one)
		leave()
		if err := Charge(gone, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone gets %v", err)
		}
		if err := Charge(t.Context(), time.Second); err != nil {
			t.Errorf("outside of the door: %v", err)
		}
	})
}
