package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type clocksExplainCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Clock     string `arg:"" optional:"" help:"Key of the policy, or id of the clock; without one every clock of the complaint."`
	Lang      string `help:"Language of the account: zh or en." enum:"zh,en" default:"en"`
}

// Help teaches by examples.
func (clocksExplainCmd) Help() string {
	return `Times are those of the calendar that the clock counts in.

Examples:
  redressctl clocks explain CF-202310-000503
  redressctl clocks explain CF-202310-000503 answer --lang zh`
}

// Run explains one clock, or all of a complaint one after another.
func (c clocksExplainCmd) Run(e *env) error {
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	clocks, err := clocksOf(e, api, c.Complaint)
	if err != nil {
		return err
	}
	if c.Clock != "" {
		if clocks, err = named(clocks, c.Complaint, c.Clock); err != nil {
			return err
		}
		if len(clocks) > 1 {
			return several(clocks, c.Complaint, c.Clock, "redressctl clocks explain "+c.Complaint+" %s")
		}
	}
	var accounts []*slatimerv1.Explanation
	for _, k := range clocks {
		resp, err := api.ExplainClock(e.ctx, &slatimerv1.ExplainClockRequest{ComplaintId: k.GetComplaintId(), ClockId: k.GetClockId()})
		if err != nil {
			return err
		}
		accounts = append(accounts, resp.GetExplanation())
	}
	if e.print.format == "json" {
		return e.print.accountsJSON(accounts)
	}
	for i, a := range accounts {
		if i > 0 {
			fmt.Fprintln(e.print.w)
		}
		e.print.account(a, c.Lang)
	}
	return nil
}

// accountsJSON prints accounts as {"explanations": […]}, also one alone: a program reads one form.
func (p printer) accountsJSON(accounts []*slatimerv1.Explanation) error {
	list := make([]json.RawMessage, len(accounts))
	for i, a := range accounts {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(a)
		if err != nil {
			return err
		}
		list[i] = data
	}
	return p.json(map[string]any{"explanations": list})
}

// maxIntervals is how many intervals a table shows. A limit of ten years has thousands; JSON has them all.
const maxIntervals = 40

// account prints the account of one clock in a language: the sentences, then what they are made of.
func (p printer) account(a *slatimerv1.Explanation, lang string) {
	zone, err := time.LoadLocation(a.GetZone())
	if err != nil { // a machine without that zone's data
		zone = time.Local
	}
	l := words[lang]
	at := func(t *timestamppb.Timestamp) string { return t.AsTime().In(zone).Format("2006-01-02 15:04:05") }

	c, name, sentences := a.GetClock(), a.GetName().GetEn(), a.GetSentencesEn()
	if lang == "zh" {
		name, sentences = a.GetName().GetZh(), a.GetSentencesZh()
	}
	title := c.GetPolicy()
	if name != "" && name != title {
		title += " " + l.quote(name)
	}
	fmt.Fprintf(p.w, "%s  %s  %s  %s\n\n", title, l.states[c.GetState()], fmt.Sprintf(l.round, c.GetRound()), c.GetClockId())
	for _, s := range sentences {
		p.paragraph(s)
	}

	var rows [][]string
	for _, i := range a.GetIntervals() {
		span := i.GetEndTime().AsTime().Sub(i.GetStartTime().AsTime())
		rows = append(rows, []string{at(i.GetStartTime()), at(i.GetEndTime()), l.intervals[i.GetKind()], l.length(span), i.GetName()})
	}
	shown := rows[:min(len(rows), maxIntervals)]
	p.part(l.intervalsTitle, l.intervalsHeader, shown, 3)
	if more := len(rows) - len(shown); more > 0 {
		fmt.Fprintf(p.w, l.more+"\n", more)
	}

	rows = nil
	for _, r := range a.GetRevisions() {
		moved := ""
		if !r.GetDueTime().AsTime().Equal(r.GetPreviousDueTime().AsTime()) {
			moved = at(r.GetDueTime())
		}
		rows = append(rows, []string{at(r.GetOccurTime()), l.revisions[r.GetKind()], at(r.GetPreviousDueTime()), moved, r.GetActor(), r.GetReason()})
	}
	p.part(l.revisionsTitle, l.revisionsHeader, rows)

	rows = nil
	for _, m := range a.GetMoments() {
		kind, reached := l.warning, l.notReached
		if m.GetEscalation() {
			kind = l.step
		}
		switch {
		case m.GetReached():
			reached = l.reached
		case c.GetEndTime() != nil:
			reached = l.moot
		}
		rows = append(rows, []string{fmt.Sprintf(kind, m.GetIndex()+1), at(m.GetTime()), reached})
	}
	p.part(l.momentsTitle, l.momentsHeader, rows)
}

// part prints a table under a heading, or nothing where there are no rows.
func (p printer) part(heading string, header []string, rows [][]string, numeric ...int) {
	if len(rows) > 0 {
		p.heading(heading)
		p.table("", header, rows, numeric...)
	}
}
