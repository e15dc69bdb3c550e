package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// story prints a complaint, its clocks and its timeline as one JSON object with the members of the three answers.
func (p printer) story(c *intakev1.GetComplaintResponse, clocks *slatimerv1.ListClocksResponse, timeline *reportingv1.GetTimelineResponse) error {
	out := map[string]json.RawMessage{}
	for _, m := range []proto.Message{c, clocks, timeline} {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &out); err != nil {
			return err
		}
	}
	return p.json(out)
}

// timeline prints what happened, in order.
func (p printer) timeline(entries []*reportingv1.TimelineEntry) {
	var rows [][]string
	for _, t := range entries {
		round := ""
		if t.GetRound() > 0 {
			round = fmt.Sprint(t.GetRound())
		}
		name := t.GetType()[strings.LastIndex(t.GetType(), ".")+1:]
		detail := t.GetDetail()
		if t.GetDetailZh() != "" {
			detail += " / " + t.GetDetailZh()
		}
		rows = append(rows, []string{at(t.GetOccurTime()), round, name, t.GetSubject(), detail, t.GetActor()})
	}
	p.table("events yet", []string{"occurred", "round", "event", "subject", "detail", "by"}, rows)
}
