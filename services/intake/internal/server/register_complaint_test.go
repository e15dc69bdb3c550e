package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

func TestRegisterComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.register(t)
	want := &intakev1.Complaint{
		ComplaintId: got.GetComplaintId(), Number: "FU-202603-000001",
		Edition: &typev1.Edition{Procedure: "furniture", Edition: "2026-01", Digest: got.GetEdition().GetDigest()},
		Flow:    "direct", Channel: "hotline", Fields: map[string]*typev1.Value{"category": code("quality")},
		Complainant: &intakev1.Party{Kind: "end_user", Name: "王*", Phone: "138****5678", Email: "w***@example.com"},
		Content:     "•••", ReceiveTime: timestamppb.New(now), CountTime: timestamppb.New(now), RegisterTime: timestamppb.New(now),
		State: intakev1.ComplaintState_COMPLAINT_STATE_OPEN, Version: 1, ExternalReference: "crm-1",
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	read, err := f.GetComplaint(f.ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_Number{Number: "FU-202603-000001"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read.GetComplaint(), protocmp.Transform()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	wantEvent := &intakev1.ComplaintRegistered{
		Number: want.GetNumber(), Edition: want.GetEdition(), Flow: "direct", Channel: "hotline", ComplainantKind: "end_user",
		Fields: want.GetFields(), CountTime: timestamppb.New(now),
	}
	if diff := cmp.Diff([]proto.Message{wantEvent}, eventstest.Outbox(t, f.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
}

func TestTheThreeTimesStayApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	d := draft()
	received, counted := now.Add(-26*time.Hour), now.Add(-time.Hour)
	d.ReceiveTime, d.CountTime = timestamppb.New(received.Add(123)), timestamppb.New(counted)
	resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	if err != nil {
		t.Fatal(err)
	}
	c := resp.GetComplaint()
	got := []time.Time{c.GetReceiveTime().AsTime(), c.GetCountTime().AsTime(), c.GetRegisterTime().AsTime()}
	if diff := cmp.Diff([]time.Time{received, counted, now}, got); diff != "" {
		t.Errorf("received, counted, registered (-want +got):\n%s", diff)
	}
	e := eventstest.Emitted(t, f.pool)[0]
	if !e.OccurTime.Equal(received) || !e.RecordTime.Equal(now) || e.Actor != "person:li.wei" || e.Version != 1 {
		t.Errorf("envelope: occurred %v, recorded %v, by %s, version %d", e.OccurTime, e.RecordTime, e.Actor, e.Version)
	}
}

func TestOneRequestRegistersOneComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	req := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
	answers := make([]*intakev1.RegisterComplaintResponse, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			if answers[i], err = f.RegisterComplaint(f.ctx, req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, a := range answers[1:] {
		if diff := cmp.Diff(answers[0], a, protocmp.Transform()); diff != "" {
			t.Errorf("two answers to one request differ:\n%s", diff)
		}
	}
	want := map[string]int{"complaint": 1, "vault": 1, "outbox_pending": 1, "idempotency": 1, "number_series": 1}
	if diff := cmp.Diff(want, f.counts(t)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestNumbersHaveNoGapsAndNoTwins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var mu sync.Mutex
	var got []string
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			bad := draft()
			bad.Complainant.Name = ""
			if _, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: bad}); err == nil {
				t.Error("a draft without a name was registered")
			}
			resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got = append(got, resp.GetComplaint().GetNumber())
		})
	}
	wg.Wait()
	slices.Sort(got)
	for i, n := range got {
		if want := fmt.Sprintf("FU-202603-%06d", i+1); n != want {
			t.Errorf("number %d is %s, want %s", i+1, n, want)
		}
	}
}

// request is a good request that a test spoils.
func spoilt(spoil func(*intakev1.RegisterComplaintRequest)) *intakev1.RegisterComplaintRequest {
	req := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
	spoil(req)
	return req
}

func TestBadRequestsWriteNothingAndNameTheField(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	used := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
	if _, err := f.RegisterComplaint(f.ctx, used); err != nil {
		t.Fatal(err)
	}
	before := f.counts(t)
	tests := []struct {
		name   string
		spoil  func(*intakev1.RegisterComplaintRequest)
		reason string
		field  string // "" where violations name it
	}{
		{"unknown procedure", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Procedure = "gardens" }, "PROCEDURE_UNKNOWN", "draft.procedure"},
		{"procedure with a NUL", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Procedure = "furniture\x00" }, "REQUEST_INVALID", "draft.procedure"},
		{"unknown flow", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Flow = "store" }, "FLOW_UNKNOWN", "draft.flow"},
		{"missing field", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Fields = nil }, "FIELD_REQUIRED", "draft.fields.category"},
		{"missing name", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Complainant = nil }, "FIELD_REQUIRED", "draft.complainant.name"},
		{"unknown field", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Fields["colour"] = code("red") }, "FIELD_UNKNOWN", "draft.fields.colour"},
		{"code with a NUL", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Fields["order"] = code("a\x00") }, "REQUEST_INVALID", `draft.fields["order"].code`},
		{"unknown code", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Fields["category"] = code("smell") }, "FIELD_INVALID", "draft.fields.category"},
		{"bad phone", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Complainant.Phone = "12ab" }, "CONTACT_INVALID", "draft.complainant.phone"},
		{"bad e-mail", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Complainant.Email = "wang" }, "CONTACT_INVALID", "draft.complainant.email"},
		{"future receipt", func(r *intakev1.RegisterComplaintRequest) {
			r.Draft.ReceiveTime = timestamppb.New(now.Add(6 * time.Minute))
		}, "TIME_INVALID", "draft.receive_time"},
		{"no time", func(r *intakev1.RegisterComplaintRequest) { r.Draft.CountTime = &timestamppb.Timestamp{Nanos: -1} }, "TIME_INVALID", "draft.count_time"},
		{"oversize text", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Content = strings.Repeat("字", 8001) }, "REQUEST_INVALID", ""},
		{"no channel", func(r *intakev1.RegisterComplaintRequest) { r.Draft.Channel = "" }, "REQUEST_INVALID", ""},
		{"no request id", func(r *intakev1.RegisterComplaintRequest) { r.RequestId = "42" }, "REQUEST_INVALID", ""},
		{"unknown field number", func(r *intakev1.RegisterComplaintRequest) {
			r.Draft.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
		}, "FIELD_NUMBER_UNKNOWN", "draft"},
		{"request id of another draft", func(r *intakev1.RegisterComplaintRequest) {
			r.RequestId, r.Draft.Channel = used.GetRequestId(), "web"
		}, "REQUEST_ID_REUSED", "request_id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := spoilt(test.spoil)
			err := rpc.Check(req) // as the door does
			if err == nil {
				_, err = f.RegisterComplaint(f.ctx, req)
			}
			wantReason(t, err, test.reason, test.field)
			if strings.Contains(fmt.Sprint(err), "王小明") {
				t.Errorf("the error names the person: %v", err)
			}
			if diff := cmp.Diff(before, f.counts(t)); diff != "" {
				t.Errorf("something was written (-before +after):\n%s", diff)
			}
		})
	}
}

func TestEventsStaySmallEnoughForTheStream(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	big := furniture("big")
	for i := range 150 {
		big.Fields = append(big.Fields, fieldOf(fmt.Sprintf("f%d", i)))
	}
	f.activate(t, big)
	req := spoilt(func(r *intakev1.RegisterComplaintRequest) {
		for i := range 150 {
			r.Draft.Fields[fmt.Sprintf("f%d", i)] = code(strings.Repeat("x", 200))
		}
	})
	_, err := f.RegisterComplaint(f.ctx, req)
	wantReason(t, err, "FIELD_INVALID", "draft.fields")
	for i := 100; i < 150; i++ {
		delete(req.Draft.Fields, fmt.Sprintf("f%d", i))
	}
	if _, err := f.RegisterComplaint(f.ctx, req); err != nil {
		t.Errorf("a draft that fits is refused: %s: %v", fault.ReasonOf(err), err)
	}
}
