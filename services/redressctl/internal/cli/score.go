package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

type scoreCmd struct {
	Enter scoreEnterCmd `cmd:"" help:"Enter a rate, an occurrence or points. Only who sits in the post that the row names may."`
	Agree scoreAgreeCmd `cmd:"" help:"Agree to points that another post has entered."`
	Undo  scoreUndoCmd  `cmd:"" help:"Withdraw an entry."`
	List  scoreListCmd  `cmd:"" help:"List what was entered in a month."`
	Show  scoreShowCmd  `cmd:"" help:"Show the points of a subject for a month, and how they come about."`
}

type scoreEnterCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Card      string `arg:"" help:"Key of the scorecard."`
	Subject   string `arg:"" help:"Who is appraised: a person by subject, a post, or a code."`
	Month     string `arg:"" help:"The month, for example 2026-03."`
	Row       string `arg:"" help:"Key of the row or bonus."`
	Amount    string `arg:"" optional:"" help:"The rate in per cent, the number of occurrences (left out: 1), or the points."`
	Reason    string `help:"Why, a short token, for example call_quality."`
}

// Run enters it.
func (c scoreEnterCmd) Run(e *env) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewScorecardServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RecordScoreEntry(e.ctx, &reportingv1.RecordScoreEntryRequest{
		RequestId: uuid.NewString(), Procedure: c.Procedure, Card: c.Card, Row: c.Row, Subject: c.Subject, Month: c.Month, Amount: c.Amount, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.scoreEntries([]*reportingv1.ScoreEntry{resp.GetEntry()}) })
}

type scoreAgreeCmd struct {
	Entry string `arg:"" help:"UUID of the entry."`
}

// Run agrees.
func (c scoreAgreeCmd) Run(e *env) error {
	return decideScore(e, c.Entry, reportingv1.ScoreDecision_SCORE_DECISION_AGREE)
}

type scoreUndoCmd struct {
	Entry string `arg:"" help:"UUID of the entry."`
}

// Run withdraws the entry.
func (c scoreUndoCmd) Run(e *env) error {
	return decideScore(e, c.Entry, reportingv1.ScoreDecision_SCORE_DECISION_WITHDRAW)
}

func decideScore(e *env, entry string, d reportingv1.ScoreDecision) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewScorecardServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.DecideScoreEntry(e.ctx, &reportingv1.DecideScoreEntryRequest{RequestId: uuid.NewString(), EntryId: entry, Decision: d})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.scoreEntries([]*reportingv1.ScoreEntry{resp.GetEntry()}) })
}

type scoreListCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Card      string `arg:"" help:"Key of the scorecard."`
	Month     string `arg:"" help:"The month, for example 2026-03."`
	Subject   string `help:"Only of this person, post or code."`
}

// Run lists entries.
func (c scoreListCmd) Run(e *env) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewScorecardServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListScoreEntries(e.ctx, &reportingv1.ListScoreEntriesRequest{Procedure: c.Procedure, Card: c.Card, Month: c.Month, Subject: c.Subject})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.scoreEntries(resp.GetEntries()) })
}

func (p printer) scoreEntries(entries []*reportingv1.ScoreEntry) {
	var rows [][]string
	for _, s := range entries {
		state := "counts"
		switch {
		case s.GetWithdrawTime() != nil:
			state = "withdrawn " + at(s.GetWithdrawTime())
		case len(s.GetOpenPosts()) > 0:
			state = "waits for " + strings.Join(s.GetOpenPosts(), ", ")
		}
		rows = append(rows, []string{s.GetEntryId(), s.GetSubject(), s.GetMonth(), s.GetRow(), s.GetAmount(), s.GetReason(), s.GetPerson(), at(s.GetRecordTime()), state})
	}
	p.table("entries", []string{"entry", "of", "month", "row", "amount", "reason", "entered by", "at", "state"}, rows, 4)
}

type scoreShowCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Card      string `arg:"" help:"Key of the scorecard."`
	Subject   string `arg:"" help:"Who is appraised: a person by subject, a post, or a code."`
	Month     string `arg:"" help:"The month, for example 2026-03."`
	Lang      string `help:"Language of the explanations: zh or en." enum:"zh,en" default:"zh"`
}

// Help teaches by an example.
func (scoreShowCmd) Help() string {
	return `Example:
  redressctl score show home-service service_staff lin.yue 2026-03`
}

// Run prints the scorecard with the derivation of every line.
func (c scoreShowCmd) Run(e *env) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewScorecardServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.GetScorecard(e.ctx, &reportingv1.GetScorecardRequest{Procedure: c.Procedure, Card: c.Card, Subject: c.Subject, Month: c.Month})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s: %s, %s\n", bothNames(resp.GetName()), c.Subject, c.Month)
		var rows [][]string
		add := func(sign string, lines []*reportingv1.ScoreLine) {
			for _, l := range lines {
				points := l.GetPoints()
				if points != "0" {
					points = sign + points
				}
				rows = append(rows, []string{l.GetKey(), oneName(l.GetName()), l.GetWeight(), points, c.words(l.GetExplanation().GetZh(), l.GetExplanation().GetEn())})
			}
		}
		add("-", resp.GetRows())
		add("+", resp.GetBonuses())
		e.print.table("rows", []string{"row", "name", "weight", "points", "why"}, rows, 2, 3)
		state := ""
		if !resp.GetComplete() {
			state = c.words("（尚不完整）", " (not complete yet)")
		}
		fmt.Fprintf(e.print.w, "%s%s\n", c.words(resp.GetExplanation().GetZh(), resp.GetExplanation().GetEn()), state)
	})
}

// words returns those of the language asked for, or the others where there are none.
func (c scoreShowCmd) words(zh, en string) string {
	order := []string{zh, en}
	if c.Lang == "en" {
		slices.Reverse(order)
	}
	if order[0] != "" {
		return order[0]
	}
	return order[1]
}
