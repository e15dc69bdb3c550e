package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"
)

// Every call that changes the directory, sent twice, has happened once and has one answer; its id with other content is refused.
func TestDirectoryCallsTwiceAreOnce(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	b.sit("desk", "li.wei")
	gone := b.absent("chen.lan", received, received.Add(time.Hour))
	change := b.request("hu.bin", nil)
	begun, err := b.BeginDutyRenewal(supervisor, &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: "test"})
	if err != nil {
		t.Fatal(err)
	}
	renewal := begun.GetRenewal().GetRenewalId()
	id := newID()
	end := timestamppb.New(received.Add(time.Hour))
	tests := []struct {
		name string
		call func(other bool) (proto.Message, error)
	}{
		{"RequestDutyChange", func(other bool) (proto.Message, error) {
			return b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{RequestId: id, Procedure: "away", Post: "sales", Person: pick(other, "a", "b")})
		}},
		{"DecideDutyChange", func(other bool) (proto.Message, error) {
			return b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: id, ChangeId: change.GetChangeId(), Approve: !other})
		}},
		{"ConfirmDuty", func(other bool) (proto.Message, error) {
			return b.ConfirmDuty(supervisor, &routingv1.ConfirmDutyRequest{RequestId: id, RenewalId: renewal, Post: "desk", Person: pick(other, "a", "b")})
		}},
		{"RecordAbsence", func(other bool) (proto.Message, error) {
			return b.RecordAbsence(supervisor, &routingv1.RecordAbsenceRequest{RequestId: id, Person: pick(other, "a", "b"), EndTime: end})
		}},
		{"CancelAbsence", func(other bool) (proto.Message, error) {
			return b.CancelAbsence(supervisor, &routingv1.CancelAbsenceRequest{RequestId: id, AbsenceId: pick(other, gone.GetAbsenceId(), newID())})
		}},
		{"SetDeputy", func(other bool) (proto.Message, error) {
			return b.SetDeputy(supervisor, &routingv1.SetDeputyRequest{RequestId: id, Procedure: "away", Person: "x", Deputy: pick(other, "a", "b")})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first, err := tt.call(false)
			if err != nil {
				t.Fatal(err)
			}
			before := b.rows()
			b.clock.Advance(time.Second)
			again, err := tt.call(false)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "the retry's answer", first, again)
			_, err = tt.call(true)
			wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED", "request_id")
			if diff := cmp.Diff(before, b.rows()); diff != "" {
				t.Errorf("the retry changed rows (-before +after):\n%s", diff)
			}
		})
	}
	var n int
	if err := b.pool.QueryRow(context.Background(), "SELECT count(*) FROM duty WHERE procedure = 'test' AND post = 'sales'").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d duties in sales (%v), want the first holder's and the approved one", n, err)
	}
}

func pick(other bool, one, another string) string {
	if other {
		return another
	}
	return one
}
