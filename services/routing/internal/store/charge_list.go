package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// ChargeFilter says which charges are wanted. Empty parts filter nothing.
type ChargeFilter struct {
	Tenant      string
	ComplaintID string
	Procedure   string
	Charge      string
	Party       string
	Kinds       []procedure.ChargeKind
	States      []domain.ChargeState
	// From and To bound the time of judgement, To not included; zero for no bound.
	From, To time.Time
	// After is the last row of the page before.
	After *ChargePosition
	Limit int
}

// ChargePosition is the place of a charge in a list.
type ChargePosition struct {
	JudgeTime time.Time
	ChargeID  string
}

// ListedCharge is a charge with what its list shows of its case.
type ListedCharge struct {
	domain.Charge
	ComplaintID, Number, Procedure string
}

// ChargeTotal is the sum of the charges in one currency and state.
type ChargeTotal struct {
	State  domain.ChargeState
	Count  int64
	Amount procedure.Money
}

// ListCharges returns charges, earliest judged first.
func ListCharges(ctx context.Context, q Querier, f ChargeFilter) ([]ListedCharge, error) {
	where, args := f.where()
	if f.After != nil {
		args = append(args, f.After.JudgeTime, f.After.ChargeID)
		where += fmt.Sprintf(` AND (h.judge_time, h.charge_id) > ($%d, $%d::uuid)`, len(args)-1, len(args))
	}
	args = append(args, f.Limit)
	rows, _ := q.Query(ctx, `
		SELECT `+chargeColumns+`, c.number, h.procedure
		FROM charge h JOIN case_file c USING (tenant, complaint_id)
		WHERE `+where+fmt.Sprintf(` ORDER BY h.judge_time, h.charge_id LIMIT $%d`, len(args)), args...)
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (ListedCharge, error) {
		var (
			row    chargeRow
			listed ListedCharge
		)
		err := r.Scan(append(row.targets(&listed.ComplaintID), &listed.Number, &listed.Procedure)...)
		listed.Charge = row.charge()
		return listed, err
	})
	if err != nil {
		return nil, fmt.Errorf("list charges: %w", err)
	}
	return list, nil
}

// ChargeTotals returns the sums of all charges that f selects, of whichever page, by currency and state.
func ChargeTotals(ctx context.Context, q Querier, f ChargeFilter) ([]ChargeTotal, error) {
	where, args := f.where()
	rows, _ := q.Query(ctx, `
		SELECT h.state, count(*), h.currency, sum(h.hundredths)::bigint
		FROM charge h
		WHERE `+where+`
		GROUP BY h.currency, h.state
		ORDER BY h.currency, h.state`, args...)
	totals, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (t ChargeTotal, err error) {
		err = r.Scan(&t.State, &t.Count, &t.Amount.Currency, &t.Amount.Hundredths)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("add up charges: %w", err)
	}
	return totals, nil
}

// where names only the conditions that filter: with "OR $2 = ”" in it no index could serve.
func (f ChargeFilter) where() (string, []any) {
	var sql strings.Builder
	sql.WriteString(`h.tenant = $1`)
	args := []any{f.Tenant}
	and := func(given bool, condition string, value any) { // condition has a %d for the number of the value
		if given {
			args = append(args, value)
			fmt.Fprintf(&sql, ` AND `+condition, len(args))
		}
	}
	and(f.ComplaintID != "", `h.complaint_id = $%d`, f.ComplaintID)
	and(f.Procedure != "", `h.procedure = $%d`, f.Procedure)
	and(f.Charge != "", `h.charge = $%d`, f.Charge)
	and(f.Party != "", `h.party = $%d`, f.Party)
	and(len(f.Kinds) > 0, `h.kind = ANY ($%d::smallint[])`, f.Kinds)
	switch {
	case len(f.States) == 1 && f.States[0] == domain.ChargeProposed:
		sql.WriteString(` AND h.state = 1`) // spelt out, so that the index of what waits can serve
	case len(f.States) > 0:
		and(true, `h.state = ANY ($%d::smallint[])`, f.States)
	default:
		sql.WriteString(` AND h.state < 4`)
	}
	and(!f.From.IsZero(), `h.judge_time >= $%d`, f.From)
	and(!f.To.IsZero(), `h.judge_time < $%d`, f.To)
	return sql.String(), args
}
