package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/gateway"
)

// items returns items from first to last; the reference of each is its sequence.
func items(first, last int64) []*intakev1.IntakeItem {
	var list []*intakev1.IntakeItem
	for seq := first; seq <= last; seq++ {
		list = append(list, item(strconv.FormatInt(seq, 10)))
		list[len(list)-1].Sequence = seq
	}
	return list
}

func item(reference string) *intakev1.IntakeItem {
	return &intakev1.IntakeItem{Draft: &intakev1.ComplaintDraft{ExternalReference: reference}}
}

func references(first, last int64) []string {
	var list []string
	for seq := first; seq <= last; seq++ {
		list = append(list, strconv.FormatInt(seq, 10))
	}
	return list
}

// collect returns what keeps the numbers of results.
func collect(into *[]string) func(*intakev1.IntakeResult) error {
	return func(r *intakev1.IntakeResult) error {
		*into = append(*into, r.GetNumber())
		return nil
	}
}

func TestDeliverLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			intake := &simulated{rand: rand.New(rand.NewPCG(seed, 1)), faults: 0.03}
			client := intake.serve(t)
			var told []string
			for _, span := range [][2]int64{{1, 60}, {61, 61}, {62, 150}} {
				if err := gateway.New(client, "g", "s").Deliver(t.Context(), items(span[0], span[1]), collect(&told)); err != nil {
					t.Fatal(err)
				}
			}
			intake.wantRegistered(t, references(1, 150))
			if diff := cmp.Diff(references(1, 150), told); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatTheSessionHoldsIsTold(t *testing.T) {
	t.Parallel()
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	client := intake.serve(t)
	var first, again []string
	if err := gateway.New(client, "g", "s").Deliver(t.Context(), items(1, 30), collect(&first)); err != nil {
		t.Fatal(err)
	}
	if err := gateway.New(client, "g", "s").Deliver(t.Context(), items(11, 40), collect(&again)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(references(11, 40), again); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if n := len(intake.registered); n != 40 {
		t.Errorf("%d are registered, want 40", n)
	}
}

func TestADeliveryThatCannotGoOnSaysWhy(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	tests := []struct {
		name    string
		items   []*intakev1.IntakeItem
		refuse  error // of taken
		want    error
		says    string
		settled int // registered nevertheless
	}{
		{name: "a gap in the items", items: append(items(1, 3), items(5, 6)...), says: "item 5 does not follow item 3", settled: 3},
		{name: "a sequence that is none", items: items(0, 2), says: "item 0"},
		{name: "a session that ends before the items begin", items: items(5, 6), want: gateway.ErrDiverged, says: "the first one here is 5"},
		{name: "nobody takes the results", items: items(1, 5), refuse: full, want: full, settled: 5},
		{name: "nothing to do"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			intake := &simulated{rand: rand.New(rand.NewPCG(3, 3))}
			err := gateway.New(intake.serve(t), "g", "s").Deliver(t.Context(), tt.items, func(*intakev1.IntakeResult) error { return tt.refuse })
			if (err == nil) != (tt.says == "" && tt.want == nil) || (tt.want != nil && !errors.Is(err, tt.want)) || (err != nil && !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %v, want %v that says %q", err, tt.want, tt.says)
			}
			intake.mu.Lock()
			defer intake.mu.Unlock()
			if n := len(intake.registered); tt.refuse == nil && n != tt.settled {
				t.Errorf("%d are registered, want %d", n, tt.settled)
			}
		})
	}
}

func TestTheItemsOfAStreamAreMadeOnTheWay(t *testing.T) {
	t.Parallel()
	intake := &simulated{rand: rand.New(rand.NewPCG(5, 1)), faults: 0.002}
	var told atomic.Int64 // results are told beside the making of items
	made, most := int64(0), int64(0)
	broken := errors.New("line 2001 is cut off")
	err := gateway.New(intake.serve(t), "g", "s").Stream(t.Context(), func(yield func(*intakev1.IntakeItem, error) bool) {
		for _, i := range items(1, 2000) {
			made++
			most = max(most, made-told.Load())
			if !yield(i, nil) {
				return
			}
		}
		yield(nil, broken)
	}, func(*intakev1.IntakeResult) error { told.Add(1); return nil })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the source's error", err)
	}
	if told.Load() != 2000 || most > 40 {
		t.Errorf("%d results; %d items were held at once, with a credit of 20", told.Load(), most)
	}
}

func TestWhomIntakeDoesNotLetInIsTold(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument, codes.Unimplemented} {
		err := gateway.New(closed{err: status.Error(code, "no")}, "g", "s").Deliver(t.Context(), items(1, 1), collect(new([]string)))
		if status.Code(err) != code {
			t.Errorf("got %v, want %v", err, code)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	away := closed{err: status.Error(codes.Unavailable, "away"), called: cancel}
	if err := gateway.New(away, "g", "s").Deliver(ctx, items(1, 1), collect(new([]string))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v when the caller gave up", err)
	}
}
