package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

type eventsCmd struct {
	Status  statusCmd  `cmd:"" help:"Show how far every service has applied every other's events."`
	Parked  parkedCmd  `cmd:"" help:"List the events that a service could not apply."`
	Release releaseCmd `cmd:"" help:"Apply the parked events of one complaint again, once their cause is mended."`
}

type statusCmd struct{}

// lag is how far a consumer is behind a producer, over all parts.
type lag struct {
	Consumer string `json:"consumer"`
	Producer string `json:"producer"`
	Applied  int64  `json:"applied"`
	Head     int64  `json:"head"`
}

// Run compares heads and cursors.
func (c statusCmd) Run(e *env) error {
	lags, err := lags(e)
	if err != nil {
		return err
	}
	if e.print.format == "json" {
		return e.print.json(lags)
	}
	rows := make([][]string, len(lags))
	for i, l := range lags {
		rows[i] = []string{l.Consumer, l.Producer, fmt.Sprint(l.Applied), fmt.Sprint(l.Head), fmt.Sprint(l.Head - l.Applied)}
	}
	e.print.table("consumers yet", []string{"consumer", "producer", "applied", "of", "behind"}, rows, 2, 3, 4)
	return nil
}

// lags asks every service for its heads and cursors.
func lags(e *env) ([]lag, error) {
	heads := map[string]int64{}
	var all []lag
	for _, s := range e.conn.services() {
		api, err := client(e, s[1], eventsv1.NewEventFeedServiceClient)
		if err != nil {
			return nil, err
		}
		h, err := api.ListHeads(e.ctx, &eventsv1.ListHeadsRequest{})
		if err != nil {
			return nil, err
		}
		for _, head := range h.GetHeads() {
			heads[s[0]] += head.GetSeq()
		}
		cursors, err := api.ListCursors(e.ctx, &eventsv1.ListCursorsRequest{})
		if err != nil {
			return nil, err
		}
		applied := map[string]int64{}
		for _, x := range cursors.GetCursors() {
			applied[x.GetProducer()] += x.GetSeq()
		}
		for _, producer := range slices.Sorted(maps.Keys(applied)) {
			all = append(all, lag{Consumer: s[0], Producer: producer, Applied: applied[producer]})
		}
	}
	for i := range all {
		all[i].Head = heads[all[i].Producer]
	}
	return all, nil
}

// address returns the address of a service by name.
func (c *Connection) address(service string) (string, error) {
	var names []string
	for _, s := range c.services() {
		if s[0] == service {
			return s[1], nil
		}
		names = append(names, s[0])
	}
	return "", fmt.Errorf("%q is no service; there are: %s", service, strings.Join(names, ", "))
}

type parkedCmd struct {
	Service   string `arg:"" help:"The consuming service."`
	Complaint string `help:"Only of this complaint, by number or UUID."`
}

// Run lists parked events.
func (c parkedCmd) Run(e *env) error {
	addr, err := e.conn.address(c.Service)
	if err != nil {
		return err
	}
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, addr, eventsv1.NewEventFeedServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListParkedEvents(e.ctx, &eventsv1.ListParkedEventsRequest{AggregateId: id})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, x := range resp.GetParkedEvents() {
			rows = append(rows, []string{at(x.GetParkTime()), x.GetProducer(), x.GetEvent().GetType(), x.GetEvent().GetAggregateId(), x.GetError()})
		}
		e.print.table("parked events", []string{"parked", "producer", "event", "complaint", "why"}, rows)
	})
}

type releaseCmd struct {
	Service   string `arg:"" help:"The consuming service."`
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
}

// Run releases parked events.
func (c releaseCmd) Run(e *env) error {
	addr, err := e.conn.address(c.Service)
	if err != nil {
		return err
	}
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, addr, eventsv1.NewEventFeedServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ReleaseParkedEvents(e.ctx, &eventsv1.ReleaseParkedEventsRequest{AggregateId: id})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%d events applied, %d still parked.\n", resp.GetReleasedCount(), resp.GetParkedCount())
	})
}
