package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// WorkFilter says which work is wanted. Empty parts filter nothing; State is always given.
type WorkFilter struct {
	Tenant      string
	ComplaintID string
	Post        string
	Person      string
	Procedure   string
	State       domain.WorkState
	// After is the last row of the page before.
	After *WorkPosition
	Limit int
}

// WorkPosition is the place of work in a list.
type WorkPosition struct {
	OpenTime time.Time
	WorkID   string
}

// ListedWork is work with what its list shows of its case.
type ListedWork struct {
	domain.Work
	ComplaintID, Number, Digest, Flow string
}

// stateCondition spells each state out, so that the index of that state alone can serve.
var stateCondition = map[domain.WorkState]string{
	domain.WorkOpen:      `w.state = 1`,
	domain.WorkCompleted: `w.state > 1 AND w.state = 2`,
	domain.WorkCancelled: `w.state > 1 AND w.state = 3`,
}

// ListWork returns work, earliest opened first.
func ListWork(ctx context.Context, q Querier, f WorkFilter) ([]ListedWork, error) {
	sql, args := f.query()
	rows, _ := q.Query(ctx, sql, args...)
	list, err := pgx.CollectRows(rows, scanListedWork)
	if err != nil {
		return nil, fmt.Errorf("list work: %w", err)
	}
	return list, nil
}

// query names only the conditions that filter: with "OR $2 = ”" in it no index could serve.
func (f WorkFilter) query() (string, []any) {
	var sql strings.Builder
	sql.WriteString(`SELECT ` + workColumns + `, c.number, encode(c.digest, 'hex'), c.flow
		FROM work w JOIN case_file c USING (tenant, complaint_id)
		WHERE w.tenant = $1 AND `)
	sql.WriteString(stateCondition[f.State])
	args := []any{f.Tenant}
	where := func(condition string, values ...any) { // condition has a %d for the number of each value
		numbers := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			numbers[i] = len(args)
		}
		fmt.Fprintf(&sql, condition, numbers...)
	}
	if f.ComplaintID != "" {
		where(` AND w.complaint_id = $%d`, f.ComplaintID)
	}
	if f.Post != "" {
		where(` AND w.post = $%d`, f.Post)
	}
	if f.Person != "" {
		where(` AND w.person = $%d AND w.person <> ''`, f.Person)
	}
	if f.Procedure != "" {
		where(` AND w.procedure = $%d`, f.Procedure)
	}
	if f.After != nil {
		where(` AND (w.open_time, w.work_id) > ($%d, $%d::uuid)`, f.After.OpenTime, f.After.WorkID)
	}
	where(` ORDER BY w.open_time, w.work_id LIMIT $%d`, f.Limit)
	return sql.String(), args
}

// scanListedWork scans what WorkFilter.query selects.
func scanListedWork(r pgx.CollectableRow) (ListedWork, error) {
	var (
		row    workRow
		listed ListedWork
	)
	err := r.Scan(append(row.targets(&listed.ComplaintID), &listed.Number, &listed.Digest, &listed.Flow)...)
	listed.Work = row.work()
	return listed, err
}
