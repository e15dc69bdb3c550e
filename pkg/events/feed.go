package events

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"redress.dev/pkg/fault"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// Reasons of the feed's faults.
const (
	reasonIncarnation = "INCARNATION"
	reasonNoConsumer  = "NO_CONSUMER"
	reasonPartBusy    = "PART_BUSY"
)

const (
	// maxParkedListed is the most parked events that one answer holds.
	maxParkedListed = 1000
	// maxAnswerBytes bounds the payloads of one answer, well under the 4 MiB that gRPC clients take; one event always fits.
	maxAnswerBytes = 2 << 20
)

// feed implements the event feed of a service from its own database; any replica can answer.
type feed struct {
	eventsv1.UnimplementedEventFeedServiceServer
	bus *Bus
}

// Feed returns the service's event feed, for its gRPC server.
func (b *Bus) Feed() eventsv1.EventFeedServiceServer { return &feed{bus: b} }

// ReadEvents implements the RPC; its contract is in the .proto file.
func (f *feed) ReadEvents(ctx context.Context, req *eventsv1.ReadEventsRequest) (*eventsv1.ReadEventsResponse, error) {
	part, limit := int(req.GetPart()), int(req.GetLimit())
	if limit == 0 {
		limit = pageSize
	}
	const q = `SELECT m.incarnation, h.seq FROM producer_meta m, producer_head h WHERE h.part = $1`
	res := &eventsv1.ReadEventsResponse{}
	if err := f.bus.cfg.Pool.QueryRow(ctx, q, part).Scan(&res.Incarnation, &res.HeadSeq); err != nil {
		return nil, fmt.Errorf("read head of part %d: %w", part, err)
	}
	if want := req.GetIncarnation(); want != 0 && want != res.Incarnation {
		return nil, fault.New(fault.OutOfRange, reasonIncarnation, "incarnation %d was asked for, the present one is %d", want, res.Incarnation)
	}
	if req.GetFromSeq() > res.HeadSeq {
		return res, nil
	}
	events, err := readStream(ctx, f.bus.cfg.Pool, scanStream(f.bus.cfg.Service, res.Incarnation), part, req.GetFromSeq(), limit)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, e := range events {
		if size += len(e.Payload); size > maxAnswerBytes {
			break // the caller asks on from there
		}
		res.Events = append(res.Events, eventToProto(e))
	}
	return res, nil
}

// ListHeads implements the RPC; its contract is in the .proto file.
func (f *feed) ListHeads(ctx context.Context, _ *eventsv1.ListHeadsRequest) (*eventsv1.ListHeadsResponse, error) {
	const q = `
		SELECT h.part, h.seq, h.published_seq, coalesce(p.n, 0)
		FROM producer_head h LEFT JOIN (SELECT part, count(*) AS n FROM outbox_pending GROUP BY part) p USING (part)
		ORDER BY h.part`
	incarnation, err := readIncarnation(ctx, f.bus.cfg.Pool)
	if err != nil {
		return nil, err
	}
	rows, _ := f.bus.cfg.Pool.Query(ctx, q) // CollectRows returns the error
	heads, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*eventsv1.Head, error) {
		h := &eventsv1.Head{}
		return h, row.Scan(&h.Part, &h.Seq, &h.PublishedSeq, &h.PendingCount)
	})
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	return &eventsv1.ListHeadsResponse{Producer: f.bus.cfg.Service, Incarnation: incarnation, Heads: heads}, nil
}

// ListCursors implements the RPC; its contract is in the .proto file.
func (f *feed) ListCursors(ctx context.Context, _ *eventsv1.ListCursorsRequest) (*eventsv1.ListCursorsResponse, error) {
	const q = `SELECT producer, part, incarnation, seq FROM inbox_cursor ORDER BY producer, part`
	rows, _ := f.bus.cfg.Pool.Query(ctx, q) // CollectRows returns the error
	cursors, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*eventsv1.Cursor, error) {
		c := &eventsv1.Cursor{}
		return c, row.Scan(&c.Producer, &c.Part, &c.Incarnation, &c.Seq)
	})
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	return &eventsv1.ListCursorsResponse{Cursors: cursors}, nil
}

// ListParkedEvents implements the RPC; its contract is in the .proto file.
func (f *feed) ListParkedEvents(ctx context.Context, req *eventsv1.ListParkedEventsRequest) (*eventsv1.ListParkedEventsResponse, error) {
	parked, err := selectParked(ctx, f.bus.cfg.Pool, -1, req.GetAggregateId(), maxParkedListed)
	if err != nil {
		return nil, err
	}
	res := &eventsv1.ListParkedEventsResponse{}
	size := 0
	for _, p := range parked {
		if size += len(p.event.Payload); size > maxAnswerBytes {
			break
		}
		res.ParkedEvents = append(res.ParkedEvents, &eventsv1.ParkedEvent{
			Producer: p.event.Producer, Part: int32(p.event.Part), Event: eventToProto(p.event),
			Error: p.cause, ParkTime: timestamppb.New(p.parkTime),
		})
	}
	return res, nil
}

// ReleaseParkedEvents implements the RPC; its contract is in the .proto file.
func (f *feed) ReleaseParkedEvents(ctx context.Context, req *eventsv1.ReleaseParkedEventsRequest) (*eventsv1.ReleaseParkedEventsResponse, error) {
	sub := f.bus.sub.Load()
	if sub == nil {
		return nil, fault.New(fault.Precondition, reasonNoConsumer, "%s consumes no events here", f.bus.cfg.Service)
	}
	return f.bus.release(ctx, *sub, req.GetAggregateId())
}
