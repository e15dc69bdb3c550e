package domain

import (
	"redress.dev/pkg/procedure"
)

// ScoreLine is what came of a row or bonus.
type ScoreLine struct {
	Row procedure.ScoreRow
	// Points deducted by a row, or added by a bonus.
	Points procedure.Decimal
	// Explanation says how they come about.
	Explanation procedure.Label
	// Complete is false where a figure or an agreement is missing.
	Complete bool
}

// ScoreSheet is a scorecard filled in for a subject and a month.
type ScoreSheet struct {
	Rows, Bonuses []ScoreLine
	// Total is never below the floor.
	Total       procedure.Decimal
	Explanation procedure.Label
	// Complete is false while a line is not: the total is then not the last word.
	Complete bool
}

// Score fills in a scorecard: rates are the subject's figures by the keys of their metrics, entries what was entered for it, in order.
func Score(card *procedure.Scorecard, rates map[string]Share, entries []ScoreEntry) ScoreSheet {
	s := ScoreSheet{Complete: true}
	var deducted, added procedure.Decimal
	for _, row := range card.Rows {
		line := score(row, rates, entries)
		s.Rows = append(s.Rows, line)
		s.Complete = s.Complete && line.Complete
		deducted += line.Points
	}
	for _, row := range card.Bonuses {
		line := score(row, rates, entries)
		s.Bonuses = append(s.Bonuses, line)
		s.Complete = s.Complete && line.Complete
		added += line.Points
	}
	s.Total = card.Start - deducted + added
	s.Explanation = words("%s − 扣 %s + 加 %s = %s", "%s - %s deducted + %s added = %s", card.Start, deducted, added, s.Total)
	if s.Total < card.Floor {
		s.Total = card.Floor
		s.Explanation = join(s.Explanation, words("；最低 %s", "; at least %s", card.Floor))
	}
	return s
}

// score works out one line.
func score(row procedure.ScoreRow, rates map[string]Share, entries []ScoreEntry) ScoreLine {
	var valid, pending []ScoreEntry
	for _, e := range entries {
		switch {
		case e.Row != row.Key || !e.WithdrawTime.IsZero():
		case len(Open(row, e)) > 0:
			pending = append(pending, e)
		default:
			valid = append(valid, e)
		}
	}
	line := ScoreLine{Row: row, Complete: true}
	switch row.Kind {
	case procedure.ScoreMetric:
		share := rates[row.Metric]
		line.band(share.Numerator, share.Denominator, words("%d/%d", "%d/%d", share.Numerator, share.Denominator))
	case procedure.ScoreEntered:
		if len(valid) == 0 {
			line.band(0, 0, procedure.Label{})
			break
		}
		rate := valid[len(valid)-1].Amount // the last corrects those before it
		line.band(int64(rate), int64(100*procedure.One), words("录入 %s%%", "entered %s %%", rate))
	case procedure.ScoreCount:
		n := occurrences(valid)
		line.Points = procedure.Decimal(n) * row.Each
		line.Explanation = words("%d 次 × %s", "%d x %s", n, row.Each)
	case procedure.ScoreDecision:
		for _, e := range valid {
			line.Points += e.Amount
		}
		line.Explanation = words("%d 次，共 %s", "%d decided, %s in all", len(valid), line.Points)
	case procedure.ScoreUnset:
		n := occurrences(valid)
		line.Explanation = words("%d 次；制度未给出分值，不计分", "%d; the source gives no points, none are counted", n)
		line.Complete = n == 0
	}
	if row.Cap > 0 && line.Points > row.Cap {
		line.Explanation = join(line.Explanation, words("，扣完为止：%s", ", used up at %s", row.Cap))
		line.Points = row.Cap
	}
	if len(pending) > 0 {
		line.Complete = false
		line.Explanation = join(line.Explanation, words("；%d 项待同意，未计", "; %d not agreed yet, not counted", len(pending)))
	}
	return line
}

// band sets the points of a rate.
func (l *ScoreLine) band(numerator, denominator int64, rate procedure.Label) {
	if denominator <= 0 {
		l.Complete, l.Explanation = false, words("无数据，不计分", "no figure, nothing deducted")
		return
	}
	b, ok := l.Row.Band(numerator, denominator)
	if !ok {
		l.Complete, l.Explanation = false, join(rate, words("，不属于任何区间", ", in no band"))
		return
	}
	l.Points = b.Deduct
	l.Explanation = join(rate, words("，区间 %s%%，扣 %s", ", band %s %%, deduct %s", b.Interval(), b.Deduct))
}

// occurrences adds up the amounts of entries, which are whole numbers.
func occurrences(entries []ScoreEntry) int64 {
	var n procedure.Decimal
	for _, e := range entries {
		n += e.Amount
	}
	return int64(n / procedure.One)
}

// join puts sentences together.
func join(a, b procedure.Label) procedure.Label {
	return procedure.Label{Zh: a.Zh + b.Zh, En: a.En + b.En}
}
