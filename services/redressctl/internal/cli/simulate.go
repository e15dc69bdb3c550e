package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/procedure"
)

type simulateCmd struct {
	Draft string `arg:"" help:"Folder of the draft, or its procedure.yaml. Its code says whose complaints are replayed." type:"path"`
	From  string `help:"Only complaints received at or after." placeholder:"TIME"`
	To    string `help:"Only complaints received before." placeholder:"TIME"`
	Limit int32  `help:"How many differences are listed, 0 to 10000; all are counted." default:"20"`
}

// Help teaches by an example that works on the suite that make run started.
func (simulateCmd) Help() string {
	return `Nothing is written: the live clocks stay as they are. With --output json every frame of the answer is a line of JSON.

Example:
  redressctl clocks simulate deploy/procedures/consumer-finance/2026-01 --limit 5`
}

// Run streams a simulation.
func (c simulateCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	to, err := timestamp("to", c.To)
	if err != nil {
		return err
	}
	data, err := readPack(c.Draft)
	if err != nil {
		return err
	}
	draft, err := procedure.Parse(data)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	stream, err := api.SimulatePolicy(e.ctx, &slatimerv1.SimulatePolicyRequest{
		Edition: &slatimerv1.SimulatePolicyRequest_Draft{Draft: draft}, ReceiveTimeFrom: from, ReceiveTimeTo: to, DifferenceLimit: c.Limit,
	})
	if err != nil {
		return err
	}
	var list []*slatimerv1.ClockDifference
	for {
		frame, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case e.print.format == "json":
			if err := e.print.line(frame); err != nil {
				return err
			}
			continue
		}
		if p := frame.GetProgress(); p != nil {
			fmt.Fprintf(e.errs, "%d of %d events read, %d complaints, %d clocks\n", p.GetEventCount(), p.GetEventTotal(), p.GetComplaintCount(), p.GetClockCount())
		}
		if d := frame.GetDifference(); d != nil {
			list = append(list, d)
		}
		if s := frame.GetSummary(); s != nil {
			e.print.simulation(s, list)
		}
	}
}

// line prints m as one line of JSON.
func (p printer) line(m proto.Message) error {
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, data); err != nil { // protojson's own spaces differ from build to build
		return err
	}
	_, err = fmt.Fprintln(p.w, line.String())
	return err
}

// simulation prints what a simulation came to: the sums, then the first differences.
func (p printer) simulation(s *slatimerv1.SimulationSummary, list []*slatimerv1.ClockDifference) {
	if s.GetComplaintCount() == 0 && s.GetFailedComplaintCount() == 0 {
		fmt.Fprintln(p.w, "No complaint of this procedure was received in this span.")
		return
	}
	t := s.GetTotal()
	fmt.Fprintf(p.w, "%d complaints replayed until %s: %d clocks, of which %d would be as they are. Breaches: %d, would be %d.\n",
		s.GetComplaintCount(), at(s.GetUntilTime()), t.GetComparedCount(), t.GetUnchangedCount(), t.GetBreachedBeforeCount(), t.GetBreachedAfterCount())
	if n := s.GetFailedComplaintCount(); n > 0 {
		fmt.Fprintf(p.w, "%d complaints could not be replayed and are not counted; the first: %s\n", n, s.GetFirstFailure())
	}
	header := []string{"", "clocks", "as they are", "breaches won", "lost", "due moved", "would not start", "would start", "other end"}
	rows := [][]string{countRow("all", t)}
	for _, part := range []struct {
		name   string
		groups []*slatimerv1.SimulationGroup
	}{{"clock", s.GetByPolicy()}, {"post", s.GetByPost()}, {"", s.GetByCategory()}} {
		for _, g := range part.groups {
			name, key := part.name+g.GetTarget(), g.GetKey()
			if key == "" {
				key = "–"
			}
			rows = append(rows, countRow(name+" "+key, g.GetCount()))
		}
	}
	p.table("clocks", header, rows, 1, 2, 3, 4, 5, 6, 7, 8)
	rows = nil
	for _, d := range list {
		rows = append(rows, []string{word(d.GetKind(), "DIFFERENCE_KIND_"), d.GetPolicy(), standing(d.GetBefore()), standing(d.GetAfter()), d.GetPost(), d.GetComplaintId()})
	}
	p.heading("Differences")
	p.table("differences listed", []string{"kind", "clock", "is due", "would be due", "post", "complaint"}, rows)
	if s.GetDifferencesCut() {
		fmt.Fprintln(p.w, "There are more: raise --limit.")
	}
	if l := s.GetLive(); l.GetWorkedMeanwhile() {
		fmt.Fprintln(p.w, "slatimer worked meanwhile, so its tables have changed; the simulation itself writes nothing.")
	} else {
		fmt.Fprintf(p.w, "The live tables are as they were (digest %.12s).\n", l.GetDigestAfter())
	}
}

func countRow(name string, c *slatimerv1.SimulationCount) []string {
	row := []string{name}
	for _, n := range []int64{c.GetComparedCount(), c.GetUnchangedCount(), c.GetBreachWonCount(), c.GetBreachLostCount(), c.GetDueMovedCount(),
		c.GetOnlyBeforeCount(), c.GetOnlyAfterCount(), c.GetStateChangedCount()} {
		row = append(row, fmt.Sprint(n))
	}
	return row
}

// standing prints where a clock stands; "–" where there is none.
func standing(s *slatimerv1.SimulatedClock) string {
	if s == nil {
		return "–"
	}
	return at(s.GetDueTime()) + " " + word(s.GetState(), "CLOCK_STATE_")
}
