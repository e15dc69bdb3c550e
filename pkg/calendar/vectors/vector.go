package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"redress.dev/pkg/calendar"
)

// vector is one question and its answer.
type vector struct {
	ID        string          `json:"id"`
	Calendar  string          `json:"calendar"`
	Op        string          `json:"op"`
	Start     time.Time       `json:"start"`
	End       time.Time       `json:"end"`
	Amount    whole           `json:"amount"`
	Pauses    [][]time.Time   `json:"pauses"`
	StartRule string          `json:"start_rule"`
	Finish    string          `json:"finish"`
	Date      calendar.Date   `json:"date"`
	EndDate   calendar.Date   `json:"end_date"`
	Expect    json.RawMessage `json:"expect"`
	Tags      []string        `json:"tags"`
	Why       string          `json:"why"`
}

// errUnknown says that this package has not what a vector asks for.
var errUnknown = errors.New("unknown op or rule")

// decode reads a vector, and says why it cannot be answered. What names it is
// read even then.
func decode(text json.RawMessage) (vector, error) {
	var v vector
	if err := strict(text, &v); err != nil {
		var name struct {
			ID, Op, Why string
			Expect      json.RawMessage
			Tags        []string
		}
		_ = json.Unmarshal(text, &name) // as far as it goes
		return vector{ID: name.ID, Op: name.Op, Why: name.Why, Expect: name.Expect, Tags: name.Tags}, err
	}
	kind, knownOp := ops[v.Op]
	_, knownRule := startRules[v.StartRule]
	_, knownFinish := finishes[v.Finish]
	if !knownOp || !knownRule || !knownFinish {
		return v, errUnknown
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return v, err
	}
	for _, field := range append([]string{"expect"}, kind.needs...) {
		if text, ok := given[field]; !ok || string(text) == "null" {
			return v, fmt.Errorf("no %s: give one", field)
		}
	}
	for i, p := range v.Pauses {
		if len(p) != 2 {
			return v, fmt.Errorf("pause %d has %d times: want [from, to]", i, len(p))
		}
	}
	return v, nil
}

// whole is a whole number, however JSON writes it: 60, 60.0 or 6e1. One that
// no int64 holds is the nearest that does, which is out of every range.
type whole int64

// UnmarshalJSON reads a number.
func (w *whole) UnmarshalJSON(text []byte) error {
	const digits = 40 // and an exponent of three: 1e999999999 would be written out
	s := string(text)
	_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if len(s) > digits || len(strings.TrimLeft(exponent, "+-0")) > 3 {
		return fmt.Errorf("number %.40q: too long", s)
	}
	n, ok := new(big.Rat).SetString(s)
	switch {
	case s == "null":
		return nil
	case !ok || !n.IsInt():
		return fmt.Errorf("%s: want a whole number", s)
	case n.Num().IsInt64():
		*w = whole(n.Num().Int64())
	case n.Sign() < 0:
		*w = math.MinInt64
	default:
		*w = math.MaxInt64
	}
	return nil
}
