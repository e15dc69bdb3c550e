package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
)

// Key names a complaint's file.
type Key struct{ Tenant, ComplaintID string }

// KeyOf returns the key of a file.
func KeyOf(f domain.File) Key { return Key{f.Tenant, f.ComplaintID} }

// factsJSON is procedure.Facts in the column facts; the two convert into each other, so that a new fact is not forgotten here.
type factsJSON struct {
	ComplaintID string `json:"-"`

	Channel  string                                    `json:"channel,omitempty"`
	Flow     string                                    `json:"flow,omitempty"`
	Fields   procedure.Values                          `json:"fields,omitempty"`
	Values   map[string]string                         `json:"values,omitempty"`
	Round    int                                       `json:"round"`
	Answers  map[string]map[string]procedure.Value     `json:"answers,omitempty"`
	Links    map[procedure.LinkKind][]procedure.Linked `json:"-"`
	Received time.Time                                 `json:"received"`
}

// LockFiles returns the files of the complaints and actions that there are, with their due visits, locked until tx ends; with an action
// come the complaints that it is for, of whatever part. What has no file is left out.
func LockFiles(ctx context.Context, tx pgx.Tx, keys []Key) (map[Key]domain.File, error) {
	const q = `
		SELECT f.*
		FROM (
			SELECT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, id)
			UNION
			SELECT k.tenant, a.id
			FROM unnest($1::text[], $2::uuid[]) AS k (tenant, id)
			CROSS JOIN LATERAL (
				SELECT unnest(complaints) AS id FROM file WHERE tenant = k.tenant AND complaint_id = k.id AND action <> '' OFFSET 0) a
			ORDER BY 1, 2
		) k
		CROSS JOIN LATERAL (
			SELECT ` + fileColumns + `
			FROM file
			WHERE tenant = k.tenant AND complaint_id = k.id
			LIMIT 1
			FOR UPDATE
		) f`
	tenants, ids := columns(keys)
	// The order keeps two transactions that lock several files from waiting for each other. Each is looked up by itself: asked for "IN" a
	// list, the planner may read the whole table, which only grows.
	rows, _ := tx.Query(ctx, q, tenants, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanFile)
	if err != nil {
		return nil, fmt.Errorf("lock files: %w", err)
	}
	files := make(map[Key]domain.File, len(list))
	tenants, ids = nil, nil
	for _, f := range list {
		files[KeyOf(f)] = f
		if f.Action.Key == "" {
			tenants, ids = append(tenants, f.Tenant), append(ids, f.ComplaintID)
		}
	}
	if len(ids) == 0 { // they are new, or actions
		return files, nil
	}
	return files, addDueVisits(ctx, tx, tenants, ids, files)
}

// fileColumns are what scanFile scans.
const fileColumns = `tenant, complaint_id::text, number, procedure, edition, state, facts, event_version, action, complaints::text[], actions,
	open_time, end_time, cancel_reason`

// columns returns keys as two arrays of a statement.
func columns(keys []Key) (tenants, ids []string) {
	for _, k := range keys {
		tenants, ids = append(tenants, k.Tenant), append(ids, k.ComplaintID)
	}
	return tenants, ids
}

// scanFile reads a file without its visits.
func scanFile(row pgx.CollectableRow) (domain.File, error) {
	var f domain.File
	var facts factsJSON
	var opened, ended *time.Time
	err := row.Scan(&f.Tenant, &f.ComplaintID, &f.Number, &f.Procedure, &f.Edition, &f.State, &facts, &f.Version,
		&f.Action.Key, &f.Action.Complaints, &f.Actions, &opened, &ended, &f.Action.CancelReason)
	if err != nil {
		return f, err
	}
	if len(f.Actions) == 0 {
		f.Actions = nil
	}
	if f.Action.Key == "" {
		f.Action.Complaints = nil
	}
	f.Action.OpenTime, f.Action.EndTime = orZero(opened), orZero(ended)
	f.Facts = procedure.Facts(facts)
	return f, nil
}

// SaveFiles inserts or updates the files in one statement; their visits are saved by SaveVisits. What a complaint keeps for its
// whole life (number, procedure) is written once, and so is what an action keeps.
func SaveFiles(ctx context.Context, tx pgx.Tx, files []domain.File) error {
	const q = `
		INSERT INTO file (tenant, complaint_id, number, procedure, edition, state, facts, event_version, action, complaints, actions, open_time,
			end_time, cancel_reason)
		SELECT u.tenant, u.id, u.number, u.procedure, u.edition, u.state, u.facts, u.version, u.action, u.complaints::uuid[],
			coalesce(u.actions, '{}'), u.open_time, u.end_time, u.cancel_reason
		FROM (SELECT unnest($1::text[]) AS tenant, unnest($2::uuid[]) AS id, unnest($3::text[]) AS number, unnest($4::text[]) AS procedure,
			unnest($5::text[]) AS edition, unnest($6::smallint[]) AS state, unnest($7::json[]) AS facts, unnest($8::bigint[]) AS version,
			unnest($9::text[]) AS action, unnest($10::text[]) AS complaints, unnest($11::json[]) AS actions,
			unnest($12::timestamptz[]) AS open_time, unnest($13::timestamptz[]) AS end_time, unnest($14::text[]) AS cancel_reason) u
		ON CONFLICT (tenant, complaint_id) DO UPDATE
		SET edition = excluded.edition, state = excluded.state, facts = excluded.facts, event_version = excluded.event_version,
			actions = excluded.actions, end_time = excluded.end_time, cancel_reason = excluded.cancel_reason`
	if len(files) == 0 {
		return nil
	}
	n := len(files)
	var (
		tenants, ids, numbers = make([]string, n), make([]string, n), make([]string, n)
		procedures, editions  = make([]string, n), make([]string, n)
		states                = make([]int16, n)
		facts                 = make([]factsJSON, n)
		versions              = make([]int64, n)
		keys, complaints      = make([]string, n), make([]string, n)
		actions               = make([]map[string]domain.Tally, n)
		reasons               = make([]string, n)
		opened, ended         = make([]*time.Time, n), make([]*time.Time, n)
	)
	for i, f := range files {
		tenants[i], ids[i], numbers[i], procedures[i], editions[i] = f.Tenant, f.ComplaintID, f.Number, f.Procedure, f.Edition
		states[i], facts[i], versions[i] = int16(f.State), factsJSON(f.Facts), f.Version
		// Arrays of arrays cannot be unnested by rows: each travels as text.
		keys[i], complaints[i], actions[i] = f.Action.Key, "{"+strings.Join(f.Action.Complaints, ",")+"}", f.Actions
		opened[i], ended[i], reasons[i] = orNull(f.Action.OpenTime), orNull(f.Action.EndTime), f.Action.CancelReason
	}
	if _, err := tx.Exec(ctx, q, tenants, ids, numbers, procedures, editions, states, facts, versions, keys, complaints, actions, opened, ended, reasons); err != nil {
		return fmt.Errorf("save files: %w", err)
	}
	return nil
}
