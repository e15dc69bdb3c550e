package server

import (
	"fmt"
	"math"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// TestSessionsAreAsTheModelSays sends frames in every order that a broken or hostile gateway may think of, and holds each answer against
// a model of ten lines: what is committed is a prefix 1 … acked, each item of it has one result for ever, and only the newest stream adds.
func TestSessionsAreAsTheModelSays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	clientOf, _ := f.serveAll(t)
	sessions := 0
	rapid.Check(t, func(rt *rapid.T) {
		sessions++
		name := fmt.Sprint("session-", sessions)
		m := &model{t: t, rt: rt, client: clientOf(name), name: name} // a caller of its own: streams are counted
		m.Reopen(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"reopen": m.Reopen, "reopen beside": m.Beside, "next": m.Next, "next, stale": m.Stale, "again": m.Again, "misplaced": m.Misplaced,
			"half-close": m.HalfClose, "cancel": m.Cancel, "another gateway": m.AnotherGateway, "open again": m.OpenAgain,
		})
		m.now.drop()
		if m.old != nil {
			m.old.drop()
		}
		var n int
		if err := f.pool.QueryRow(t.Context(), `SELECT count(*) FROM complaint WHERE external_reference = $1`, m.name).Scan(&n); err != nil || n != len(m.results) {
			rt.Fatalf("%d complaints of %d items that are acknowledged (%v)", n, len(m.results), err)
		}
	})
}

// model is one session as it must be.
type model struct {
	t      *testing.T
	rt     *rapid.T
	client intakev1.IntakeServiceClient
	name   string
	// now is the newest stream, old one that was overtaken, or nil.
	now, old *gateway
	epoch    int64
	results  []*intakev1.IntakeResult // of the items 1, 2, 3 …
}

func (m *model) acked() int64 { return int64(len(m.results)) }

func (m *model) item(sequence int64) *intakev1.StreamIntakeRequest {
	d := draft()
	d.ExternalReference = m.name
	return item(sequence, d)
}

func (m *model) open(gatewayID string) (*gateway, *intakev1.IntakeOpened) {
	g := start(m.t, m.client)
	g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: gatewayID, SessionId: m.name}}})
	return g, g.recv().GetOpened()
}

// reopen opens the session; what a cancelled stream had under way may have been committed meanwhile.
func (m *model) reopen(sent int64) {
	var opened *intakev1.IntakeOpened
	m.now, opened = m.open("g1")
	if opened.GetStreamEpoch() <= m.epoch {
		m.rt.Fatalf("epoch %d after %d", opened.GetStreamEpoch(), m.epoch)
	}
	m.epoch = opened.GetStreamEpoch()
	acked := opened.GetAckedSequence()
	if acked < m.acked() || acked > m.acked()+sent {
		m.rt.Fatalf("acknowledged %d; %d were, and %d more were sent", acked, m.acked(), sent)
	}
	for seq := m.acked() + 1; seq <= acked; seq++ {
		m.now.send(m.item(seq))
		m.results = append(m.results, m.now.results(1)[0])
	}
}

func (m *model) Reopen(*rapid.T) {
	if m.now != nil {
		m.now.drop()
	}
	m.reopen(0)
}

// Beside opens the session a second time and leaves the first stream open.
func (m *model) Beside(*rapid.T) {
	if m.old != nil {
		m.old.drop()
	}
	m.old = m.now
	m.reopen(0)
}

func (m *model) Next(*rapid.T) {
	m.now.send(m.item(m.acked() + 1))
	r := m.now.results(1)[0]
	if r.GetSequence() != m.acked()+1 || r.GetNumber() == "" || r.GetError() != nil {
		m.rt.Fatalf("the next item got %v", r)
	}
	m.results = append(m.results, r)
}

// Stale sends the next item over the stream that was overtaken.
func (m *model) Stale(rt *rapid.T) {
	if m.old == nil {
		rt.Skip("no second stream")
	}
	m.old.send(m.item(m.acked() + 1))
	// It may have been overtaken by more than one item: then its own watermark is behind, and the item is out of place for it.
	if code := status.Code(m.old.end()); code != codes.Aborted && code != codes.OutOfRange {
		rt.Fatalf("a stream that was overtaken ended with %v", code)
	}
	m.old = nil
}

func (m *model) Again(rt *rapid.T) {
	if m.acked() == 0 {
		rt.Skip("nothing is acknowledged")
	}
	seq := rapid.Int64Range(1, m.acked()).Draw(rt, "sequence")
	other := m.item(seq)
	other.GetItem().Draft.Content = "别的" // what it holds now counts for nothing
	m.now.send(other)
	if r := m.now.results(1)[0]; !proto.Equal(r, m.results[seq-1]) {
		rt.Fatalf("sent again, item %d got %v, was %v", seq, r, m.results[seq-1])
	}
}

func (m *model) Misplaced(rt *rapid.T) {
	seq := rapid.SampledFrom([]int64{math.MinInt64, -1, 0, m.acked() + 2, m.acked() + 500, math.MaxInt64}).Draw(rt, "sequence")
	m.now.send(m.item(seq))
	if err := m.now.end(); status.Code(err) != codes.OutOfRange {
		rt.Fatalf("item %d after %d: %v", seq, m.acked(), err)
	}
	m.reopen(0)
}

func (m *model) HalfClose(rt *rapid.T) {
	m.now.send(m.item(m.acked() + 1))
	if err := m.now.stream.CloseSend(); err != nil {
		rt.Fatal(err)
	}
	m.results = append(m.results, m.now.results(1)[0])
	if err := m.now.end(); err != nil {
		rt.Fatalf("half-closed, the stream ended with %v", err)
	}
	m.reopen(0)
}

// Cancel breaks the stream off after some frames, in the middle of whatever intake does with them.
func (m *model) Cancel(rt *rapid.T) {
	n := rapid.Int64Range(0, 5).Draw(rt, "frames")
	for i := range n {
		m.now.send(m.item(m.acked() + 1 + i))
	}
	m.now.drop()
	m.reopen(n)
}

// AnotherGateway opens a session of the same name under another gateway's: it is another session.
func (m *model) AnotherGateway(rt *rapid.T) {
	g, opened := m.open("g2-" + m.name)
	if opened.GetAckedSequence() != 0 {
		rt.Fatalf("another gateway's session: %v", opened)
	}
	g.drop()
}

func (m *model) OpenAgain(rt *rapid.T) {
	m.now.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: m.name}}})
	if err := m.now.end(); status.Code(err) != codes.InvalidArgument {
		rt.Fatalf("a second opening in one stream: %v", err)
	}
	m.reopen(0)
}
