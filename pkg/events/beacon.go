package events

import (
	"log/slog"

	"google.golang.org/protobuf/proto"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// beacon tells everybody where the parts of this replica stand. It is the only thing by which a consumer learns of a lost tail:
// an event after which nothing came. Nobody keeps a beacon; the next is a second away.
func (r *relay) beacon() {
	heads := r.pub.heads()
	if len(heads) == 0 || !r.bus.cfg.NATS.IsConnected() {
		return
	}
	m := &eventsv1.ListHeadsResponse{Producer: r.bus.cfg.Service, Incarnation: r.seq.incarnation}
	for part, h := range heads {
		m.Heads = append(m.Heads, &eventsv1.Head{Part: int32(part), Seq: h.seq, PublishedSeq: h.published})
	}
	body, err := proto.Marshal(m)
	if err == nil {
		err = r.bus.cfg.NATS.Publish(beaconSubject(r.bus.cfg.Service), body)
	}
	if err != nil {
		r.bus.cfg.Log.Debug("beacon not sent", slog.Any("error", err)) // the next one is due in a second
	}
}
