package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/clock"
	"redress.dev/services/standalone"
)

const (
	parts = 16
	// watchInterval is how often the feeds are asked again.
	watchInterval = 10 * time.Millisecond
	// quietPatience is how long nothing at all may move while something is still on its way.
	quietPatience = time.Minute
)

// watch tells from the services' event feeds whether everything that was emitted has been applied everywhere.
type watch struct {
	feeds map[string]eventsv1.EventFeedServiceClient
}

func newWatch(c *callers) (*watch, error) {
	w := &watch{feeds: map[string]eventsv1.EventFeedServiceClient{}}
	for _, name := range standalone.Names() {
		conn, err := c.dial(name, "demo-operator", optionsv1.Role_ROLE_OPERATOR)
		if err != nil {
			return nil, err
		}
		w.feeds[name] = eventsv1.NewEventFeedServiceClient(conn)
	}
	return w, nil
}

// picture is how far producers and consumers are.
type picture struct {
	heads   map[string]int64 // by "producer/part"
	pending int64
	behind  []string // what has not been applied, for people
}

// awaitQuiet returns when every event has been applied by all its consumers. Nobody else may be acting meanwhile.
func (w *watch) awaitQuiet(ctx context.Context) error {
	system := clock.System{}
	moved := system.Now()
	var last picture
	for {
		next, err := w.look(ctx)
		if err != nil {
			return err
		}
		still := last.heads != nil && slices.Equal(next.behind, last.behind) && equal(next.heads, last.heads)
		if still && next.pending == 0 && len(next.behind) == 0 {
			return nil
		}
		if !still {
			moved = system.Now()
		}
		if stuck := system.Now().Sub(moved); stuck > quietPatience {
			return fmt.Errorf("events have not moved for %s: %d not sequenced; not applied: %s", quietPatience, next.pending, strings.Join(next.behind, ", "))
		}
		last = next
		if next.pending == 0 && len(next.behind) == 0 {
			continue // the second look decides
		}
		if err := system.WaitUntil(ctx, system.Now().Add(watchInterval)); err != nil {
			return err
		}
	}
}

func equal(a, b map[string]int64) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// look reads heads first and cursors after, so that what a consumer emits while it is looked at shows in the next picture's
// heads: two equal pictures with nothing behind mean quiet.
func (w *watch) look(ctx context.Context) (picture, error) {
	p := picture{heads: map[string]int64{}}
	for name, feed := range w.feeds {
		resp, err := feed.ListHeads(ctx, &eventsv1.ListHeadsRequest{})
		if err != nil {
			return p, fmt.Errorf("heads of %s: %w", name, err)
		}
		for _, h := range resp.GetHeads() {
			p.heads[key(name, h.GetPart())] = h.GetSeq()
			p.pending += h.GetPendingCount()
		}
	}
	for name, feed := range w.feeds {
		resp, err := feed.ListCursors(ctx, &eventsv1.ListCursorsRequest{})
		if err != nil {
			return p, fmt.Errorf("cursors of %s: %w", name, err)
		}
		if n := len(resp.GetCursors()); n == 0 || n%parts != 0 {
			p.behind = append(p.behind, name+" has not begun")
		}
		for _, c := range resp.GetCursors() {
			if head := p.heads[key(c.GetProducer(), c.GetPart())]; c.GetSeq() < head {
				p.behind = append(p.behind, fmt.Sprintf("%s %d/%d of %s", name, c.GetSeq(), head, key(c.GetProducer(), c.GetPart())))
			}
		}
	}
	slices.Sort(p.behind)
	return p, nil
}

func key(producer string, part int32) string { return fmt.Sprintf("%s/%d", producer, part) }

// parked counts the events that services could not apply, and names the first.
func (w *watch) parked(ctx context.Context) (count int, first string, err error) {
	for _, name := range standalone.Names() {
		resp, err := w.feeds[name].ListParkedEvents(ctx, &eventsv1.ListParkedEventsRequest{})
		if err != nil {
			return 0, "", fmt.Errorf("parked events of %s: %w", name, err)
		}
		for _, e := range resp.GetParkedEvents() {
			if count++; first == "" {
				first = fmt.Sprintf("%s could not apply %s: %s", name, e.GetEvent().GetType(), e.GetError())
			}
		}
	}
	return count, first, nil
}
