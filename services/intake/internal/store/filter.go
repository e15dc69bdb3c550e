package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
)

// Order is how a list is sorted; ids break ties.
type Order int

// The orders.
const (
	ByRegistration Order = iota // the order of ids
	ByReceipt
	ByNumber
)

// Filter says which complaints are wanted, and in which order; its zero parts want all.
type Filter struct {
	ComplaintID       string
	Procedure         string
	Flow              string
	Channel           string
	State             domain.State
	Fields            map[string]procedure.Value
	ReceiveFrom       time.Time // at or after
	ReceiveTo         time.Time // before
	ExternalReference string
	NumberPrefix      string
	Linked            *bool // with others, or with none

	Order     Order
	Ascending bool
	// After is the last complaint of the page before; nil on the first.
	After *Position
}

// Position is where a complaint stands in every order.
type Position struct {
	ID          string    `json:"i"`
	Number      string    `json:"n"`
	ReceiveTime time.Time `json:"r"`
}

// where returns the conditions on complaint c and edition e, and the arguments they name.
func (f Filter) where(tenant string) (string, []any) {
	q := `WHERE c.tenant = $1`
	args := []any{tenant}
	and := func(wanted bool, condition string, values ...any) {
		if wanted { // only what is asked for stands in the statement, so that the planner can pick an index for it
			for _, v := range values {
				args = append(args, v)
				condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
			}
			q += " AND " + condition
		}
	}
	and(f.ComplaintID != "", "c.complaint_id = ?::uuid", f.ComplaintID)
	and(f.Procedure != "", "e.procedure = ?", f.Procedure)
	and(f.Flow != "", "c.flow = ?", f.Flow)
	and(f.Channel != "", "c.channel = ?", f.Channel)
	and(f.State != 0, "c.state = ?", f.State)
	and(len(f.Fields) > 0, "c.fields @> ?::jsonb", f.Fields)
	and(!f.ReceiveFrom.IsZero(), "c.receive_time >= ?", f.ReceiveFrom)
	and(!f.ReceiveTo.IsZero(), "c.receive_time < ?", f.ReceiveTo)
	and(f.ExternalReference != "", "c.external_reference = ? AND c.external_reference <> ''", f.ExternalReference)
	// The collation need not sort by bytes: a range on the number would miss some.
	and(f.NumberPrefix != "", "starts_with(c.number, ?)", f.NumberPrefix)
	if f.Linked != nil {
		and(true, "EXISTS (SELECT FROM complaint_link l WHERE l.tenant = c.tenant AND l.complaint_id = c.complaint_id) = ?", *f.Linked)
	}
	if p := f.After; p != nil {
		than := "<"
		if f.Ascending {
			than = ">"
		}
		and(f.Order == ByRegistration, "c.complaint_id "+than+" ?::uuid", p.ID)
		and(f.Order == ByReceipt, "(c.receive_time, c.complaint_id) "+than+" (?, ?::uuid)", p.ReceiveTime, p.ID)
		and(f.Order == ByNumber, "c.number "+than+" ?", p.Number)
	}
	return q, args
}

// orderBy returns the ORDER BY of the filter.
func (f Filter) orderBy() string {
	direction := " DESC"
	if f.Ascending {
		direction = ""
	}
	switch f.Order {
	case ByReceipt:
		return " ORDER BY c.receive_time" + direction + ", c.complaint_id" + direction
	case ByNumber:
		return " ORDER BY c.number" + direction
	case ByRegistration:
	}
	return " ORDER BY c.complaint_id" + direction
}

// Complaints returns at most limit complaints that f lets in, in its order.
func Complaints(ctx context.Context, db Querier, tenant string, f Filter, limit int) ([]Kept, error) {
	where, args := f.where(tenant)
	return collectKept(ctx, db, withVault+where+f.orderBy()+fmt.Sprintf(" LIMIT %d", limit), args...)
}

// ComplaintsByIDs returns those of the named complaints of a tenant that exist, by id.
func ComplaintsByIDs(ctx context.Context, db Querier, tenant string, ids []string) (map[string]Kept, error) {
	const q = withVault + `WHERE c.tenant = $1 AND c.complaint_id = ANY ($2::text[]::uuid[])`
	list, err := collectKept(ctx, db, q, tenant, ids)
	byID := make(map[string]Kept, len(list))
	for _, k := range list {
		byID[k.Complaint.ID] = k
	}
	return byID, err
}

func collectKept(ctx context.Context, db Querier, q string, args ...any) ([]Kept, error) {
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanKept)
	if err != nil {
		return nil, fmt.Errorf("list complaints: %w", err)
	}
	return list, nil
}

// Standing is at which version a complaint stands.
type Standing struct {
	ID      string
	Version int64
	// Changed is whether it was written since the time that was asked for.
	Changed bool
}

// Standings returns how the newest complaints stand that f lets in, at most limit, which of them were written since a time of the
// database's clock, and that clock's time.
func Standings(ctx context.Context, db Querier, tenant string, f Filter, since time.Time, limit int) ([]Standing, time.Time, error) {
	where, args := f.where(tenant)
	args = append(args, since)
	q := fmt.Sprintf(`SELECT c.complaint_id::text, c.version, c.change_time >= $%d`, len(args)) + fromComplaint + where + f.orderBy() + fmt.Sprintf(" LIMIT %d", limit)
	// The clock is read first: what is written after the look is changed after that time.
	var at time.Time
	if err := db.QueryRow(ctx, `SELECT now()`).Scan(&at); err != nil {
		return nil, at, fmt.Errorf("read the database's clock: %w", err)
	}
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Standing])
	if err != nil {
		return nil, at, fmt.Errorf("list versions: %w", err)
	}
	return list, at, nil
}
