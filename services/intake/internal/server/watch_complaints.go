package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

const (
	// maxWatched is how many complaints one watch follows, and so all that it remembers.
	maxWatched = 500
	// maxWatches is how many watches one replica serves: each looks at the database once a second.
	maxWatches = 200
	// watchPoll is how often a watch looks without news: news of other replicas, and of what followup says, come by no signal.
	watchPoll = time.Second
	// watchPause is what a watch waits at least between two looks, however much happens, and watchRest how many times as long as the last one took:
	// a filter that lets little in has the table read for it.
	watchPause = 100 * time.Millisecond
	watchRest  = 9
	// watchHeartbeat is how long a watch is silent at most.
	watchHeartbeat = 15 * time.Second
	// watchOverlap is how far a resumed watch looks back: longer than any transaction takes from its first statement to its commit.
	watchOverlap = 30 * time.Second
	// watchChunk is how many complaints are read at a time.
	watchChunk = 50
)

// watchPosition is what a resume token holds: until when, by the database's clock, everything has been told, and of what.
type watchPosition struct {
	Time time.Time `json:"t"`
	Of   string    `json:"f"`
}

type watchStream = grpc.ServerStreamingServer[intakev1.WatchComplaintsResponse]

// watch is one watch while it runs.
type watch struct {
	*Server
	stream watchStream
	tenant string
	filter store.Filter
	of     string

	seen  map[string]int64 // versions, by complaint
	told  time.Time        // until when everything has been told; zero before that
	spoke time.Time        // when the last frame was sent
	took  time.Duration    // to read the table
}

// WatchComplaints implements the RPC; its contract is in the .proto file.
//
// A watch compares versions: it keeps no queue, so that however slowly its reader takes frames it remembers the same, and what it sends
// is the newest state. It wakes by a signal of this process, and looks every second for what came another way.
func (s *Server) WatchComplaints(req *intakev1.WatchComplaintsRequest, stream watchStream) error {
	if s.watches.Add(1) > maxWatches {
		s.watches.Add(-1)
		return fault.New(fault.Exhausted, "WATCHES_EXHAUSTED", "this replica serves %d watches already; watch again later, or list complaints", maxWatches)
	}
	defer s.watches.Add(-1)
	w, since, err := s.newWatch(stream, req)
	if err != nil {
		return err
	}
	return w.run(since)
}

func (s *Server) newWatch(stream watchStream, req *intakev1.WatchComplaintsRequest) (*watch, time.Time, error) {
	ctx := stream.Context()
	tenant := auth.From(ctx).Tenant
	f, err := s.filter(ctx, tenant, req)
	if err != nil {
		return nil, time.Time{}, err
	}
	if f.ComplaintID = req.GetComplaintId(); f.ComplaintID != "" {
		if _, err := store.ComplaintByID(ctx, s.cfg.Pool, tenant, f.ComplaintID); err != nil {
			return nil, time.Time{}, err
		}
	}
	at := proto.CloneOf(req)
	at.ResumeToken = ""
	w := &watch{Server: s, stream: stream, tenant: tenant, filter: f, of: fingerprint(tenant, at), seen: map[string]int64{}}
	from, resumed, err := rpc.ParsePageToken[watchPosition](req.GetResumeToken())
	if err != nil || resumed && from.Of != w.of {
		return nil, time.Time{}, fault.New(fault.Invalid, "RESUME_TOKEN_INVALID",
			"resume_token is not one of this filter; repeat the filter of the watch that gave it, or leave it empty to begin with the present state").At("resume_token")
	}
	if resumed {
		return w, from.Time.Add(-watchOverlap), nil
	}
	return w, time.Time{}, nil // everything has changed since then
}

// run looks and tells until the stream ends.
func (w *watch) run(since time.Time) error {
	ctx := w.stream.Context()
	for {
		news := w.news.wait() // before the look: what comes during it wakes the next
		if err := w.look(ctx, since); err != nil {
			return err
		}
		if w.spoke.IsZero() || realTime.Now().Sub(w.spoke) >= watchHeartbeat {
			if err := w.send(&intakev1.WatchComplaintsResponse{Frame: &intakev1.WatchComplaintsResponse_Heartbeat{Heartbeat: &intakev1.WatchHeartbeat{}}}); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.draining:
			return w.send(&intakev1.WatchComplaintsResponse{Frame: &intakev1.WatchComplaintsResponse_GoAway{
				GoAway: &intakev1.WatchGoAway{ReconnectDelay: durationpb.New(reconnectDelay)},
			}})
		case <-time.After(min(max(watchPause, watchRest*w.took), watchHeartbeat/2)):
		}
		select {
		case <-ctx.Done():
		case <-w.draining:
		case <-news:
		case <-time.After(watchPoll):
		}
	}
}

// look tells what is otherwise than at the last look; at the first, what was written since a time.
func (w *watch) look(ctx context.Context, since time.Time) error {
	began := realTime.Now()
	standings, at, err := store.Standings(ctx, w.cfg.Pool, w.tenant, w.filter, since, maxWatched)
	w.took = realTime.Now().Sub(began)
	if err != nil {
		return err
	}
	first := w.told.IsZero()
	var changed []string
	now := make(map[string]int64, len(standings))
	for _, c := range slices.Backward(standings) { // the oldest first, as they came
		now[c.ID] = c.Version
		if version, known := w.seen[c.ID]; first && c.Changed || !first && (!known || version != c.Version) {
			changed = append(changed, c.ID)
		}
	}
	var left []string
	for id := range w.seen {
		// In a full look the oldest make room for newer ones: those have not left.
		if _, still := now[id]; !still && (len(standings) < maxWatched || id > standings[len(standings)-1].ID) {
			left = append(left, id)
		}
	}
	slices.Sort(left)
	if err := w.tell(ctx, changed, left); err != nil {
		return err
	}
	w.seen, w.told = now, at
	if first {
		w.spoke = time.Time{} // the heartbeat that ends the present state
	}
	return nil
}

// tell sends complaints as they stand when they are read, and the ids of those that left.
func (w *watch) tell(ctx context.Context, changed, left []string) error {
	for ids := range slices.Chunk(changed, watchChunk) {
		kept, err := store.ComplaintsByIDs(ctx, w.cfg.Pool, w.tenant, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			k, ok := kept[id]
			if !ok {
				continue
			}
			shown, err := w.shown(k)
			if err != nil {
				return err
			}
			if err := w.send(&intakev1.WatchComplaintsResponse{Frame: &intakev1.WatchComplaintsResponse_Complaint{Complaint: shown}}); err != nil {
				return err
			}
		}
	}
	for _, id := range left {
		if err := w.send(&intakev1.WatchComplaintsResponse{Frame: &intakev1.WatchComplaintsResponse_LeftComplaintId{LeftComplaintId: id}}); err != nil {
			return err
		}
	}
	return nil
}

// send sends a frame with the token of what was told before it.
func (w *watch) send(frame *intakev1.WatchComplaintsResponse) error {
	if !w.told.IsZero() {
		frame.ResumeToken = rpc.PageToken(watchPosition{w.told, w.of})
	}
	if err := w.stream.Send(frame); err != nil {
		return fmt.Errorf("send to a watcher: %w", err)
	}
	w.spoke = realTime.Now()
	return nil
}
