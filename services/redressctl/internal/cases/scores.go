package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/procedure"
)

// scoreEntry enters something in a scorecard. It is about no complaint. by is the post whose holder enters it, agreed the posts whose
// holders agree then.
type scoreEntry struct {
	card, row, subject, month, amount, reason, by string
	agreed                                        []string
}

// score reads the act. What is refused may name a row or an amount that there is not.
func (s *storyteller) score(n *yaml.Node, e *entry, wrong bool) act {
	m := s.mapping(n, "a score", "card", "row", "subject", "month", "amount", "reason", "by", "agreed_by")
	card, ok := s.card(n, m["card"])
	a := scoreEntry{
		card: s.text(m["card"]), row: s.text(m["row"]), subject: s.text(m["subject"]), month: s.text(m["month"]), amount: s.text(m["amount"]),
		reason: s.text(m["reason"]), by: s.choice(m["by"], "post", s.words.posts),
	}
	for _, x := range s.items(m["agreed_by"]) {
		a.agreed = append(a.agreed, s.choice(x, "post", s.words.posts))
	}
	if m != nil && (a.row == "" || a.subject == "" || a.month == "") {
		s.find(n, "a score says of whom and when, and in which row: {card: service_staff, row: skill, subject: lin.yue, month: 2026-03}")
		return a
	}
	e.name = "score " + a.row
	if !ok {
		return a
	}
	row, _, there := card.Row(a.row)
	if !there && !wrong {
		s.find(m["row"], "there is no row %q", a.row)
	}
	if a.by == "" && len(row.Posts) > 0 {
		a.by = row.Posts[0]
	}
	return a
}

// card returns the scorecard that a node names.
func (s *storyteller) card(n, name *yaml.Node) (*procedure.Scorecard, bool) {
	keys := keys(s.compiled.Scorecards, func(c *procedure.Scorecard) string { return c.Key })
	if name == nil {
		s.find(n, "name the scorecard as card: %s", list(keys))
		return nil, false
	}
	if !s.oneOf(name, "scorecard", keys) {
		return nil, false
	}
	return s.compiled.Scorecard(name.Value)
}

func (a scoreEntry) do(ctx context.Context, p *play, _ string) error {
	resp, err := p.api.scores.RecordScoreEntry(ctx, &reportingv1.RecordScoreEntryRequest{
		RequestId: requestID(), Procedure: p.c.pack.compiled.Code, Card: a.card, Row: a.row, Subject: a.subject, Month: a.month, Amount: a.amount,
		Reason: a.reason,
	}, p.as(p.seats[a.by], optionsv1.Role_ROLE_HANDLER))
	for _, post := range a.agreed {
		if err != nil {
			return err
		}
		_, err = p.api.scores.DecideScoreEntry(ctx, &reportingv1.DecideScoreEntryRequest{
			RequestId: requestID(), EntryId: resp.GetEntry().GetEntryId(), Decision: reportingv1.ScoreDecision_SCORE_DECISION_AGREE,
		}, p.as(p.seats[post], optionsv1.Role_ROLE_HANDLER))
	}
	return err
}

// scores checks a scorecard: {card, subject, month, points: {row: "2"}, total: 76, complete: true, explains: {row: [words]}}.
func (s *storyteller) scores(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	m := s.mapping(n, "a score", "card", "subject", "month", "points", "total", "complete", "explains")
	card, ok := s.card(n, m["card"])
	if !ok {
		return nil
	}
	req := &reportingv1.GetScorecardRequest{Procedure: s.compiled.Code, Card: card.Key, Subject: s.text(m["subject"]), Month: s.text(m["month"])}
	rows := keys(slices.Concat(card.Rows, card.Bonuses), func(r procedure.ScoreRow) string { return r.Key })
	var out []check
	add := func(x *yaml.Node, what, want string, get func(*reportingv1.GetScorecardResponse) string) {
		out = append(out, equal(x, what, want, func(ctx context.Context, v *view) (string, error) {
			resp, err := v.api.scores.GetScorecard(ctx, req, v.viewer())
			if err != nil {
				return "", err
			}
			return get(resp), nil
		}))
	}
	if x := m["points"]; x != nil {
		for key, value := range s.entries(x, "row", rows) {
			add(value, "points of "+key.Value, s.text(value), func(r *reportingv1.GetScorecardResponse) string { return scoreLine(r, key.Value).GetPoints() })
		}
	}
	if x := m["explains"]; x != nil {
		for key, value := range s.entries(x, "row", rows) {
			for _, word := range s.items(value) {
				add(word, "explanation of "+key.Value, word.Value, func(r *reportingv1.GetScorecardResponse) string {
					e := scoreLine(r, key.Value).GetExplanation()
					if all := e.GetZh() + "\n" + e.GetEn(); !strings.Contains(all, word.Value) {
						return all
					}
					return word.Value
				})
			}
		}
	}
	if x := m["total"]; x != nil {
		add(x, "total", s.text(x), (*reportingv1.GetScorecardResponse).GetTotal)
	}
	if x := m["complete"]; x != nil {
		add(x, "complete", s.text(x), func(r *reportingv1.GetScorecardResponse) string { return fmt.Sprint(r.GetComplete()) })
	}
	if len(out) == 0 {
		s.find(n, "say what the scorecard must show: total: 76, or points: {skill: 4}")
	}
	return out
}

// scoreLine returns a row or bonus of an answer.
func scoreLine(r *reportingv1.GetScorecardResponse, key string) *reportingv1.ScoreLine {
	for _, l := range slices.Concat(r.GetRows(), r.GetBonuses()) {
		if l.GetKey() == key {
			return l
		}
	}
	return nil
}
