package server

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	spb "google.golang.org/genproto/googleapis/rpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/eventstest"
)

// reasonOf returns the code and reason of a status, and the field that its first violation names.
func reasonOf(st *spb.Status) (code codes.Code, reason, field string) {
	s := status.FromProto(st)
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			reason = d.GetReason()
		case *errdetails.BadRequest:
			field = d.GetFieldViolations()[0].GetField()
		}
	}
	return s.Code(), reason, field
}

func wantEnd(t *testing.T, err error, want codes.Code, reason string) {
	t.Helper()
	code, got, _ := reasonOf(status.Convert(err).Proto())
	if code != want || got != reason {
		t.Errorf("the stream ended with %v, want %v and %s", err, want, reason)
	}
}

func TestTwoThousandItems(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, opened := dial(t, client)
	want := &intakev1.IntakeOpened{StreamEpoch: 1, CreditCount: creditItems, MaxItemBytes: maxItemBytes}
	if diff := cmp.Diff(want, opened, protocmp.Transform()); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	const n = 2000
	go func() {
		for i := int64(1); i <= n; i++ {
			_ = g.stream.Send(item(i, draft())) // what is lost is missed below
		}
		_ = g.stream.CloseSend()
	}()
	for i, r := range g.results(n) {
		if r.GetSequence() != int64(i+1) || r.GetNumber() != fmt.Sprintf("FU-202603-%06d", i+1) || r.GetComplaintId() == "" {
			t.Fatalf("result %d is %v", i+1, r)
		}
	}
	if err := g.end(); err != nil {
		t.Errorf("half-closed, the stream ended with %v", err)
	}
	for _, table := range []string{"complaint", "vault", "outbox_pending"} {
		if rows := f.count(t, table); rows != n {
			t.Errorf("%d rows in %s, want %d", rows, table, n)
		}
	}
	if commits := f.count(t, "intake_result"); commits >= n/2 {
		t.Errorf("%d items took %d transactions: they were not batched", n, commits)
	}
	if e := eventstest.Emitted(t, f.pool)[0]; e.Actor != "system:gateway-1" || e.TraceParent != "" {
		t.Errorf("envelope: %+v", e)
	}
}

func TestASessionIsResumedAfterADroppedStream(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	for i := int64(1); i <= 5; i++ {
		g.item(i, nil)
	}
	first := g.results(5)
	g.drop()

	g, opened := dial(t, client)
	if opened.GetAckedSequence() != 5 || opened.GetStreamEpoch() != 2 {
		t.Fatalf("reopened: %v", opened)
	}
	for i := int64(3); i <= 7; i++ { // the gateway does not know that 3 to 5 were committed
		g.item(i, nil)
	}
	got := g.results(5)
	if diff := cmp.Diff(first[2:], got[:3], protocmp.Transform()); diff != "" {
		t.Errorf("results of items sent again (-first +again):\n%s", diff)
	}
	if got[3].GetSequence() != 6 || got[4].GetNumber() != "FU-202603-000007" {
		t.Errorf("then %v", got[3:])
	}
	g.item(1, nil) // long ago, in the same stream
	if diff := cmp.Diff(first[:1], g.results(1), protocmp.Transform()); diff != "" {
		t.Errorf("result of item 1 (-first +again):\n%s", diff)
	}
	if n := f.count(t, "complaint"); n != 7 {
		t.Errorf("%d complaints, want 7", n)
	}
}

func TestAGapEndsTheStreamAfterWhatCameBefore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	g.item(1, nil)
	g.item(3, nil)
	err := g.end()
	wantEnd(t, err, codes.OutOfRange, "SEQUENCE_GAP")
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetMetadata()["expected"] != "2" {
			t.Errorf("expected is %q, want 2", info.GetMetadata()["expected"])
		}
	}
	_, opened := dial(t, client)
	if opened.GetAckedSequence() != 1 {
		t.Errorf("acknowledged %d, want 1", opened.GetAckedSequence())
	}
}

func TestASecondOpeningTakesTheSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	old, _ := dial(t, client)
	old.item(1, nil)
	old.results(1)
	young, opened := dial(t, client)
	if opened.GetStreamEpoch() != 2 {
		t.Errorf("epoch %d, want 2", opened.GetStreamEpoch())
	}
	old.item(2, nil)
	wantEnd(t, old.end(), codes.Aborted, "SESSION_TAKEN")
	young.item(2, nil)
	if r := young.results(1)[0]; r.GetNumber() != "FU-202603-000002" {
		t.Errorf("the younger stream got %v", r)
	}
}

func TestASessionIsItsOpenersAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	clientOf, _ := f.serveAll(t)
	g, _ := dial(t, clientOf("gateway-1"))
	g.item(1, nil)
	g.results(1)
	thief := start(t, clientOf("gateway-2"))
	thief.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: "s1"}}})
	thief.item(1, nil) // would be answered with the other's complaint
	err := thief.end()
	wantEnd(t, err, codes.PermissionDenied, "SESSION_NOT_YOURS")
	if _, _, field := reasonOf(status.Convert(err).Proto()); field != "open.session_id" {
		t.Errorf("the refusal names the field %q", field)
	}
	g.item(2, nil) // the attempt ended nothing
	if r := g.results(1)[0]; r.GetNumber() != "FU-202603-000002" {
		t.Errorf("the opener's next item got %v", r)
	}
}

func TestABrokenItemIsAResult(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	spoilt := []struct {
		spoil                 func(*intakev1.ComplaintDraft)
		code                  codes.Code
		wantReason, wantField string
	}{
		{func(d *intakev1.ComplaintDraft) { d.Procedure = "gardens" }, codes.NotFound, "PROCEDURE_UNKNOWN", "draft.procedure"},
		{func(d *intakev1.ComplaintDraft) { d.Complainant.Phone = "12ab" }, codes.InvalidArgument, "CONTACT_INVALID", "draft.complainant.phone"},
		{func(d *intakev1.ComplaintDraft) { d.Content = strings.Repeat("字", 8001) }, codes.InvalidArgument, "REQUEST_INVALID", "draft.content"},
		{func(d *intakev1.ComplaintDraft) {
			for i := range 10 {
				d.PersonalFields[fmt.Sprint(i)] = strings.Repeat("x", 7000)
			}
		}, codes.InvalidArgument, "REQUEST_INVALID", "item"},
		{func(d *intakev1.ComplaintDraft) {
			d.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
		}, codes.InvalidArgument, "FIELD_NUMBER_UNKNOWN", "draft"},
		{func(d *intakev1.ComplaintDraft) { d.ExternalReference = "\x00" }, codes.InvalidArgument, "REQUEST_INVALID", "draft.external_reference"},
		{func(d *intakev1.ComplaintDraft) { d.Content = "\xcd\xb6\xcb\xdf" }, codes.InvalidArgument, "REQUEST_INVALID", "draft.content"}, // 投诉 in GBK
	}
	g.item(1, nil)
	for i, s := range spoilt {
		d := draft()
		s.spoil(d)
		g.item(int64(i+2), d)
	}
	g.send(item(int64(len(spoilt)+2), nil)) // no draft at all
	g.item(int64(len(spoilt)+3), nil)
	got := g.results(len(spoilt) + 3)
	for i, s := range spoilt {
		code, reason, field := reasonOf(got[i+1].GetError())
		if code != s.code || reason != s.wantReason || field != s.wantField || got[i+1].GetComplaintId() != "" {
			t.Errorf("item %d: got %v; want %v, %s at %s", i+2, got[i+1], s.code, s.wantReason, s.wantField)
		}
	}
	if _, reason, _ := reasonOf(got[len(spoilt)+1].GetError()); reason != "REQUEST_INVALID" {
		t.Errorf("an item without a draft: %v", got[len(spoilt)+1])
	}
	if first, last := got[0].GetNumber(), got[len(got)-1].GetNumber(); first != "FU-202603-000001" || last != "FU-202603-000002" {
		t.Errorf("the good items are numbered %q and %q", first, last)
	}
	if err := g.stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := g.end(); err != nil {
		t.Errorf("the stream ended with %v", err)
	}
}

// sent is a stream that keeps what is sent by it.
type sent struct {
	stream
	frames []*intakev1.StreamIntakeResponse
}

func (s *sent) Send(r *intakev1.StreamIntakeResponse) error {
	s.frames = append(s.frames, r)
	return nil
}

func TestAcknowledgementsStaySmallEnoughForClients(t *testing.T) {
	t.Parallel()
	s := &sent{}
	o := &openStream{stream: s}
	long := &spb.Status{Message: strings.Repeat("x", 16<<10)}
	var results []*intakev1.IntakeResult
	for i := range int64(maxBatchItems) {
		results = append(results, &intakev1.IntakeResult{Sequence: i + 1, Error: long})
	}
	if err := o.acknowledge(results); err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, frame := range s.frames {
		ack := frame.GetAck()
		if size := proto.Size(ack); size > 2*maxAckBytes {
			t.Errorf("an acknowledgement has %d bytes", size)
		}
		got += len(ack.GetResults())
		if ack.GetAckedSequence() != int64(got) {
			t.Errorf("the watermark is %d after %d results", ack.GetAckedSequence(), got)
		}
	}
	if got != len(results) {
		t.Errorf("%d results are sent, want %d", got, len(results))
	}
}

func TestStreamsBeginWithOneOpening(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g := start(t, client)
	g.item(1, nil)
	wantEnd(t, g.end(), codes.InvalidArgument, "STREAM_NOT_OPENED")

	g, _ = dial(t, client)
	g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: "s1"}}})
	wantEnd(t, g.end(), codes.InvalidArgument, "STREAM_NOT_OPENED")

	for _, session := range []string{"", strings.Repeat("s", 101), "s\x00"} {
		g = start(t, client)
		g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: session}}})
		wantEnd(t, g.end(), codes.InvalidArgument, "REQUEST_INVALID")
	}
}

func TestItemsCarryTheirTraceOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for i, traceparent := range []string{trace, "nonsense", ""} {
		req := item(int64(i+1), draft())
		req.GetItem().Traceparent = traceparent
		g.send(req)
	}
	g.results(3)
	var got []string
	for _, e := range eventstest.Emitted(t, f.pool) {
		got = append(got, e.TraceParent)
	}
	if len(got) != 3 || !strings.HasPrefix(got[0], trace[:35]) || got[1] != "" || got[2] != "" {
		t.Errorf("traceparents %q", got)
	}
}

func TestAServerThatStopsSendsItsGatewaysAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, stop := f.serve(t)
	g, _ := dial(t, client)
	g.item(1, nil)
	g.results(1)
	stop()
	if g.recv().GetGoAway().GetReconnectDelay().AsDuration() != reconnectDelay {
		t.Error("no go-away came")
	}
	g.item(2, nil) // was on the way
	if r := g.results(1)[0]; r.GetNumber() != "FU-202603-000002" {
		t.Errorf("what was on the way got %v", r)
	}
	if err := g.stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := g.end(); err != nil {
		t.Errorf("half-closed, the stream ended with %v", err)
	}
}

func TestStreamsWaitWhileTheRelayIsBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.gate.limit = 3
	client, _ := f.serve(t)
	for range 4 {
		f.register(t) // single calls pass whatever the depth
	}
	g, _ := dial(t, client)
	g.item(1, nil)
	acked := make(chan *intakev1.StreamIntakeResponse)
	go func() {
		resp, _ := g.stream.Recv() // nothing fails the comparison below
		acked <- resp
	}()
	deep, err := f.gate.look(t.Context())
	if err != nil || !deep {
		t.Fatalf("the gate sees %v, %v", deep, err)
	}
	select {
	case r := <-acked:
		t.Fatalf("an item passed: %v", r)
	default:
	}
	f.exec(t, `DELETE FROM outbox_pending`) // the relay has caught up
	if r := (<-acked).GetAck().GetResults(); len(r) != 1 || r[0].GetNumber() != "FU-202603-000005" {
		t.Errorf("got %v", r)
	}
}

func TestStreamsWaitWhileAServiceIsBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	behind := atomic.Int64{}
	behind.Store(backlogLimit + 1)
	f.gate.backlog = behind.Load
	client, _ := f.serve(t)
	f.register(t) // single calls pass
	g, _ := dial(t, client)
	g.item(1, nil)
	acked := make(chan *intakev1.StreamIntakeResponse)
	go func() {
		resp, _ := g.stream.Recv() // nothing fails the comparison below
		acked <- resp
	}()
	if held, err := f.gate.look(t.Context()); err != nil || !held {
		t.Fatalf("the gate sees %v, %v", held, err)
	}
	select {
	case r := <-acked:
		t.Fatalf("an item passed: %v", r)
	default:
	}
	behind.Store(backlogLimit) // it has caught up
	if r := (<-acked).GetAck().GetResults(); len(r) != 1 || r[0].GetNumber() != "FU-202603-000002" {
		t.Errorf("got %v", r)
	}
}
