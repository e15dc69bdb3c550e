package intake

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
	"redress.dev/services/standalone"
)

// deploy is the project's folder of what an operator may change.
var deploy = filepath.Join("..", "..", "..", "..", "deploy")

func dial(b *testing.B, suite *standalone.Suite, service string, roles ...optionsv1.Role) *grpc.ClientConn {
	b.Helper()
	return dialAs(b, suite, service, "bench", roles...)
}

func dialAs(b *testing.B, suite *standalone.Suite, service, subject string, roles ...optionsv1.Role) *grpc.ClientConn {
	b.Helper()
	token, err := suite.Token(subject, time.Hour, roles...)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := suite.Dial(service, token)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

// total is how many complaints are read.
const total = 20_000

// folder is the pack of the complaints.
var folder = filepath.Join(deploy, "procedures", "consumer-finance", "2026-01")

// publish publishes the procedure of the complaints.
func publish(b *testing.B, suite *standalone.Suite) *procedure.Procedure {
	b.Helper()
	p, err := procedure.Parse(read(b, filepath.Join(folder, "procedure.yaml")))
	if err != nil {
		b.Fatal(err)
	}
	author := dialAs(b, suite, "intake", "author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
	approver := dialAs(b, suite, "intake", "approver", optionsv1.Role_ROLE_SUPERVISOR)
	if _, err := editions.Publish(b.Context(), editions.As(author), editions.As(approver), p); err != nil {
		b.Fatal(err)
	}
	compiled, err := procedure.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	return compiled
}

// fillPosts puts persons into the procedure's posts.
func fillPosts(b *testing.B, suite *standalone.Suite, p *procedure.Procedure) {
	b.Helper()
	seats, err := procedure.ParseDirectory(read(b, filepath.Join(folder, "directory.yaml")), p)
	if err != nil {
		b.Fatal(err)
	}
	directory := routingv1.NewDirectoryServiceClient(dial(b, suite, "routing", optionsv1.Role_ROLE_SUPERVISOR))
	for _, s := range seats {
		_, err := directory.AssignDuty(b.Context(), &routingv1.AssignDutyRequest{
			RequestId: uuid.NewString(), Procedure: p.Code, Post: s.Post, Person: s.Person,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// sequenced waits until every event of intake has its place in the stream.
func sequenced(b *testing.B, suite *standalone.Suite) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), suite.DatabaseURL())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	for waiting := true; waiting; {
		if err := conn.QueryRow(b.Context(), `SELECT EXISTS (SELECT FROM intake.outbox_pending)`).Scan(&waiting); err != nil {
			b.Fatal(err)
		}
	}
}

func read(b *testing.B, name string) []byte {
	b.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// drafts reads the first complaints of the demo's file.
func drafts(b *testing.B) []*intakev1.IntakeItem {
	b.Helper()
	file, err := os.Open(filepath.Join(deploy, "demo", "complaints.csv.gz"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	rows := csv.NewReader(unpacked)
	header, err := rows.Read()
	if err != nil {
		b.Fatal(err)
	}
	var items []*intakev1.IntakeItem
	for len(items) < total {
		row, err := rows.Read()
		if err == io.EOF {
			b.Fatalf("the file has %d complaints, want %d", len(items), total)
		}
		if err != nil {
			b.Fatal(err)
		}
		cell := func(name string) string { return row[slices.Index(header, name)] }
		d := &intakev1.ComplaintDraft{
			Procedure: "consumer-finance", Channel: cell("Submitted via"), ExternalReference: cell("Complaint ID"),
			Content: cell("Consumer complaint narrative"), Complainant: &intakev1.Party{Kind: "consumer"}, Fields: map[string]*typev1.Value{},
		}
		if d.Channel == "" {
			d.Channel = "Not recorded"
		}
		for key, column := range map[string]string{"product": "Product", "issue": "Issue", "company": "Company", "state": "State"} {
			if code := cell(column); code != "" {
				d.Fields[key] = procedure.ToProto(procedure.Code(code))
			}
		}
		items = append(items, &intakev1.IntakeItem{Sequence: int64(len(items) + 1), Draft: d})
	}
	return items
}

// logSegments is how many segments of 16 MiB the server's log has before anything is measured.
const logSegments = 100

// ageLog lets the server make its log's segments, which it uses again from then on: one that has run for a while has them. A fresh one makes
// them while it works, one after every 16 MiB written, and for some 50 ms nothing is committed.
func ageLog(b *testing.B, suite *standalone.Suite) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), suite.DatabaseURL())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	for range logSegments {
		for _, q := range []string{`SELECT pg_create_restore_point('bench')`, `SELECT pg_switch_wal()`} { // an empty segment is not left
			if _, err := conn.Exec(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := conn.Exec(b.Context(), `CHECKPOINT`); err != nil {
		b.Fatal(err)
	}
}
