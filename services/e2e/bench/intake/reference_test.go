package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"
)

// form is how a reference inserts rows: how many in a statement, on how many connections.
type form struct {
	schema      string // where its tables are
	rows, conns int
	tables      []rawTable
}

var (
	// batched are many rows in a statement, as arrays: what an item of a stream leaves.
	batched = form{schema: "batched", rows: 500, conns: 2, tables: []rawTable{
		{"complaint", "complaint"}, {"subject", "subject"}, {"vault", "vault"}, {"event_stream", "outbox_pending"},
	}}
	// pipelined are one complaint's rows in a round trip, as values: what a call leaves, whose answer is kept for retries.
	pipelined = form{schema: "pipelined", rows: 1, conns: 8, tables: append(slices.Clip(batched.tables), rawTable{"idempotency", "idempotency"})}
	// grouped are the same rows as intake writes them when 64 call: about 32 complaints together.
	grouped = form{schema: "grouped", rows: 32, conns: 2, tables: pipelined.tables}
)

// rawTable is a table of intake's, or the history that its outbox has become, whose rows the reference inserts again.
type rawTable struct{ from, like string }

// raw inserts what intake has kept into tables of the same columns and indexes, by itself.
type raw struct {
	form
	dsn     string
	inserts []string // one statement for each table
	columns []string // those of each table, as SQL
}

// newRaw makes the tables.
func newRaw(b *testing.B, dsn string, f form) *raw {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if _, err := conn.Exec(b.Context(), `CREATE SCHEMA `+f.schema); err != nil {
		b.Fatal(err)
	}
	r := &raw{form: f, dsn: dsn}
	for _, t := range f.tables {
		table := f.schema + "." + t.like
		if _, err := conn.Exec(b.Context(), fmt.Sprintf(`CREATE TABLE %s (LIKE intake.%s INCLUDING ALL)`, table, t.like)); err != nil {
			b.Fatal(err)
		}
		const q = `
			SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
			WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum`
		rows, _ := conn.Query(b.Context(), q, table) // ForEachRow returns the error
		var name, kind string
		var names, values, arrays []string
		if _, err := pgx.ForEachRow(rows, []any{&name, &kind}, func() error {
			names = append(names, name)
			values = append(values, fmt.Sprintf("$%d", len(names)))
			arrays = append(arrays, fmt.Sprintf("$%d::%s[]", len(names), kind))
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		list := strings.Join(names, ", ")
		r.columns = append(r.columns, list)
		into := fmt.Sprintf(`INSERT INTO %s (%s) `, table, list)
		if f.rows == 1 {
			r.inserts = append(r.inserts, fmt.Sprintf(`%s VALUES (%s)`, into, strings.Join(values, ", ")))
		} else {
			r.inserts = append(r.inserts, fmt.Sprintf(`%s SELECT * FROM unnest(%s)`, into, strings.Join(arrays, ", ")))
		}
	}
	return r
}

// insert inserts the newest n registrations anew, each batch in one transaction and one round trip, and returns how long that took. The rows of
// the time before are removed first.
func (r *raw) insert(b *testing.B, n int) time.Duration {
	b.Helper()
	setup, err := pgx.Connect(b.Context(), r.dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer setup.Close(b.Context())
	work := make([][][]any, (n+r.rows-1)/r.rows) // by batch, table and column
	for t := range r.tables {
		if _, err := setup.Exec(b.Context(), `TRUNCATE `+r.schema+`.`+r.tables[t].like); err != nil {
			b.Fatal(err)
		}
		args := r.read(b, setup, t, n)
		for i := range work {
			work[i] = append(work[i], args[i])
		}
	}
	batches := make(chan [][]any, len(work))
	for _, w := range work {
		batches <- w
	}
	close(batches)
	g, ctx := errgroup.WithContext(b.Context())
	var open []*pgx.Conn
	for range r.conns {
		conn, err := pgx.Connect(ctx, r.dsn)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(b.Context())
		open = append(open, conn)
	}
	start := time.Now()
	for _, conn := range open {
		g.Go(func() error { return r.insertAll(ctx, conn, batches) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func (r *raw) insertAll(ctx context.Context, conn *pgx.Conn, batches <-chan [][]any) error {
	for args := range batches {
		batch := &pgx.Batch{} // one transaction
		for t, q := range r.inserts {
			batch.Queue(q, args[t]...)
		}
		if err := conn.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
	}
	return nil
}

// read returns the newest n rows of a table in batches, each as its columns.
func (r *raw) read(b *testing.B, conn *pgx.Conn, table, n int) [][]any {
	b.Helper()
	q := fmt.Sprintf(`SELECT %s FROM intake.%s ORDER BY ctid DESC LIMIT $1`, r.columns[table], r.tables[table].from)
	rows, err := conn.Query(b.Context(), q, n)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var batches [][]column
	for read := 0; rows.Next(); read++ {
		if read%r.rows == 0 {
			batches = append(batches, columnsOf(b, rows.FieldDescriptions()))
		}
		columns := batches[len(batches)-1]
		into := make([]any, len(columns))
		for i, c := range columns {
			into[i] = c.next()
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	if want := (n + r.rows - 1) / r.rows; len(batches) != want {
		b.Fatalf("intake.%s gives %d batches, want %d: was everything sequenced?", r.tables[table].from, len(batches), want)
	}
	args := make([][]any, len(batches))
	for i, columns := range batches {
		for _, c := range columns {
			if r.rows == 1 {
				args[i] = append(args[i], c.value())
			} else {
				args[i] = append(args[i], c.array())
			}
		}
	}
	return args
}

// column takes one column's values, as a statement takes them.
type column interface {
	next() any  // where the next row's value goes
	array() any // the values of all rows
	value() any // that of the first
}

type values[T any] struct{ list pgtype.FlatArray[T] }

func (v *values[T]) next() any {
	v.list = append(v.list, *new(T))
	return &v.list[len(v.list)-1]
}

func (v *values[T]) array() any { return &v.list }
func (v *values[T]) value() any { return v.list[0] }

func columnsOf(b *testing.B, fields []pgconn.FieldDescription) []column {
	b.Helper()
	columns := make([]column, len(fields))
	for i, f := range fields {
		switch f.DataTypeOID {
		case pgtype.TextOID:
			columns[i] = &values[pgtype.Text]{}
		case pgtype.JSONBOID:
			columns[i] = &values[*string]{}
		case pgtype.UUIDOID:
			columns[i] = &values[pgtype.UUID]{}
		case pgtype.Int2OID:
			columns[i] = &values[pgtype.Int2]{}
		case pgtype.Int4OID:
			columns[i] = &values[pgtype.Int4]{}
		case pgtype.Int8OID:
			columns[i] = &values[pgtype.Int8]{}
		case pgtype.ByteaOID:
			columns[i] = &values[[]byte]{}
		case pgtype.BoolOID:
			columns[i] = &values[pgtype.Bool]{}
		case pgtype.TimestamptzOID:
			columns[i] = &values[pgtype.Timestamptz]{}
		default:
			b.Fatalf("column %s has a type that the reference does not know", f.Name)
		}
	}
	return columns
}
