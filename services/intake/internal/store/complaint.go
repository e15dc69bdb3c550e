package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/intake/internal/domain"
)

// complaintColumns are read in the order that scanComplaint expects, from complaint c and edition e.
const complaintColumns = `
	c.tenant, c.complaint_id::text, c.number, c.digest, e.procedure, e.name, c.flow, c.channel, c.complainant_kind, c.fields,
	c.receive_time, c.count_time, c.register_time, c.state, c.close_time, c.version, c.event_version, c.external_reference, c.subject_id::text`

// fromComplaint joins the edition: its names are kept once.
const fromComplaint = ` FROM complaint c JOIN edition e ON e.tenant = c.tenant AND e.digest = c.digest `

// complaintFields returns where the columns of a complaint go; closed takes the time that may be missing.
func complaintFields(c *domain.Complaint, closed **time.Time) []any {
	return []any{
		&c.Tenant, &c.ID, &c.Number, &c.Edition.Digest, &c.Edition.Procedure, &c.Edition.Name, &c.Flow, &c.Channel, &c.ComplainantKind, &c.Fields,
		&c.ReceiveTime, &c.CountTime, &c.RegisterTime, &c.State, closed, &c.Version, &c.EventVersion, &c.ExternalReference, &c.SubjectID,
	}
}

func scanComplaint(row pgx.CollectableRow) (domain.Complaint, error) {
	var c domain.Complaint
	var closed *time.Time
	err := row.Scan(complaintFields(&c, &closed)...)
	if closed != nil {
		c.CloseTime = *closed
	}
	return c, err
}

// QueueComplaints has b insert new complaints of one tenant.
func QueueComplaints(b *pgx.Batch, tenant string, complaints []domain.Complaint) error {
	const q = `
		INSERT INTO complaint (tenant, complaint_id, number, digest, flow, channel, complainant_kind, fields,
			receive_time, count_time, register_time, state, version, event_version, external_reference, subject_id)
		SELECT $1, unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]),
			unnest($7::text[]), unnest($8::jsonb[]), unnest($9::timestamptz[]), unnest($10::timestamptz[]), unnest($11::timestamptz[]),
			unnest($12::smallint[]), unnest($13::bigint[]), unnest($14::bigint[]), unnest($15::text[]), unnest($16::uuid[])`
	fields := make([][]byte, len(complaints)) // not when b is sent: others may wait for the numbers by then
	for i, c := range complaints {
		var err error
		if fields[i], err = procedure.MarshalValues(c.Fields); err != nil {
			return fmt.Errorf("encode fields: %w", err)
		}
	}
	b.Queue(q,
		tenant,
		column(complaints, func(c domain.Complaint) string { return c.ID }),
		column(complaints, func(c domain.Complaint) string { return c.Number }),
		column(complaints, func(c domain.Complaint) string { return c.Edition.Digest }),
		column(complaints, func(c domain.Complaint) string { return c.Flow }),
		column(complaints, func(c domain.Complaint) string { return c.Channel }),
		column(complaints, func(c domain.Complaint) string { return c.ComplainantKind }),
		fields,
		column(complaints, func(c domain.Complaint) time.Time { return c.ReceiveTime }),
		column(complaints, func(c domain.Complaint) time.Time { return c.CountTime }),
		column(complaints, func(c domain.Complaint) time.Time { return c.RegisterTime }),
		column(complaints, func(c domain.Complaint) int16 { return int16(c.State) }),
		column(complaints, func(c domain.Complaint) int64 { return c.Version }),
		column(complaints, func(c domain.Complaint) int64 { return c.EventVersion }),
		column(complaints, func(c domain.Complaint) string { return c.ExternalReference }),
		column(complaints, func(c domain.Complaint) string { return c.SubjectID }))
	return nil
}

// LockComplaint returns one complaint, locked until tx ends, or the fault COMPLAINT_NOT_FOUND.
func LockComplaint(ctx context.Context, tx pgx.Tx, tenant, id string) (domain.Complaint, error) {
	const q = `SELECT ` + complaintColumns + fromComplaint + `WHERE c.tenant = $1 AND c.complaint_id = $2::uuid FOR UPDATE OF c`
	rows, _ := tx.Query(ctx, q, tenant, id) // CollectExactlyOneRow returns the error
	c, err := pgx.CollectExactlyOneRow(rows, scanComplaint)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, NotFound("complaint_id", id)
	}
	if err != nil {
		return c, fmt.Errorf("lock complaint: %w", err)
	}
	return c, nil
}

// LockComplaints returns those of the named complaints that exist, by id, locked until tx ends; tenants and ids go together. They
// are locked in the order of their ids, so that two transactions do not wait for each other, and looked up each by itself: asked for
// "IN" a list, the planner may read the whole table.
func LockComplaints(ctx context.Context, tx pgx.Tx, tenants, ids []string) (map[string]domain.Complaint, error) {
	const q = `
		SELECT c.*
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id) ORDER BY 2, 1) k
		CROSS JOIN LATERAL (
			SELECT ` + complaintColumns + fromComplaint + `
			WHERE c.tenant = k.tenant AND c.complaint_id = k.complaint_id
			LIMIT 1
			FOR UPDATE OF c
		) c`
	rows, _ := tx.Query(ctx, q, tenants, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanComplaint)
	if err != nil {
		return nil, fmt.Errorf("lock complaints: %w", err)
	}
	byID := make(map[string]domain.Complaint, len(list))
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID, nil
}

// SaveComplaints keeps what may change of complaints: edition, state, time of closing and versions. None of these columns is in an index, so
// that Postgres updates the row in place (HOT). The rows are locked by the caller.
func SaveComplaints(ctx context.Context, tx pgx.Tx, complaints ...domain.Complaint) error {
	const q = `
		UPDATE complaint c
		SET state = u.state, close_time = u.close_time, version = u.version, event_version = u.event_version, digest = u.digest, change_time = now()
		FROM (SELECT unnest($1::text[]) AS tenant, unnest($2::text[]) AS id, unnest($3::smallint[]) AS state,
			unnest($4::timestamptz[]) AS close_time, unnest($5::bigint[]) AS version, unnest($6::bigint[]) AS event_version,
			unnest($7::text[]) AS digest) u
		WHERE c.tenant = u.tenant AND c.complaint_id = u.id::uuid`
	_, err := tx.Exec(ctx, q,
		column(complaints, func(c domain.Complaint) string { return c.Tenant }),
		column(complaints, func(c domain.Complaint) string { return c.ID }),
		column(complaints, func(c domain.Complaint) int16 { return int16(c.State) }),
		column(complaints, func(c domain.Complaint) *time.Time { return orNull(c.CloseTime) }),
		column(complaints, func(c domain.Complaint) int64 { return c.Version }),
		column(complaints, func(c domain.Complaint) int64 { return c.EventVersion }),
		column(complaints, func(c domain.Complaint) string { return c.Edition.Digest }))
	if err != nil {
		return fmt.Errorf("save complaints: %w", err)
	}
	return nil
}

// NotFound is the fault of a complaint that is not there, named by key.
func NotFound(key, value string) error {
	return fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "there is no complaint with %s %q", key, value).With(key, value)
}

// column returns one value of each row, as unnest takes them.
func column[T, V any](rows []T, value func(T) V) []V {
	out := make([]V, len(rows))
	for i, row := range rows {
		out[i] = value(row)
	}
	return out
}

// orNull returns nil for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
