package procedure

import procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

// Scorecard is an appraisal of somebody for a month by points.
type Scorecard struct {
	Key     string
	Name    Label
	Subject ScoreSubject
	// Posts whose holders, or which themselves, are appraised; empty means all.
	Posts []string
	// Group is what subjects are codes of, "fields.<key>"; empty unless groups are appraised.
	Group string
	// By are the steps and visit plans by which complaints are a person's or a post's; empty means all.
	By []string
	// Start is what a month begins with; the total is never below Floor.
	Start, Floor Decimal
	Rows         []ScoreRow
	Bonuses      []ScoreRow
}

// ScoreSubject is whom a scorecard appraises.
type ScoreSubject int

// The subjects.
const (
	ScoresPerson = ScoreSubject(procedurev1.ScoreSubject_SCORE_SUBJECT_PERSON)
	ScoresPost   = ScoreSubject(procedurev1.ScoreSubject_SCORE_SUBJECT_POST)
	ScoresGroup  = ScoreSubject(procedurev1.ScoreSubject_SCORE_SUBJECT_GROUP)
)

// ScoreKind says what the points of a row follow from.
type ScoreKind int

// The kinds.
const (
	ScoreMetric   ScoreKind = iota + 1 // the band of a rate that is worked out
	ScoreEntered                       // the band of a rate that is entered
	ScoreCount                         // occurrences, the same points for each
	ScoreDecision                      // points that posts decide on
	ScoreUnset                         // occurrences for which the source gives no points
)

// ScoreRow is what points are deducted or, in a bonus, added for.
type ScoreRow struct {
	Key    string
	Name   Label
	Kind   ScoreKind
	Weight Decimal
	// Metric is the key of the rate of a ScoreMetric.
	Metric string
	// Bands of a rate, in order.
	Bands []ScoreBand
	// Each is what an occurrence counts.
	Each Decimal
	// Min and Max bound one decision.
	Min, Max Decimal
	// Cap is the most that the row deducts in a month; 0 means no cap.
	Cap Decimal
	// Posts enter it. Of several one enters, and each other one agrees.
	Posts []string
}

// Row returns the row or bonus with this key, and whether it is a bonus.
func (s *Scorecard) Row(key string) (row ScoreRow, bonus, ok bool) {
	keyOf := func(r ScoreRow) string { return r.Key }
	if row, ok = find(s.Rows, key, keyOf); ok {
		return row, false, true
	}
	row, ok = find(s.Bonuses, key, keyOf)
	return row, ok, ok
}

// enterers returns the posts that enter anything.
func (s *Scorecard) enterers() []string {
	var posts []string
	for _, rows := range [][]ScoreRow{s.Rows, s.Bonuses} {
		for _, r := range rows {
			posts = append(posts, r.Posts...)
		}
	}
	return posts
}

// Band returns the band that a rate falls into; false where none holds it.
func (r ScoreRow) Band(numerator, denominator int64) (ScoreBand, bool) {
	for _, b := range r.Bands {
		if b.holds(numerator, denominator) {
			return b, true
		}
	}
	return ScoreBand{}, false
}
