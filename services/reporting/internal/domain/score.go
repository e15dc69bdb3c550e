package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Reasons of faults about scores.
const (
	ReasonCardUnknown      = "CARD_UNKNOWN"
	ReasonRowUnknown       = "ROW_UNKNOWN"
	ReasonSubjectUnknown   = "SUBJECT_UNKNOWN"
	ReasonAmountOutOfRange = "AMOUNT_OUT_OF_RANGE"
	ReasonNotOnDuty        = "NOT_ON_DUTY"
	ReasonEntryNotFound    = "ENTRY_NOT_FOUND"
	ReasonEntryDecided     = "ENTRY_DECIDED"
)

// ScoreEntry is one thing that was entered in a scorecard.
type ScoreEntry struct {
	ID, Tenant, Procedure string
	// Card, Row and Subject are their keys; Month is "2026-03".
	Card, Row, Subject, Month string
	// Amount is the rate in per cent, the number of occurrences or the points.
	Amount procedure.Decimal
	// Reason is a code; may be empty.
	Reason string
	// Posts have entered it or agreed, in that order.
	Posts []string
	// Person entered it.
	Person     string
	RecordTime time.Time
	// WithdrawTime is zero unless it was withdrawn.
	WithdrawTime time.Time
}

// FindCard returns the scorecard with a key, or the fault CARD_UNKNOWN.
func FindCard(p *procedure.Procedure, key string) (*procedure.Scorecard, error) {
	if card, ok := p.Scorecard(key); ok {
		return card, nil
	}
	names := keyList(p.Scorecards, func(s *procedure.Scorecard) string { return s.Key })
	return nil, fault.New(fault.Invalid, ReasonCardUnknown, "the procedure has no scorecard %q; it has %s", key, names).At("card").With("known", names)
}

// Enter returns e as it is entered by somebody who sits in held, with its post and amount; amount is as it was written, empty for one
// occurrence. It fails with ROW_UNKNOWN where there is nothing to enter, NOT_ON_DUTY for a wrong post and AMOUNT_OUT_OF_RANGE.
func Enter(card *procedure.Scorecard, e ScoreEntry, amount string, held []string) (ScoreEntry, error) {
	row, _, ok := card.Row(e.Row)
	if !ok || len(row.Posts) == 0 {
		names := keyList(slices.Concat(card.Rows, card.Bonuses), func(r procedure.ScoreRow) string {
			if len(r.Posts) == 0 {
				return ""
			}
			return r.Key
		})
		return e, fault.New(fault.Invalid, ReasonRowUnknown, "the scorecard has no row %q that is entered; it has %s", e.Row, names).At("row").With("known", names)
	}
	post, err := onDuty(row, held, nil)
	if err != nil {
		return e, err
	}
	if e.Amount, err = amountOf(row, amount); err != nil {
		return e, err
	}
	e.Posts = []string{post}
	return e, nil
}

// Agree returns e with the agreement of another post of those that decide it. It fails with NOT_ON_DUTY, or ENTRY_DECIDED where the
// entry was withdrawn or nobody's agreement is open that the caller could give.
func Agree(card *procedure.Scorecard, e ScoreEntry, held []string) (ScoreEntry, error) {
	row, err := enteredRow(card, e)
	if err != nil {
		return e, err
	}
	if _, err := onDuty(row, held, nil); err != nil {
		return e, err
	}
	post, err := onDuty(row, held, e.Posts)
	if err != nil {
		return e, fault.New(fault.Precondition, ReasonEntryDecided, "the post has agreed already").With("entry_id", e.ID)
	}
	e.Posts = append(slices.Clone(e.Posts), post)
	return e, nil
}

// Withdraw returns e withdrawn at now by somebody who sits in held. It fails as Agree does.
func Withdraw(card *procedure.Scorecard, e ScoreEntry, held []string, now time.Time) (ScoreEntry, error) {
	row, err := enteredRow(card, e)
	if err != nil {
		return e, err
	}
	if _, err := onDuty(row, held, nil); err != nil {
		return e, err
	}
	e.WithdrawTime = now
	return e, nil
}

// enteredRow returns the row of an entry that was not withdrawn.
func enteredRow(card *procedure.Scorecard, e ScoreEntry) (procedure.ScoreRow, error) {
	row, _, ok := card.Row(e.Row)
	switch {
	case !ok:
		return row, fault.New(fault.Precondition, ReasonRowUnknown, "the scorecard no longer has the row %q", e.Row).At("row")
	case !e.WithdrawTime.IsZero():
		return row, fault.New(fault.Precondition, ReasonEntryDecided, "the entry was withdrawn").With("entry_id", e.ID)
	}
	return row, nil
}

// onDuty returns the first post of the row that is held, but for those in done.
func onDuty(row procedure.ScoreRow, held, done []string) (string, error) {
	for _, post := range row.Posts {
		if slices.Contains(held, post) && !slices.Contains(done, post) {
			return post, nil
		}
	}
	posts := strings.Join(row.Posts, ", ")
	return "", fault.New(fault.Denied, ReasonNotOnDuty, "only who sits in one of %s may do that", posts).With("posts", posts)
}

// maxOccurrences is the most of one entry.
const maxOccurrences = 1000

// amountOf reads the amount of an entry.
func amountOf(row procedure.ScoreRow, written string) (procedure.Decimal, error) {
	low, high, whole := procedure.One, procedure.Decimal(maxOccurrences)*procedure.One, true
	switch row.Kind {
	case procedure.ScoreEntered:
		low, high, whole = 0, 100*procedure.One, false
	case procedure.ScoreDecision:
		low, high, whole = row.Min, row.Max, false
	case procedure.ScoreCount, procedure.ScoreUnset, procedure.ScoreMetric:
		if written == "" {
			written = "1"
		}
	}
	d, ok := procedure.ParseDecimal(written)
	if !ok || d < low || d > high || whole && d%procedure.One != 0 {
		kind := "a number"
		if whole {
			kind = "a whole number"
		}
		return d, fault.New(fault.Invalid, ReasonAmountOutOfRange, "the amount %q must be %s from %s to %s", written, kind, low, high).
			At("amount").With("min", low.String()).With("max", high.String())
	}
	return d, nil
}

// Open returns the posts that have yet to agree to an entry.
func Open(row procedure.ScoreRow, e ScoreEntry) []string {
	return slices.DeleteFunc(slices.Clone(row.Posts), func(post string) bool { return slices.Contains(e.Posts, post) })
}

// keyList lists keys for a message.
func keyList[T any](list []T, key func(T) string) string {
	var names []string
	for _, item := range list {
		if k := key(item); k != "" {
			names = append(names, k)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// words returns a sentence in both languages, of the same arguments.
func words(zh, en string, args ...any) procedure.Label {
	return procedure.Label{Zh: fmt.Sprintf(zh, args...), En: fmt.Sprintf(en, args...)}
}

// Appraises reports whether a scorecard appraises a post or a code. Of persons it does not know: the duty directory does.
func Appraises(p *procedure.Procedure, card *procedure.Scorecard, subject string) bool {
	switch card.Subject {
	case procedure.ScoresPost:
		_, ok := p.Post(subject)
		return ok && (len(card.Posts) == 0 || slices.Contains(card.Posts, subject))
	case procedure.ScoresGroup:
		f, _ := p.Field(strings.TrimPrefix(card.Group, FieldGroup))
		v := f.Vocabulary()
		return v == nil || v.Has(subject)
	case procedure.ScoresPerson:
	}
	return false
}

// WorkOf returns by which work complaints are the subject's; nil for a group, whose complaints are those with its code.
func WorkOf(card *procedure.Scorecard, subject string) []Work {
	w := Work{Person: subject}
	switch card.Subject {
	case procedure.ScoresGroup:
		return nil
	case procedure.ScoresPost:
		w = Work{Post: subject}
	case procedure.ScoresPerson:
	}
	if len(card.By) == 0 {
		return []Work{w}
	}
	out := make([]Work, len(card.By))
	for i, key := range card.By {
		out[i] = Work{key, w.Post, w.Person}
	}
	return out
}
