package procedure

import (
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxMonths bounds months_after: CEL knows no times after the year 9999.
const maxMonths = 12_000

// monthsAfter declares months_after(time, n): the same date and time of day n calendar months later, in the numbering's zone, as a
// warranty of three years ends (S3-16). A month without such a day gives its last one.
func (c *compiler) monthsAfter() cel.EnvOption {
	zone := c.out.numbering.zone
	return cel.Function("months_after", cel.Overload("months_after_timestamp_int", []*cel.Type{cel.TimestampType, cel.IntType}, cel.TimestampType,
		cel.BinaryBinding(func(at, n ref.Val) ref.Val {
			months := n.(types.Int) // CEL has checked both
			if months < -maxMonths || months > maxMonths {
				return types.NewErr("months_after: %d months are more than %d", int64(months), maxMonths)
			}
			return types.Timestamp{Time: addMonths(at.(types.Timestamp).In(zone), int(months)).UTC()}
		})))
}

// addMonths returns the same time of day n months later, on the last day of a month that has no such day.
func addMonths(t time.Time, n int) time.Time {
	moved := t.AddDate(0, n, 0)
	if moved.Day() != t.Day() {
		moved = moved.AddDate(0, 0, -moved.Day())
	}
	return moved
}

// dateOfName is what expressions call it by.
const dateOfName = "date_of"

// dateOf declares date_of(time): the ISO date in the numbering's zone, which sorts and compares as dates do; "" for no time.
func (c *compiler) dateOf() cel.EnvOption {
	zone := c.out.numbering.zone
	return cel.Function(dateOfName, cel.Overload("date_of_timestamp", []*cel.Type{cel.TimestampType}, cel.StringType,
		cel.UnaryBinding(func(at ref.Val) ref.Val {
			t := at.(types.Timestamp).Time // CEL has checked it
			if t.IsZero() {
				return types.String("")
			}
			return types.String(t.In(zone).Format(time.DateOnly))
		})))
}
