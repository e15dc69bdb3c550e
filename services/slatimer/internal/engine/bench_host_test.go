package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgserver"
)

// serverSettings are stated with the results.
var serverSettings = []string{"shared_buffers=1GB", "max_wal_size=4GB", "fsync=on", "synchronous_commit=on"}

// host is the one Postgres server that all are measured on.
type host struct {
	*pgserver.Server

	postmaster int
}

func startHost(b *testing.B) host {
	b.Helper()
	dir := b.TempDir()
	s, err := pgserver.Start(b.Context(), pgserver.Config{Dir: dir, Durable: true, Settings: serverSettings})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Stop(); err != nil {
			b.Error(err)
		}
	})
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		b.Fatal(err)
	}
	line, _, _ := bytes.Cut(pid, []byte("\n"))
	n, err := strconv.Atoi(string(line))
	if err != nil {
		b.Fatal(err)
	}
	return host{s, n}
}

// database makes a database and returns its address.
func (h host) database(b *testing.B, name string) string {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), h.DSN())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if _, err := conn.Exec(b.Context(), `CREATE DATABASE `+name); err != nil {
		b.Fatal(err)
	}
	return h.DSNFor("postgres", name)
}

// cpu is the processor time that this process and the server's have used so far.
func (h host) cpu(b *testing.B) time.Duration {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	sum := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		b.Fatalf("no processes are seen in /proc: %v", err)
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended; its time is in its parent's
		}
		// pid (name) state ppid …; the times are 14 to 17, those of ended children last.
		_, rest, _ := strings.Cut(string(stat), ") ")
		f := strings.Fields(rest)
		const tick = 10 * time.Millisecond // of every Linux that Go runs on
		switch pid, _, _ := strings.Cut(string(stat), " "); strconv.Itoa(h.postmaster) {
		case pid:
			sum += tick * time.Duration(number(b, f[11])+number(b, f[12])+number(b, f[13])+number(b, f[14]))
		case f[1]:
			sum += tick * time.Duration(number(b, f[11])+number(b, f[12]))
		}
	}
	return sum
}

// memory is how much of the process is in memory, in MiB.
func memory(b *testing.B, p *os.Process) float64 {
	b.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid))
	if err != nil {
		b.Fatal(err)
	}
	return float64(number(b, strings.Fields(string(statm))[1])*os.Getpagesize()) / (1 << 20)
}

func number(b *testing.B, s string) int {
	b.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
