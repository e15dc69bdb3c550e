package intake

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"
)

// rawRows is how many rows one statement of the reference inserts, rawConns how many connections it uses.
const (
	rawRows  = 500
	rawConns = 2
)

// rawTable is a table of intake's, or the history that its outbox has become, whose rows the reference inserts again.
type rawTable struct{ from, like string }

// rawTables are what a registration leaves: the outbox is read from the stream of events into which it was moved.
var rawTables = []rawTable{{"complaint", "complaint"}, {"subject", "subject"}, {"vault", "vault"}, {"event_stream", "outbox_pending"}}

// raw inserts what intake has kept into tables of the same columns and indexes, by itself.
type raw struct {
	dsn     string
	inserts []string // one statement for each table, its rows as arrays
	columns []string // those of each table, as SQL
}

// newRaw makes the tables.
func newRaw(b *testing.B, dsn string) *raw {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if _, err := conn.Exec(b.Context(), `CREATE SCHEMA raw`); err != nil {
		b.Fatal(err)
	}
	r := &raw{dsn: dsn}
	for _, t := range rawTables {
		if _, err := conn.Exec(b.Context(), fmt.Sprintf(`CREATE TABLE raw.%s (LIKE intake.%[1]s INCLUDING ALL)`, t.like)); err != nil {
			b.Fatal(err)
		}
		const q = `
			SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
			WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum`
		rows, _ := conn.Query(b.Context(), q, "raw."+t.like) // ForEachRow returns the error
		var name, kind string
		var names, unnest []string
		if _, err := pgx.ForEachRow(rows, []any{&name, &kind}, func() error {
			names, unnest = append(names, name), append(unnest, fmt.Sprintf("$%d::%s[]", len(names)+1, kind))
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		list := strings.Join(names, ", ")
		r.columns = append(r.columns, list)
		r.inserts = append(r.inserts, fmt.Sprintf(`INSERT INTO raw.%s (%s) SELECT * FROM unnest(%s)`, t.like, list, strings.Join(unnest, ", ")))
	}
	return r
}

// insert inserts the newest n registrations anew, in batches of size rows, each one transaction and one round trip on one of conns
// connections, and returns how long that took. The rows of the time before are removed first.
func (r *raw) insert(b *testing.B, n, size, conns int) time.Duration {
	b.Helper()
	setup, err := pgx.Connect(b.Context(), r.dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer setup.Close(b.Context())
	work := make([][][]any, (n+size-1)/size) // by batch, table and column
	for t := range rawTables {
		if _, err := setup.Exec(b.Context(), `TRUNCATE raw.`+rawTables[t].like); err != nil {
			b.Fatal(err)
		}
		args := r.read(b, setup, t, n, size)
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
	for range conns {
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

// read returns the newest n rows of a table in batches of size, each as its columns.
func (r *raw) read(b *testing.B, conn *pgx.Conn, table, n, size int) [][]any {
	b.Helper()
	q := fmt.Sprintf(`SELECT %s FROM intake.%s ORDER BY ctid DESC LIMIT $1`, r.columns[table], rawTables[table].from)
	rows, err := conn.Query(b.Context(), q, n)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var batches [][]any
	var columns []column
	for read := 0; rows.Next(); read++ {
		if read%size == 0 {
			columns = columnsOf(b, rows.FieldDescriptions())
			args := make([]any, len(columns))
			for i, c := range columns {
				args[i] = c.array()
			}
			batches = append(batches, args)
		}
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
	if want := (n + size - 1) / size; len(batches) != want {
		b.Fatalf("intake.%s gives %d batches, want %d: was everything sequenced?", rawTables[table].from, len(batches), want)
	}
	return batches
}

// column takes one column's values, as unnest takes them.
type column interface {
	next() any  // where the next row's value goes
	array() any // the values of all rows
}

type values[T any] struct{ list pgtype.FlatArray[T] }

func (v *values[T]) next() any {
	v.list = append(v.list, *new(T))
	return &v.list[len(v.list)-1]
}

func (v *values[T]) array() any { return &v.list }

func columnsOf(b *testing.B, fields []pgconn.FieldDescription) []column {
	b.Helper()
	columns := make([]column, len(fields))
	for i, f := range fields {
		switch f.DataTypeOID {
		case pgtype.TextOID:
			columns[i] = &values[pgtype.Text]{}
		case pgtype.JSONBOID:
			columns[i] = &values[pgtype.Text]{}
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
