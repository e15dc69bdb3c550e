package hostile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
	"redress.dev/services/standalone"
)

// victim is the live intake in this process.
type victim struct {
	*target
	suite *standalone.Suite
}

func start(tb testing.TB) *victim {
	tb.Helper()
	dir := tb.TempDir()
	suite, err := standalone.Start(tb.Context(), standalone.Options{Dir: dir, Only: []string{"intake"}, Environ: []string{"INTAKE_CALL_RATE=200"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := suite.Stop(); err != nil {
			tb.Error(err)
		}
	})
	v := &victim{newTarget(tb, dir, suite.Address("intake")), suite}
	v.publish()
	return v
}

func (v *victim) publish() {
	v.tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "deploy", "procedures", "consumer-finance", "2026-01", "procedure.yaml"))
	if err != nil {
		v.tb.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		v.tb.Fatal(err)
	}
	author := v.dial(v.token("author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR))
	approver := v.dial(v.token("approver", optionsv1.Role_ROLE_SUPERVISOR))
	if _, err := editions.Publish(v.tb.Context(), editions.As(author), editions.As(approver), p); err != nil {
		v.tb.Fatal(err)
	}
}

// complaints returns how many are registered.
func (v *victim) complaints() (n int) {
	v.tb.Helper()
	conn, err := pgx.Connect(v.tb.Context(), v.suite.DatabaseURL())
	if err != nil {
		v.tb.Fatal(err)
	}
	defer conn.Close(v.tb.Context())
	if err := conn.QueryRow(v.tb.Context(), `SELECT count(*) FROM intake.complaint`).Scan(&n); err != nil {
		v.tb.Fatal(err)
	}
	return n
}
