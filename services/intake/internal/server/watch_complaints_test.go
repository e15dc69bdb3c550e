package server

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

// watching is a client's end of a watch.
type watching struct {
	t      *testing.T
	frames func() (*intakev1.WatchComplaintsResponse, error)
	token  string
	stop   context.CancelFunc
}

func startWatch(t *testing.T, client intakev1.IntakeServiceClient, req *intakev1.WatchComplaintsRequest) *watching {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	stream, err := client.WatchComplaints(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	return &watching{t: t, frames: stream.Recv, stop: cancel}
}

// next returns the next frame in a word: a number with its version, "left ID", "." for a heartbeat, "go away".
func (w *watching) next() string {
	w.t.Helper()
	frame, err := w.frames()
	if err != nil {
		w.t.Fatal(err)
	}
	if frame.GetResumeToken() != "" {
		w.token = frame.GetResumeToken()
	}
	switch f := frame.GetFrame().(type) {
	case *intakev1.WatchComplaintsResponse_Complaint:
		if f.Complaint.GetComplainant().GetName() != "王*" {
			w.t.Errorf("not masked: %v", f.Complaint)
		}
		return f.Complaint.GetNumber() + " " + string(rune('0'+f.Complaint.GetVersion()))
	case *intakev1.WatchComplaintsResponse_LeftComplaintId:
		return "left " + f.LeftComplaintId
	case *intakev1.WatchComplaintsResponse_Heartbeat:
		return "."
	}
	return "go away"
}

func (w *watching) expect(want ...string) {
	w.t.Helper()
	got := make([]string, len(want))
	for i := range want {
		got[i] = w.next()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("frames (-want +got):\n%s", diff)
	}
}

func (f fixture) amendChannel(t *testing.T, id, channel string) {
	t.Helper()
	if _, err := f.AmendComplaint(f.ctx, amendRequest(id, &intakev1.AmendedDraft{Channel: channel})); err != nil {
		t.Fatal(err)
	}
}

func TestAWatchTellsThePresentStateThenChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	a, b := f.register(t), f.register(t)
	w := startWatch(t, client, &intakev1.WatchComplaintsRequest{Channel: "hotline"})
	w.expect(a.GetNumber()+" 1", b.GetNumber()+" 1", ".")
	c := f.register(t)
	w.expect(c.GetNumber() + " 1")
	f.amendChannel(t, a.GetComplaintId(), "store")
	w.expect("left " + a.GetComplaintId())
	if _, err := f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: b.GetComplaintId()}); err != nil {
		t.Fatal(err)
	}
	w.expect(b.GetNumber() + " 2")
	f.exec(t, `UPDATE complaint SET version = version + 1, change_time = now() WHERE complaint_id = $1`, c.GetComplaintId()) // by another replica: no signal
	w.expect(c.GetNumber() + " 2")
}

func TestAWatchGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	a, b := f.register(t), f.register(t)
	f.exec(t, `UPDATE complaint SET change_time = now() - interval '1 hour'`)
	req := &intakev1.WatchComplaintsRequest{Procedure: "furniture"}
	w := startWatch(t, client, req)
	w.expect(a.GetNumber()+" 1", b.GetNumber()+" 1", ".")
	w.stop()
	f.amendChannel(t, b.GetComplaintId(), "store")
	c := f.register(t)
	again := startWatch(t, client, &intakev1.WatchComplaintsRequest{Procedure: "furniture", ResumeToken: w.token})
	again.expect(b.GetNumber()+" 2", c.GetNumber()+" 1", ".") // and not a, which is as it was
}

func TestAWatchOfOneComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	a := f.register(t)
	f.register(t)
	w := startWatch(t, client, &intakev1.WatchComplaintsRequest{ComplaintId: strings.ToUpper(a.GetComplaintId())})
	w.expect(a.GetNumber()+" 1", ".")
	f.register(t)
	f.amendChannel(t, a.GetComplaintId(), "store")
	w.expect(a.GetNumber() + " 2")
}

func TestADrainingServerSendsWatchersAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, stop := f.serve(t)
	w := startWatch(t, client, &intakev1.WatchComplaintsRequest{})
	w.expect(".")
	stop()
	w.expect("go away")
	if w.token == "" {
		t.Error("no token to go on with")
	}
	if _, err := w.frames(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
}

// However much changes while a reader does not read, it hears the newest state and nothing else is remembered.
func TestASlowReaderGetsTheNewestState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	gate, sent := make(chan struct{}), make(chan *intakev1.WatchComplaintsResponse)
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- f.WatchComplaints(&intakev1.WatchComplaintsRequest{}, &slowStream{ctx: ctx, gate: gate, sent: sent})
	}()
	read := func() *intakev1.WatchComplaintsResponse {
		gate <- struct{}{}
		return <-sent
	}
	if v := read().GetComplaint().GetVersion(); v != 1 {
		t.Errorf("version %d", v)
	}
	read() // the heartbeat
	for i := range 20 {
		f.amendChannel(t, c.GetComplaintId(), []string{"store", "hotline"}[i%2])
	}
	versions := 0
	for v := int64(0); v != 21; versions++ {
		if frame := read(); frame.GetComplaint() != nil {
			v = frame.GetComplaint().GetVersion()
		}
	}
	if versions > 4 { // what waited in Send, perhaps a heartbeat, and the newest
		t.Errorf("%d frames for 20 changes", versions)
	}
	cancel()
	<-done
}

// slowStream takes a frame when its gate lets it.
type slowStream struct {
	watchStream
	ctx  context.Context //nolint:containedctx // a stream has one
	gate chan struct{}
	sent chan *intakev1.WatchComplaintsResponse
}

func (s *slowStream) Context() context.Context { return s.ctx }

func (s *slowStream) Send(m *intakev1.WatchComplaintsResponse) error {
	select {
	case <-s.gate:
		s.sent <- m
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

func TestRefusedWatches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.register(t).GetComplaintId()
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei"})
	token := rpc.PageToken(watchPosition{now, "another filter"})
	for _, tt := range []struct {
		ctx           context.Context
		req           *intakev1.WatchComplaintsRequest
		reason, field string
	}{
		{f.ctx, &intakev1.WatchComplaintsRequest{ComplaintId: uuid.NewString()}, "COMPLAINT_NOT_FOUND", ""},
		{other, &intakev1.WatchComplaintsRequest{ComplaintId: id}, "COMPLAINT_NOT_FOUND", ""},
		{f.ctx, &intakev1.WatchComplaintsRequest{Procedure: "gardens"}, "PROCEDURE_UNKNOWN", "procedure"},
		{f.ctx, &intakev1.WatchComplaintsRequest{Fields: map[string]*typev1.Value{"category": {}}}, "FIELD_INVALID", "fields.category"},
		{f.ctx, &intakev1.WatchComplaintsRequest{ResumeToken: "!"}, "RESUME_TOKEN_INVALID", "resume_token"},
		{f.ctx, &intakev1.WatchComplaintsRequest{ResumeToken: token}, "RESUME_TOKEN_INVALID", "resume_token"},
		{f.ctx, &intakev1.WatchComplaintsRequest{ResumeToken: rpc.PageToken(listPosition{Position: store.Position{ID: id}})}, "RESUME_TOKEN_INVALID", "resume_token"},
	} {
		wantReason(t, f.WatchComplaints(tt.req, &slowStream{ctx: tt.ctx}), tt.reason, tt.field)
	}
	f.watches.Store(maxWatches)
	wantReason(t, f.WatchComplaints(&intakev1.WatchComplaintsRequest{}, &slowStream{ctx: f.ctx}), "WATCHES_EXHAUSTED", "")
	if n := f.watches.Load(); n != maxWatches {
		t.Errorf("%d watches are counted", n)
	}
}
