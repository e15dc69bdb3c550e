package standalone

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

func TestSuiteServesAndKeepsItsFolderAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("answers a caller with a token", func(t *testing.T) {
		token, err := s.Token("author", time.Minute, optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := s.Dial("intake", token)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := intakev1.NewProcedureServiceClient(conn).ListProcedures(t.Context(), &intakev1.ListProceduresRequest{}); err != nil {
			t.Errorf("list procedures: %v", err)
		}
	})
	t.Run("refuses a second suite", func(t *testing.T) {
		if _, err := Start(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrFolderInUse) {
			t.Errorf("second start: %v, want ErrFolderInUse", err)
		}
	})
	t.Run("shows no service another's tables", func(t *testing.T) {
		for _, name := range Names() {
			conn, err := pgx.Connect(t.Context(), s.postgres.DSNFor(name, database))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			var others string
			const q = `SELECT coalesce(string_agg(nspname, ' '), '') FROM pg_namespace WHERE nspname = ANY ($1) AND has_schema_privilege(oid, 'USAGE')`
			if err := conn.QueryRow(t.Context(), q, Names()).Scan(&others); err != nil {
				t.Fatal(err)
			}
			if others != name {
				t.Errorf("%s may enter the schemas %q, want its own alone", name, others)
			}
		}
	})
	if err := s.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("the suite is stopped, and its services are not done")
	}

	again, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatalf("start again on the same folder: %v", err)
	}
	if err := again.Stop(); err != nil {
		t.Errorf("stop again: %v", err)
	}
}

func TestTakenPortIsFoundBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	dir := t.TempDir()
	_, err = Start(t.Context(), Options{Dir: dir, FirstPort: lis.Addr().(*net.TCPAddr).Port})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "port of intake") {
		t.Errorf("start on a taken port: %v, want EADDRINUSE of intake", err)
	}
	if _, err := os.Stat(filepath.Join(dir, postgresFolder)); err == nil {
		t.Error("Postgres was set up all the same")
	}
}

func TestServiceThatCannotStartIsNamed(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Dir: t.TempDir(), Environ: []string{"ROUTING_STREAM_REPLICAS=many"}})
	if err == nil || !strings.Contains(err.Error(), "ROUTING") && !strings.Contains(err.Error(), "routing") {
		t.Errorf("start with a bad variable: %v, want an error that names routing", err)
	}
}
